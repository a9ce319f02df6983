//! Where listeners are bound.

use alloc::format;
use alloc::string::String;
use core::fmt;
use core::net::SocketAddr;

use serde_json::{Value, json};

use super::ExportOptions;
use super::bootstrap::socket_address;
use crate::mesh::Bind;

/// Where a listener is bound.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Bound {
    /// To a port.
    Socket(SocketAddr),
    /// To a socket in the file system.
    Pipe(String),
}

impl Bound {
    /// For a port of the rules: to the address that they ask for, or to that of all listeners.
    pub(super) fn new(options: &ExportOptions, bind: Option<Bind>, port: u16) -> Self {
        let port = options.port_map.get(&port).copied().unwrap_or(port);
        match bind {
            Some(Bind::Pipe(path)) => Self::Pipe(path),
            Some(Bind::Ip(ip)) => Self::Socket(SocketAddr::new(ip, port)),
            None => Self::Socket(SocketAddr::new(options.bind, port)),
        }
    }

    /// Whether no two listeners can be there. A port that the system chooses is free.
    pub(super) fn conflicts_with(&self, other: &Self) -> bool {
        let is_chosen = matches!(self, Self::Socket(socket) if socket.port() == 0);
        self == other && !is_chosen
    }

    /// `Address`.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Socket(socket) => socket_address(*socket),
            Self::Pipe(path) => json!({"pipe": {"path": path}}),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(socket) => write!(f, "{socket}"),
            Self::Pipe(path) => write!(f, "{path}"),
        }
    }
}

/// What tells the listeners of one port apart by name; nothing where none is asked for.
pub(super) fn suffix(bind: Option<&Bind>) -> String {
    match bind {
        None => String::new(),
        Some(Bind::Ip(ip)) => format!("-{ip}"),
        Some(Bind::Pipe(path)) => format!("-{path}"),
    }
}
