//! A request as people write it, made the headers that Envoy's connection manager would hand to the filter.

use std::collections::BTreeMap;
use std::str;

use mainsheet_core::diagnostic::Diagnostic;
use mainsheet_core::normalize::normalize;
use mainsheet_core::request::{Header, split_port};
use mainsheet_core::resources::MeshConfig;
use serde::Deserialize;

/// A request.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlaygroundRequest {
    /// `GET` unless said otherwise.
    #[serde(default = "get")]
    pub method: String,
    /// Scheme, authority, path and query. Its port is the one that the request arrives on.
    pub url: String,
    /// Headers by name, one value or a list; `host` takes the place of the URL's authority.
    #[serde(default)]
    pub headers: BTreeMap<String, Values>,
}

/// One value of a header, or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Values {
    /// One.
    One(String),
    /// Several, each in a header line of its own.
    Several(Vec<String>),
}

impl Values {
    fn as_slice(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Several(values) => values,
        }
    }
}

fn get() -> String {
    "GET".to_owned()
}

impl PlaygroundRequest {
    /// Scheme, authority and target of the URL.
    fn parts(&self) -> (&str, &str, &str) {
        let (scheme, rest) = self.url.split_once("://").unwrap_or(("http", &self.url));
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        rest.split_at_checked(end)
            .map_or((scheme, rest, ""), |(authority, target)| {
                (scheme, authority, target)
            })
    }

    /// The port that the request arrives on.
    pub(crate) fn port(&self) -> u16 {
        let (scheme, authority, _) = self.parts();
        let port = split_port(authority.as_bytes())
            .1
            .and_then(|port| str::from_utf8(port).ok());
        port.and_then(|port| port.parse().ok())
            .unwrap_or(if scheme == "https" { 443 } else { 80 })
    }

    /// The headers at the filter, the path normalised as the mesh says.
    pub(crate) fn headers(&self, mesh: &MeshConfig) -> Result<Vec<Header>, Diagnostic> {
        let (scheme, authority, target) = self.parts();
        // A URL may leave out the path, a request line may not.
        let target = if target.starts_with('/') {
            target.to_owned()
        } else {
            format!("/{target}")
        };
        let normalization = mesh.path_normalization.as_ref().map(|path| path.normalization);
        let path = normalize(target.as_bytes(), normalization.unwrap_or_default()).ok_or_else(|| {
            Diagnostic::error("invalid-path", "Envoy answers 400: the path leads above the root")
                .at("request.url")
        })?;
        let named = |wanted: &str| {
            self.headers
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
        };
        let host = named("host").and_then(|(_, values)| values.as_slice().first());
        let mut headers: Vec<Header> = vec![
            (":authority".into(), host.map_or(authority, String::as_str).into()),
            (":path".into(), path),
            (":method".into(), self.method.as_bytes().into()),
            (":scheme".into(), scheme.into()),
        ];
        for (name, values) in self
            .headers
            .iter()
            .filter(|(name, _)| !name.eq_ignore_ascii_case("host"))
        {
            let lines = values.as_slice().iter();
            headers.extend(lines.map(|value| (name.to_ascii_lowercase(), value.trim().into())));
        }
        Ok(headers)
    }
}
