//! From a case to a world that subjects can load.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use mainsheet_core::compile::{Proxy, ProxyKind};
use mainsheet_core::input::mesh_config_from_json;
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::yaml;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::file::Case;
use crate::subject::World;

/// Why a case cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// A part of the case is not understood.
    #[error("{key}: {source}")]
    Malformed {
        /// The part.
        key: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// The core refuses the resources.
    #[error("refused: {}", .0.join("; "))]
    Refused(Vec<String>),
}

/// Whose point of view, as case files write it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProxyPart {
    /// `gateway` or `sidecar`.
    pub kind: ProxyKind,
    /// Its namespace.
    pub namespace: String,
    /// Its labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The Gateway of the Gateway API that it serves.
    pub gateway: Option<String>,
    /// Its address.
    pub ip: Option<IpAddr>,
    /// Its addresses.
    #[serde(default)]
    pub ips: Vec<IpAddr>,
    /// Whether it answers DNS.
    #[serde(default)]
    pub dns_capture: bool,
    /// Whether it gives addresses to names without one.
    #[serde(default)]
    pub dns_auto_allocate: bool,
}

impl ProxyPart {
    /// As far as the core knows these properties.
    fn proxy(self) -> Proxy {
        Proxy {
            kind: self.kind,
            namespace: self.namespace,
            labels: self.labels,
            ips: self.ip.iter().chain(&self.ips).map(ToString::to_string).collect(),
            ..Proxy::default()
        }
    }
}

/// Mesh-wide settings, as case files write them.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MeshPart {
    domain: Option<String>,
    outbound_traffic_policy: Option<Value>,
    path_normalization: Option<Value>,
    default_http_retry_policy: Option<RetryPart>,
}

/// A retry policy of MeshConfig.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RetryPart {
    attempts: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    per_try_timeout: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_remote_localities: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_ignore_previous_hosts: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backoff: Option<String>,
}

impl MeshPart {
    fn config(self) -> Result<MeshConfig, ScenarioError> {
        let mut config = Map::new();
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                config.insert(key.to_owned(), value);
            }
        };
        put("domain", self.domain.map(Value::String));
        put(
            "outboundTrafficPolicy",
            self.outbound_traffic_policy.map(|policy| wrapped("mode", policy)),
        );
        put(
            "pathNormalization",
            self.path_normalization.map(|path| wrapped("normalization", path)),
        );
        let retries = self.default_http_retry_policy;
        put("defaultHttpRetryPolicy", retries.map(|policy| json!(policy)));
        let (config, findings) = mesh_config_from_json(&Value::Object(config));
        if findings.is_empty() {
            return Ok(config);
        }
        Err(ScenarioError::Refused(
            findings.iter().map(ToString::to_string).collect(),
        ))
    }
}

/// A name alone, or an object with it.
fn wrapped(key: &str, value: Value) -> Value {
    match value {
        Value::String(name) => json!({ key: name }),
        object => object,
    }
}

/// Loads and compiles what a case describes.
///
/// # Errors
/// When a part is not understood, or the core refuses it.
pub fn world(suite: &str, case: &Case) -> Result<World, ScenarioError> {
    let proxy: ProxyPart = part("proxy", &case.proxy)?;
    let mesh: MeshPart = part("mesh", &case.mesh)?;
    let loaded = yaml::load([(case.id.as_str(), case.resources.as_str())]);
    let refused = |findings: &[mainsheet_core::diagnostic::Diagnostic]| {
        ScenarioError::Refused(findings.iter().map(ToString::to_string).collect())
    };
    if loaded.has_errors() {
        return Err(refused(&loaded.diagnostics));
    }
    World::new(
        format!("{suite}/{}", case.id),
        loaded.bundle,
        mesh.config()?,
        proxy.proxy(),
        ports(case),
    )
    .map_err(|findings| refused(&findings))
}

fn part<T: for<'de> Deserialize<'de>>(
    key: &'static str,
    value: &Map<String, Value>,
) -> Result<T, ScenarioError> {
    serde_json::from_value(Value::Object(value.clone()))
        .map_err(|source| ScenarioError::Malformed { key, source })
}

/// The ports that requests arrive on.
fn ports(case: &Case) -> BTreeSet<u16> {
    let requests = case
        .exchanges
        .iter()
        .filter_map(|exchange| exchange.get("request"));
    requests
        .filter_map(|request| request.get("port")?.as_u64())
        .filter_map(|port| u16::try_from(port).ok())
        .collect()
}
