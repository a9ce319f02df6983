//! Where servers of Gateways and listeners of Sidecars ask to be bound.

use alloc::string::{String, ToString};
use core::net::IpAddr;

/// Where something is bound that says so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bind {
    /// To an address.
    Ip(IpAddr),
    /// To a socket in the file system.
    Pipe(String),
}

impl Bind {
    /// Reads an IP address, or `unix://` and a path.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("unix://") {
            Some(path) => Some(Self::Pipe(path.into())).filter(|_| !path.is_empty()),
            None => text.parse().ok().map(Self::Ip),
        }
    }

    /// The address that Envoy says a connection has come to; `None` where that may be any.
    pub fn address(&self) -> Option<String> {
        match self {
            Self::Ip(ip) => (!ip.is_unspecified()).then(|| ip.to_string()),
            Self::Pipe(path) => Some(path.clone()),
        }
    }

    /// The IP address, as above.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(ip) => Some(*ip).filter(|ip| !ip.is_unspecified()),
            Self::Pipe(_) => None,
        }
    }
}
