//! A request as subjects are asked it, wherever it is written down.

use std::net::IpAddr;

use mainsheet_core::attributes::GivenAttributes;
use mainsheet_core::compile::ProxyKind;
use mainsheet_core::request::{Header, strip_port};
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::sent::{Arriving, SentRequest};
use serde_json::{Map, Value};

/// What an upstream answers, whatever it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers before any proxy has touched them.
    pub headers: Vec<(String, String)>,
}

impl Default for Answer {
    fn default() -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
        }
    }
}

/// A request, and everything around it that may matter.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// The port that the connection arrives on.
    pub port: u16,
    /// The address that a sidecar's client has connected to.
    pub address: Option<IpAddr>,
    /// `http` or `https`.
    pub scheme: String,
    /// The method.
    pub method: String,
    /// `Host`, or `:authority`.
    pub authority: String,
    /// Path and query as sent.
    pub target: String,
    /// All other headers in order; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The name in the TLS handshake.
    pub sni: Option<String>,
    /// What authentication has found out.
    pub claims: Map<String, Value>,
    /// What every existing cluster answers.
    pub answer: Answer,
    /// Which draw it is: another number draws anew where the subject can.
    pub draw: u64,
}

impl From<&SentRequest> for Question {
    fn from(sent: &SentRequest) -> Self {
        let scheme = sent.url.split_once("://").map_or("http", |(scheme, _)| scheme);
        Self {
            port: sent.port(),
            scheme: scheme.to_owned(),
            method: sent.method().to_owned(),
            authority: sent.authority().to_owned(),
            target: sent.target().to_owned(),
            headers: sent.plain_headers(),
            draw: 1,
            sni: (scheme == "https").then(|| host(&sent.url)),
            ..Self::default()
        }
    }
}

/// The host of a URL, which clients ask for in TLS.
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    String::from_utf8_lossy(strip_port(authority.as_bytes())).into_owned()
}

impl Question {
    /// What Envoy knows of the connection and of its token.
    pub fn attributes(&self) -> GivenAttributes {
        GivenAttributes {
            remote_address: Some("127.0.0.1:1".to_owned()),
            server_name: self.sni.clone(),
            claims: Value::Object(self.claims.clone()),
            ..GivenAttributes::default()
        }
    }

    /// The request as Envoy's connection manager hands it to its filters; `None` where it answers 400.
    pub fn headers_at_filter(&self, mesh: &MeshConfig, kind: ProxyKind) -> Option<Vec<Header>> {
        Arriving {
            scheme: &self.scheme,
            method: &self.method,
            authority: &self.authority,
            target: &self.target,
            headers: &self.headers,
        }
        .headers_at_filter(mesh, kind)
    }
}
