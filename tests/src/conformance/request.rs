//! Requests as case files write them.

use std::net::IpAddr;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::subject::{Answer, Question};

/// A request.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// HTTP/1.1 unless said otherwise.
    #[serde(default)]
    pub protocol: Protocol,
    /// The port that the connection arrives on.
    pub port: u16,
    /// The address that a sidecar's client connects to.
    pub address: Option<IpAddr>,
    /// `http` or `https`.
    pub scheme: Option<String>,
    /// The TLS connection.
    pub tls: Option<Tls>,
    /// The method.
    pub method: Option<String>,
    /// Host, perhaps with a port.
    pub authority: Option<String>,
    /// Path and query.
    pub path: Option<String>,
    /// Names and values in order.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// What authentication has found out.
    #[serde(default)]
    pub jwt_claims: Map<String, Value>,
    /// A token that leads to no claims.
    pub jwt_presented: Option<Token>,
}

/// What is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// HTTP/1.1.
    #[default]
    Http,
    /// HTTP/2.
    Http2,
    /// gRPC.
    Grpc,
    /// Opaque bytes.
    Tcp,
}

/// The TLS connection of a request.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The name that the client asks for.
    pub sni: Option<String>,
    /// Whether it ends at this proxy.
    #[serde(default)]
    pub terminated: bool,
    /// The protocol that the client offers.
    pub alpn: Option<String>,
}

/// A token that leads to no claims.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// What it says.
    pub claims: Map<String, Value>,
    /// Whether it is signed and in time.
    pub valid: bool,
}

impl Request {
    /// The question to put to a subject; `None` where there is no HTTP request that this proxy can see.
    pub fn question(&self, answer: Answer) -> Option<Question> {
        let opaque = self.tls.as_ref().is_some_and(|tls| !tls.terminated);
        if opaque || self.protocol == Protocol::Tcp {
            return None;
        }
        let mut headers: Vec<(String, String)> = self
            .headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
            .collect();
        if self.protocol == Protocol::Grpc && !headers.iter().any(|(name, _)| name == "content-type") {
            headers.push(("content-type".to_owned(), "application/grpc".to_owned()));
        }
        Some(Question {
            port: self.port,
            address: self.address,
            scheme: self.scheme.clone().unwrap_or_else(|| "http".to_owned()),
            method: self.method.clone()?,
            authority: self.authority.clone()?,
            target: self.path.clone()?,
            headers,
            sni: self.tls.as_ref().and_then(|tls| tls.sni.clone()),
            claims: self.jwt_claims.clone(),
            answer,
            draw: 0,
        })
    }
}
