//! What the filter logs.

use std::fmt;

/// The level of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum LogLevel {
    /// Everything.
    Trace = 0,
    /// For developers.
    Debug = 1,
    /// For operators.
    Info = 2,
    /// Something looks wrong.
    Warn = 3,
    /// Something is wrong.
    Error = 4,
    /// Nothing works; a panic is logged so.
    Critical = 5,
}

impl LogLevel {
    pub(super) fn from_number(number: u32) -> Option<Self> {
        [
            Self::Trace,
            Self::Debug,
            Self::Info,
            Self::Warn,
            Self::Error,
            Self::Critical,
        ]
        .get(number as usize)
        .copied()
    }
}

/// One line that the filter logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Its level.
    pub level: LogLevel,
    /// The context that was running.
    pub context: u32,
    /// Its text.
    pub message: String,
}

/// Some lines, printed one below the other.
#[derive(Clone, Debug, Default)]
pub struct Logs(pub Vec<LogLine>);

impl fmt::Display for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.0 {
            writeln!(
                f,
                "  [{:?}] context {}: {}",
                line.level, line.context, line.message
            )?;
        }
        Ok(())
    }
}
