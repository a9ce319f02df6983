//! What can go wrong in the simulated host.

use super::logs::{LogLine, Logs};

/// An error of the simulated host.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The bytes are no module that the engine accepts.
    #[error("the module cannot be compiled: {0}")]
    Compile(String),
    /// The engine itself cannot be set up.
    #[error("the WebAssembly engine cannot be set up: {0}")]
    Engine(String),
    /// The module asks for functions that the ABI does not have.
    #[error("the module imports functions that no proxy-wasm 0.2.1 host has: {}", .0.join(", "))]
    UnknownImports(Vec<String>),
    /// The module lacks a function or a memory that every filter has.
    #[error("the module does not export `{0}`")]
    MissingExport(&'static str),
    /// The module cannot be instantiated.
    #[error("the module cannot be instantiated: {0}")]
    Instantiate(String),
    /// `proxy_on_vm_start` answered false.
    #[error("the filter refused to start (proxy_on_vm_start answered false)\n{log}")]
    Refused {
        /// What the filter logged.
        log: Logs,
    },
    /// The filter trapped; the VM is dead now.
    #[error("the filter crashed in {callback}: {message}\n{log}")]
    Trap {
        /// The callback that did not return.
        callback: &'static str,
        /// What the engine says.
        message: String,
        /// What the filter logged before.
        log: Logs,
    },
    /// The VM crashed earlier, or no configuration was accepted yet.
    #[error("the VM takes no more calls: {0}")]
    Dead(String),
    /// A stream was asked for what its kind does not have.
    #[error("{0}")]
    Misuse(&'static str),
}

impl HostError {
    /// What the filter logged before it failed, if it failed by itself.
    pub fn log(&self) -> &[LogLine] {
        match self {
            Self::Refused { log } | Self::Trap { log, .. } => &log.0,
            _ => &[],
        }
    }
}

/// The result of everything that the simulated host does.
pub type Result<T> = std::result::Result<T, HostError>;
