//! A request as a person writes it: in a case file, on a command line, in the playground.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::compile::ProxyKind;
use crate::normalize::{join_repeated, normalize};
use crate::request::{Header, split_port};
use crate::resources::MeshConfig;

/// A request.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SentRequest {
    /// `GET` unless said otherwise.
    pub method: Option<String>,
    /// Scheme, authority, path and query. The port is the one the request arrives on.
    pub url: String,
    /// Headers; `host` takes the place of the URL's authority.
    pub headers: BTreeMap<String, Values>,
}

/// One value of a header, or several.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Values {
    /// One.
    One(String),
    /// Several, each in a header line of its own.
    Several(Vec<String>),
}

impl Values {
    /// The values in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::One(value) => core::slice::from_ref(value),
            Self::Several(values) => values.as_slice(),
        }
        .iter()
        .map(String::as_str)
    }
}

impl SentRequest {
    /// Scheme, authority and target of the URL.
    fn parts(&self) -> (&str, &str, &str) {
        let (scheme, rest) = self.url.split_once("://").unwrap_or(("http", &self.url));
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at_checked(end).unwrap_or((rest, ""));
        (scheme, authority, if target.is_empty() { "/" } else { target })
    }

    /// The port that the request arrives on.
    pub fn port(&self) -> u16 {
        let (scheme, authority, _) = self.parts();
        let port = split_port(authority.as_bytes())
            .1
            .and_then(|port| core::str::from_utf8(port).ok());
        port.and_then(|port| port.parse().ok())
            .unwrap_or(if scheme == "https" { 443 } else { 80 })
    }

    /// The method.
    pub fn method(&self) -> &str {
        self.method.as_deref().unwrap_or("GET")
    }

    /// Whether the URL says which port it is.
    pub fn names_port(&self) -> bool {
        split_port(self.parts().1.as_bytes()).1.is_some()
    }

    /// What stands in the request line.
    pub fn target(&self) -> &str {
        self.parts().2
    }

    /// What stands in `Host`.
    pub fn authority(&self) -> &str {
        let host = self
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("host"));
        host.and_then(|(_, values)| values.iter().next())
            .unwrap_or(self.parts().1)
    }

    /// All other headers, names in lower case.
    pub fn plain_headers(&self) -> Vec<(String, String)> {
        let plain = self
            .headers
            .iter()
            .filter(|(name, _)| !name.eq_ignore_ascii_case("host"));
        plain
            .flat_map(|(name, values)| {
                values
                    .iter()
                    .map(|value| (name.to_ascii_lowercase(), value.to_owned()))
            })
            .collect()
    }

    /// The request as Envoy's connection manager hands it to the filters of such a proxy; `None` where it
    /// answers 400.
    pub fn headers_at_filter(&self, mesh: &MeshConfig, kind: ProxyKind) -> Option<Vec<Header>> {
        Arriving {
            scheme: self.parts().0,
            method: self.method(),
            authority: self.authority(),
            target: self.target(),
            headers: &self.plain_headers(),
        }
        .headers_at_filter(mesh, kind)
    }
}

/// A request in the parts that arrive at a proxy.
#[derive(Clone, Copy, Debug)]
pub struct Arriving<'r> {
    /// `http` or `https`.
    pub scheme: &'r str,
    /// The method.
    pub method: &'r str,
    /// `Host`, or `:authority`.
    pub authority: &'r str,
    /// Path and query as sent.
    pub target: &'r str,
    /// All other headers in order; names in lower case.
    pub headers: &'r [(String, String)],
}

const FORWARDED_PROTO: &str = "x-forwarded-proto";

impl Arriving<'_> {
    /// The request as Envoy's connection manager hands it to the filters of such a proxy; `None` where it
    /// answers 400.
    pub fn headers_at_filter(&self, mesh: &MeshConfig, kind: ProxyKind) -> Option<Vec<Header>> {
        let normalization = mesh.path_normalization.as_ref().map(|path| path.normalization);
        let path = normalize(self.target.as_bytes(), normalization.unwrap_or_default())?;
        let forwarded = self.forwarded_proto(kind);
        // HTTP/1.1 has no scheme of its own. Source: Envoy `ConnectionManagerUtility::mutateRequestHeaders`.
        let scheme = match forwarded {
            "http" | "https" => forwarded,
            _ => self.scheme,
        };
        let header = |name: &str, value: &[u8]| (name.to_owned(), value.to_owned());
        let mut headers = vec![
            header(":authority", self.authority.as_bytes()),
            header(":path", &path),
            header(":method", self.method.as_bytes()),
            header(":scheme", scheme.as_bytes()),
        ];
        let others = self.headers.iter().filter(|(name, _)| name != FORWARDED_PROTO);
        headers.extend(others.map(|(name, value)| header(name, value.trim().as_bytes())));
        headers.push(header(FORWARDED_PROTO, forwarded.as_bytes()));
        join_repeated(&mut headers);
        Some(headers)
    }

    /// Gateways do not believe their clients, sidecars do: Istio sets `use_remote_address` on gateways only.
    fn forwarded_proto(&self, kind: ProxyKind) -> &str {
        let sent = self.headers.iter().find(|(name, _)| name == FORWARDED_PROTO);
        match (kind, sent) {
            (ProxyKind::Sidecar, Some((_, value))) => value.trim(),
            _ => self.scheme,
        }
    }
}
