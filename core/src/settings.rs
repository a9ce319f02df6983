//! The plugin configuration of the filter: what Envoy hands it, as JSON.

use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;
use core::str;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::compile::Proxy;
use crate::diagnostic::{Diagnostic, Location, Severity};
use crate::input::{JsonSource, load_json};
use crate::resources::scalar::is_default;
use crate::resources::{Bundle, MeshConfig};

/// What findings call the plugin configuration.
const NAME: &str = "configuration";

/// Where the filter learns the port that a request arrived on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PortSource {
    /// From the port in the authority, 80 where it has none: a listener for all ports.
    Authority,
    /// From the address that the client has connected to: behind a redirection, or an Istio listener.
    #[default]
    Destination,
    /// It is this one: a listener of its own.
    #[serde(untagged)]
    Fixed(u16),
}

/// Who carries out faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FaultMode {
    /// Envoy's fault filter, which stands behind this one and takes orders by header.
    Native,
    /// This filter.
    #[default]
    Filter,
}

/// Whose routes stand behind the filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Routes {
    /// None but its own: they ask for a cluster, and a request for which it names none gets Envoy's 404.
    #[default]
    Own,
    /// Its own in front of those of a running Istio. They would take what the rules refuse, so that is answered
    /// here; what [no rule decides](crate::decision::Decision::is_ruled) is left to them.
    Shared,
}

/// What the filter decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Decides {
    /// Requests: it stands among the filters of an HTTP connection manager.
    #[default]
    Requests,
    /// Connections: it stands in front of a TCP proxy.
    Connections,
}

/// The plugin configuration. `resources` are objects as `kubectl get -o json` gives them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// The proxy's point of view.
    pub proxy: Proxy,
    /// Mesh-wide settings.
    #[serde(default)]
    pub mesh: MeshConfig,
    /// Where the filter stands.
    #[serde(default, skip_serializing_if = "is_default")]
    pub decides: Decides,
    /// The port of a request, or of a connection.
    #[serde(default)]
    pub port: PortSource,
    /// Who carries out faults.
    #[serde(default)]
    pub fault: FaultMode,
    /// Whose routes stand behind the filter.
    #[serde(default, skip_serializing_if = "is_default")]
    pub routes: Routes,
    /// Leaves an explanation of each decision in filter state. Costs time; for tests and for looking closely.
    #[serde(default)]
    pub trace: bool,
    /// Leaves a summary of each decision in filter state, for access logs. Costs a host call.
    #[serde(default, skip_serializing_if = "is_default")]
    pub access_log: bool,
    /// Keeps a histogram for each rule of how long its requests take. Costs two host calls.
    #[serde(default, skip_serializing_if = "is_default")]
    pub durations: bool,
    /// Makes all draws repeatable. For tests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Kubernetes and Istio objects.
    pub resources: Vec<Value>,
}

/// A plugin configuration that has been read.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// All settings; `resources` has moved to the bundle.
    pub settings: Settings,
    /// The resources.
    pub bundle: Bundle,
    /// What does not stop it.
    pub warnings: Vec<Diagnostic>,
}

impl Configuration {
    /// Reads a plugin configuration.
    ///
    /// # Errors
    /// All findings, with line and column in the configuration, when one of them is an error.
    pub fn from_json(text: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        let mut settings: Settings = serde_json::from_slice(text).map_err(|error| vec![malformed(&error)])?;
        let (bundle, findings) = load_json(&core::mem::take(&mut settings.resources));
        let findings = locate(text, findings);
        if findings.iter().any(|finding| finding.severity == Severity::Error) {
            return Err(findings);
        }
        let warnings = findings
            .into_iter()
            .filter(|finding| finding.severity == Severity::Warning)
            .collect();
        Ok(Self {
            settings,
            bundle,
            warnings,
        })
    }
}

/// Looks up where in a plugin configuration the fields stand that findings are about.
pub fn locate(text: &[u8], mut findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    if let Ok(text) = str::from_utf8(text) {
        JsonSource {
            file: NAME,
            text,
            prefix: "resources",
        }
        .resolve(&mut findings);
    }
    findings
}

fn malformed(error: &serde_json::Error) -> Diagnostic {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let mut diagnostic = Diagnostic::error("invalid-configuration", error.to_string())
        .help("the configuration is a JSON object with proxy and resources");
    diagnostic.location = Some(Location {
        file: NAME.into(),
        line: number(error.line()),
        column: number(error.column()),
    });
    diagnostic
}
