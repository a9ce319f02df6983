//! Names of protocols. Source: Istio `protocol.Parse`, `ValidateProtocol`.

use alloc::format;

use super::findings::{Verdict, refuse};

/// What a port is declared to carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    Http,
    /// TLS, whatever is in it.
    Tls,
    Tcp,
    Other,
    /// No name of a protocol.
    Unknown,
}

impl Declared {
    /// Reads the whole name, without regard to case. Names of Services' ports are read otherwise.
    pub(super) fn parse(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "http" | "http2" | "http_proxy" | "grpc" | "grpc-web" => Self::Http,
            "https" | "tls" => Self::Tls,
            "tcp" | "mongo" | "redis" | "mysql" => Self::Tcp,
            "udp" | "hbone" | "double-hbone" => Self::Other,
            _ => Self::Unknown,
        }
    }

    /// Whether it is carried by connections that nobody looks into.
    pub(super) fn is_tcp(self) -> bool {
        matches!(self, Self::Tcp | Self::Tls)
    }
}

/// The protocol of a port; it may be left out.
pub(super) fn known(name: &str) -> Verdict {
    if name.is_empty() || Declared::parse(name) != Declared::Unknown {
        return Ok(());
    }
    let help = "use HTTP, HTTP2, GRPC, GRPC-WEB, HTTPS, TLS, TCP, MONGO, REDIS, MYSQL or UDP";
    refuse("invalid-protocol", format!("unsupported protocol: {name}"), help)
}
