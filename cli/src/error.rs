//! What can end a command, and the exit code that says so.

use std::io;
use std::path::PathBuf;

use mainsheet_tests::client::ClientError;
use mainsheet_tests::envoy::EnvoyError;

use crate::findings::Findings;

/// Why a command did not do what it was asked to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The input has errors.
    #[error("{0}")]
    Refused(Box<Findings>),
    /// Findings that were printed already.
    #[error("findings")]
    Found,
    /// Something was checked, and it is not as it should be.
    #[error("{0}")]
    Failed(String),
    /// Envoy cannot be found, started or asked.
    #[error(transparent)]
    Envoy(#[from] EnvoyError),
    /// Envoy does not take a configuration.
    #[error("Envoy refuses {what}: {reason}")]
    Rejected {
        /// Which part.
        what: String,
        /// What Envoy says.
        reason: String,
    },
    /// A listener finds its port taken.
    #[error(
        "{reason}: stop what listens there, or choose ports with --port, --outbound-port and --admin-port"
    )]
    PortTaken {
        /// What Envoy says.
        reason: String,
    },
    /// A request could not be sent.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A file of the input cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Input {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of the input is no text.
    #[error("{} is not text in UTF-8: {help}", path.display())]
    NotText {
        /// Which.
        path: PathBuf,
        /// What it seems to be, and what to do.
        help: &'static str,
    },
    /// The files cannot be watched.
    #[error("cannot watch the input for changes: {0}")]
    Watch(#[from] notify_debouncer_mini::notify::Error),
    /// Anything else that the system refuses.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// Why it failed.
        source: io::Error,
    },
}

/// The result of a command.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of the system, with what was being done.
    pub fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        |source| Self::Io { doing, source }
    }

    /// What Envoy has refused, and why: the port may be taken.
    pub fn rejected(what: impl Into<String>, reason: String) -> Self {
        if reason.contains("cannot bind") {
            return Self::PortTaken { reason };
        }
        Self::Rejected {
            what: what.into(),
            reason,
        }
    }

    /// 1: findings or failed; 2: usage; 3: the environment.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Refused(_)
            | Self::Found
            | Self::Failed(_)
            | Self::NotText { .. }
            | Self::Rejected { .. } => 1,
            Self::Usage(_) => 2,
            Self::Input { .. }
            | Self::Envoy(_)
            | Self::PortTaken { .. }
            | Self::Client(_)
            | Self::Watch(_)
            | Self::Io { .. } => 3,
        }
    }
}
