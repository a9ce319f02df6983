//! One fact: resources, and parts of the clusters that come of them.

use std::collections::BTreeMap;
use std::path::Path;

use mainsheet_core::compile::{Proxy, ProxyKind};
use mainsheet_core::export::{Export, ExportOptions, ProxyExport, export};
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::yaml;
use serde::Deserialize;
use serde_json::{Value, json};

/// A fact, and what shows it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Row {
    /// The fact, in words.
    pub(crate) fact: String,
    /// `spec` of a DestinationRule for `svc.test`, a service with an endpoint and the ports 80 (HTTP) and 81 (HTTP/2).
    rule: Option<Value>,
    /// Only its `trafficPolicy`.
    policy: Option<Value>,
    /// Further resources.
    resources: Vec<Value>,
    /// MeshConfig.
    mesh: Value,
    /// The client's labels.
    labels: BTreeMap<String, String>,
    /// The client's namespace; `default` where it is absent.
    namespace: String,
    /// Whether the client is a gateway.
    gateway: bool,
    /// Whether connections are redirected.
    redirected: bool,
    /// Parts of the cluster of port 80 of `svc.test`. What is null must not be there.
    expect: Value,
    /// Parts of other clusters by name; null where there must be none.
    clusters: BTreeMap<String, Value>,
    /// Parts of the endpoints of a cluster that are in a file of their own.
    endpoints: BTreeMap<String, Value>,
    /// Parts of the secrets, all of them, by name.
    secrets: BTreeMap<String, Value>,
    /// Codes of what is found.
    findings: Vec<String>,
}

/// Where the facts are. Other packages read them too.
const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../core/tests/clusters/cases");

/// All facts, file by file.
pub(crate) fn rows() -> Vec<Row> {
    let files = std::fs::read_dir(CASES).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    let read = |file: &Path| -> Vec<Row> {
        let text = std::fs::read_to_string(file).unwrap();
        yaml::read(file.display().to_string(), text).unwrap_or_else(|errors| panic!("{errors:#?}"))
    };
    files.iter().flat_map(|file| read(file)).collect()
}

/// The cluster that `expect` is about.
const SERVICE: &str = "outbound|80||svc.test";

fn network(kind: &str, name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "networking.istio.io/v1", "kind": kind, "metadata": {"name": name}, "spec": spec})
}

fn service() -> Value {
    let ports = json!([
        {"number": 80, "name": "http", "protocol": "HTTP"},
        {"number": 81, "name": "http2", "protocol": "HTTP2"},
    ]);
    let endpoints = json!([{"address": "10.0.0.1"}]);
    let spec = json!({"hosts": ["svc.test"], "ports": ports, "resolution": "STATIC", "endpoints": endpoints});
    network("ServiceEntry", "svc", &spec)
}

impl Row {
    fn documents(&self) -> Vec<Value> {
        let rule = self.rule.clone();
        let alone = || {
            self.policy
                .as_ref()
                .map(|policy| json!({"trafficPolicy": policy}))
        };
        let rule = rule.or_else(alone).map(|mut spec| {
            spec["host"] = json!("svc.test");
            network("DestinationRule", "svc", &spec)
        });
        let own = self.resources.iter().cloned();
        [service()].into_iter().chain(rule).chain(own).collect()
    }

    fn proxy(&self) -> Proxy {
        let namespace = if self.namespace.is_empty() {
            "default"
        } else {
            &self.namespace
        };
        Proxy {
            kind: if self.gateway {
                ProxyKind::Gateway
            } else {
                ProxyKind::Sidecar
            },
            labels: self.labels.clone(),
            ..Proxy::sidecar(namespace)
        }
    }

    /// Loads the resources as the command does, and writes them for the client.
    pub(crate) fn made(&self) -> Export {
        let documents: Vec<String> = self.documents().iter().map(Value::to_string).collect();
        let loaded = yaml::load([("row.yaml", documents.join("\n---\n"))]);
        assert!(!loaded.has_errors(), "{}: {:#?}", self.fact, loaded.diagnostics);
        let mesh = if self.mesh.is_null() {
            json!({})
        } else {
            self.mesh.clone()
        };
        let (config, findings) = yaml::load_mesh_config("mesh.yaml", mesh.to_string());
        assert!(findings.is_empty(), "{}: {findings:#?}", self.fact);
        let mut report = Report::default();
        let mesh = Mesh::new(&loaded.bundle, &config, &mut report);
        assert!(!report.has_errors(), "{}", self.fact);
        let options = ExportOptions {
            proxies: vec![ProxyExport {
                name: "client".into(),
                proxy: self.proxy(),
            }],
            redirected: self.redirected,
            ..ExportOptions::default()
        };
        export(&mesh, &loaded.bundle, &options)
    }

    /// Where the files are not what the row expects.
    pub(crate) fn differences(&self, made: &Export) -> Vec<String> {
        let mut wrong = Vec::new();
        let clusters = clusters(made);
        let service = (!self.expect.is_null()).then(|| (SERVICE.to_owned(), self.expect.clone()));
        for (name, expected) in self.clusters.clone().into_iter().chain(service) {
            let found = clusters.get(name.as_str()).copied().unwrap_or(&Value::Null);
            compare(&expected, found, &name, &mut wrong);
        }
        for (name, expected) in &self.endpoints {
            let file = made.endpoints.iter().map(|(_, file)| &file["resources"][0]);
            let found = file.into_iter().find(|file| file["cluster_name"] == **name);
            let found = found.map_or(&Value::Null, |file| &file["endpoints"]);
            compare(expected, found, name, &mut wrong);
        }
        let files = made.secrets.iter().map(|(_, file)| &file["resources"][0]);
        let secrets: BTreeMap<&str, &Value> = files
            .map(|secret| (secret["name"].as_str().unwrap(), secret))
            .collect();
        if !secrets.keys().eq(self.secrets.keys()) {
            wrong.push(format!("secrets: {:?}", secrets.keys()));
        }
        for (name, expected) in &self.secrets {
            let found = secrets.get(name.as_str()).copied().unwrap_or(&Value::Null);
            compare(expected, found, name, &mut wrong);
        }
        let codes: Vec<&str> = made
            .diagnostics
            .iter()
            .map(|finding| finding.code.as_str())
            .filter(|code| *code != "no-gateway-servers")
            .collect();
        if codes != self.findings {
            wrong.push(format!("findings: {codes:?}"));
        }
        wrong
            .iter()
            .map(|text| format!("{}: {text}", self.fact))
            .collect()
    }
}

/// The clusters of an export, by name.
pub(crate) fn clusters(made: &Export) -> BTreeMap<&str, &Value> {
    let clusters = made.clusters["resources"].as_array().unwrap();
    let named = |cluster: &'_ Value| cluster["name"].as_str().map(str::len);
    assert!(clusters.iter().all(|cluster| named(cluster).is_some()));
    clusters
        .iter()
        .map(|cluster| (cluster["name"].as_str().unwrap(), cluster))
        .collect()
}

/// Fields that are not expected may be there; lists have to be complete.
fn compare(expected: &Value, found: &Value, path: &str, wrong: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for (name, value) in expected {
                let found = found.get(name).unwrap_or(&Value::Null);
                compare(value, found, &format!("{path}.{name}"), wrong);
            }
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
                compare(expected, found, &format!("{path}[{index}]"), wrong);
            }
        }
        (Value::Number(expected), Value::Number(found)) if expected.as_f64() == found.as_f64() => {}
        _ if expected == found => {}
        _ => wrong.push(format!("{path}: {expected} is expected, and there is {found}")),
    }
}
