//! Everything that is printed. Colours vanish when the output is no terminal; a reader that goes away is no error.

use std::fmt::Display;
use std::io::Write;

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;

use crate::error::Error;

/// Bold.
pub const BOLD: Style = Style::new().bold();
/// For what is good.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// For errors.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// For warnings.
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// For remarks.
pub const NOTE: Style = AnsiColor::Cyan.on_default();
/// For what is read last.
pub const DIM: Style = Style::new().dimmed();

/// Prints a line of results.
pub fn line(text: impl Display) {
    // Whoever has closed the output does not want the line.
    let _ = writeln!(anstream::stdout().lock(), "{text}");
}

/// Prints a line about the work itself, on standard error.
pub fn note(text: impl Display) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Prints why a command fails.
pub fn error(error: &Error) {
    match error {
        // These carry their own places and severities.
        Error::Refused(findings) => note(findings),
        Error::Found => {}
        error => note(format_args!("{BAD}error{BAD:#}: {error}")),
    }
}

/// A choice as it is typed.
pub fn name_of(choice: &impl ValueEnum) -> String {
    let value = choice.to_possible_value();
    value.map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// A text in a style.
pub fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}
