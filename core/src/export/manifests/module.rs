//! Where proxies get the filter from.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;

use serde_json::{Value, json};

use crate::compile::cluster_name;
use crate::diagnostic::Diagnostic;
use crate::mesh::Mesh;

/// How long Envoy waits for the file.
const FETCH_TIMEOUT: &str = "30s";

/// Where proxies get the filter from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleSource {
    /// A file in the proxy's container, by its absolute path.
    File(String),
    /// A web server, by the whole URL: `http://` or `https://`.
    Web(String),
    /// A registry of images, without scheme: `registry.example/mainsheet:0.1.0`.
    Image(String),
}

/// A text that is no place of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidModule;

impl fmt::Display for InvalidModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected an absolute path, or a URL with file://, http://, https:// or oci://")
    }
}

impl FromStr for ModuleSource {
    type Err = InvalidModule;

    fn from_str(text: &str) -> Result<Self, InvalidModule> {
        let path = text.strip_prefix("file://").unwrap_or(text);
        if path.starts_with('/') {
            return Ok(Self::File(path.to_owned()));
        }
        match text.split_once("://") {
            Some(("http" | "https", rest)) if !host_and_port(rest, 0).0.is_empty() => {
                Ok(Self::Web(text.to_owned()))
            }
            Some(("oci", image)) if !image.is_empty() => Ok(Self::Image(image.to_owned())),
            _ => Err(InvalidModule),
        }
    }
}

impl ModuleSource {
    /// As a WasmPlugin names it.
    pub(super) fn url(&self) -> String {
        match self {
            Self::File(path) => format!("file://{path}"),
            Self::Web(url) => url.clone(),
            Self::Image(image) => format!("oci://{image}"),
        }
    }

    /// As Envoy's own configuration names it: no agent stands between, so there are neither images nor TLS.
    pub(super) fn code(&self, sha256: Option<&str>, mesh: &Mesh) -> Result<Code, Box<Diagnostic>> {
        match self {
            Self::File(path) => Ok(Code {
                source: json!({"local": {"filename": path}}),
                finding: None,
            }),
            Self::Web(url) => web(url, sha256, mesh),
            Self::Image(_) => Err(not_loadable("an EnvoyFilter cannot pull images")),
        }
    }
}

/// The code of the filter, as Envoy's configuration names it.
pub(super) struct Code {
    /// Envoy's `AsyncDataSource`.
    pub(super) source: Value,
    /// What may stand in the way.
    pub(super) finding: Option<Diagnostic>,
}

fn web(url: &str, sha256: Option<&str>, mesh: &Mesh) -> Result<Code, Box<Diagnostic>> {
    let Some(rest) = url.strip_prefix("http://") else {
        return Err(not_loadable("Envoy itself fetches code without TLS only"));
    };
    let sha256 =
        sha256.ok_or_else(|| not_loadable("Envoy fetches code only if it knows the SHA-256 of the file"))?;
    let (host, port) = host_and_port(rest, 80);
    let mut services = mesh.registry.services().iter();
    let known = services
        .any(|service| service.hostname == host && service.ports.iter().any(|served| served.number == port));
    let cluster = cluster_name(port, "", host);
    let source = json!({"remote": {
        "http_uri": {"uri": url, "cluster": cluster, "timeout": FETCH_TIMEOUT},
        "sha256": sha256,
    }});
    let unknown = || {
        let message = format!("nothing in the input says that there is a cluster `{cluster}`");
        Diagnostic::warning("module-without-cluster", message)
            .help("proxies fetch the filter through it: add a Service or a ServiceEntry for its host")
    };
    Ok(Code {
        source,
        finding: (!known).then(unknown),
    })
}

fn not_loadable(why: &str) -> Box<Diagnostic> {
    let help = "use a WasmPlugin, for which an agent beside Envoy fetches the filter, or a file in the proxy's container";
    Box::new(Diagnostic::error("module-not-loadable", why.to_string()).help(help))
}

/// Host and port of a URL behind its scheme.
fn host_and_port(rest: &str, default: u16) -> (&str, u16) {
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    match authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().unwrap_or(default)),
        None => (authority, default),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_apart() {
        let cases = [
            ("/etc/m.wasm", Ok(ModuleSource::File("/etc/m.wasm".into()))),
            ("file:///etc/m.wasm", Ok(ModuleSource::File("/etc/m.wasm".into()))),
            ("http://a/m.wasm", Ok(ModuleSource::Web("http://a/m.wasm".into()))),
            (
                "https://a/m.wasm",
                Ok(ModuleSource::Web("https://a/m.wasm".into())),
            ),
            ("oci://a/m:1", Ok(ModuleSource::Image("a/m:1".into()))),
            ("m.wasm", Err(InvalidModule)),
            ("oci://", Err(InvalidModule)),
            ("http:///m.wasm", Err(InvalidModule)),
            ("ftp://a/m.wasm", Err(InvalidModule)),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<ModuleSource>(), expected, "{text}");
        }
    }

    #[test]
    fn servers_have_ports() {
        assert_eq!(host_and_port("a.b:8080/m.wasm", 80), ("a.b", 8080));
        assert_eq!(host_and_port("a.b/m:1", 80), ("a.b", 80));
    }
}
