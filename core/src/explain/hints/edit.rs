//! Edits of a request.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::observe::Condition;
use crate::request::{Header, Request};

/// A change of one part of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RequestEdit {
    /// The path without its query.
    Path(String),
    /// The method.
    Method(String),
    /// The authority: `Host`.
    Authority(String),
    /// The scheme.
    Scheme(String),
    /// A header that is not there: name and value.
    AddHeader(String, String),
    /// The value of a header.
    SetHeader(String, String),
    /// All values of a header.
    RemoveHeader(String),
    /// A query parameter that is not there: name and value.
    AddQuery(String, String),
    /// The value of a query parameter.
    SetQuery(String, String),
}

impl RequestEdit {
    /// The value of a header, which may be a part of the request line.
    pub(super) fn header(name: &str, value: String, present: bool) -> Self {
        match name {
            ":method" => Self::Method(value),
            ":authority" => Self::Authority(value),
            ":scheme" => Self::Scheme(value),
            _ if present => Self::SetHeader(name.into(), value),
            _ => Self::AddHeader(name.into(), value),
        }
    }

    /// The headers of a request after the edit.
    pub fn apply(&self, request: &Request<'_>) -> Vec<Header> {
        let mut headers = request.headers().to_vec();
        let mut set = |name: &str, value: &[u8]| {
            headers.retain(|(other, _)| other != name);
            headers.push((name.into(), value.to_vec()));
        };
        match self {
            Self::Path(path) => set(":path", &target(path.as_bytes(), request.query)),
            Self::Method(method) => set(":method", method.as_bytes()),
            Self::Authority(authority) => set(":authority", authority.as_bytes()),
            Self::Scheme(scheme) => set(":scheme", scheme.as_bytes()),
            Self::AddHeader(name, value) | Self::SetHeader(name, value) => set(name, value.as_bytes()),
            Self::RemoveHeader(name) => headers.retain(|(other, _)| other != name),
            Self::AddQuery(name, value) | Self::SetQuery(name, value) => {
                let query = with_parameter(request.query.unwrap_or_default(), name, value);
                set(":path", &target(request.path, Some(&query)));
            }
        }
        headers
    }

    /// Whether a condition that has failed holds after the edit.
    pub(super) fn helps(&self, condition: Condition<'_>, request: &Request<'_>) -> bool {
        if matches!(self, Self::Path(path) if !path.starts_with('/') || path.contains(['?', '#'])) {
            return false;
        }
        let headers = self.apply(request);
        let edited = Request::new(request.port, &headers).with_attributes(request.attributes());
        condition.is_match(&edited)
    }
}

fn target(path: &[u8], query: Option<&[u8]>) -> Vec<u8> {
    match query {
        Some(query) => [path, b"?", query].concat(),
        None => path.to_vec(),
    }
}

/// The query with the parameter in front of all others of its name.
fn with_parameter(query: &[u8], name: &str, value: &str) -> Vec<u8> {
    let is_other =
        |pair: &&[u8]| !pair.is_empty() && pair.split(|byte| *byte == b'=').next() != Some(name.as_bytes());
    let own = format!("{name}={value}").into_bytes();
    let mut pairs: Vec<&[u8]> = query.split(|byte| *byte == b'&').filter(is_other).collect();
    pairs.push(&own);
    pairs.join(&b'&')
}

/// As an instruction: ``add header `end-user: jason` ``.
impl fmt::Display for RequestEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "ask for path `{path}`"),
            Self::Method(method) => write!(f, "use method `{method}`"),
            Self::Authority(authority) => write!(f, "ask for host `{authority}`"),
            Self::Scheme(scheme) => write!(f, "come by `{scheme}`"),
            Self::AddHeader(name, value) => write!(f, "add header `{}`", line(name, value)),
            Self::SetHeader(name, value) => write!(f, "send header `{}`", line(name, value)),
            Self::RemoveHeader(name) => write!(f, "leave out header `{name}`"),
            Self::AddQuery(name, value) => write!(f, "add query parameter `{name}={value}`"),
            Self::SetQuery(name, value) => write!(f, "send query parameter `{name}={value}`"),
        }
    }
}

fn line(name: &str, value: &str) -> String {
    format!("{name}: {value}").trim_end().to_string()
}
