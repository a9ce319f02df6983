//! The files with recordings: which configurations they have, and what Istio made of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use mainsheet_core::compile::Proxy;
use mainsheet_core::input::mesh_config_from_json;
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::yaml;
use serde_json::{Value, json};

/// Where recordings are: beside this repository.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/conformance");

/// A file of recordings.
pub(crate) struct Suite {
    /// The policy that is written `default`.
    pub(crate) default_retry: Value,
    pub(crate) configurations: Vec<Configuration>,
}

/// Resources, and what Istio made of them.
pub(crate) struct Configuration {
    pub(crate) id: String,
    mesh: Value,
    resources: String,
    pub(crate) expected: Expected,
}

pub(crate) enum Expected {
    /// Istio does not take them.
    Refused,
    /// Tables for each of these.
    Proxies(Vec<Recorded>),
}

/// What one proxy gets.
pub(crate) struct Recorded {
    pub(crate) proxy: Proxy,
    pub(crate) route_configs: Vec<Value>,
    /// Names of the clusters of services, where they were recorded.
    pub(crate) clusters: Option<Vec<String>>,
}

impl Configuration {
    /// The mesh, or what is wrong with it.
    pub(crate) fn load(&self) -> Result<(Mesh, Report), String> {
        let loaded = yaml::load([(self.id.as_str(), self.resources.as_str())]);
        if loaded.has_errors() {
            return Err(format!("{:?}", loaded.diagnostics));
        }
        let mut report = Report::default();
        let mesh = Mesh::new(&loaded.bundle, &mesh_config(&self.mesh), &mut report);
        Ok((mesh, report))
    }
}

/// The settings, some of which the recordings shorten to the name that matters.
fn mesh_config(mesh: &Value) -> MeshConfig {
    let mut mesh = mesh.clone();
    for (field, inner) in [
        ("outboundTrafficPolicy", "mode"),
        ("pathNormalization", "normalization"),
    ] {
        if mesh[field].is_string() {
            mesh[field] = json!({inner: mesh[field]});
        }
    }
    let mut fields = mesh.as_object().cloned().unwrap_or_default();
    fields.retain(|name, value| !value.is_null() && name != "enableAutoMtls");
    let (config, findings) = mesh_config_from_json(&Value::Object(fields));
    assert!(findings.is_empty(), "{findings:?}");
    config
}

/// Configurations with the tables of several proxies.
pub(crate) fn golden(file: &str) -> Option<Suite> {
    let suite = read(file)?;
    let configuration = |case: &Value| Configuration {
        id: text(&case["id"]),
        mesh: case["mesh"].clone(),
        resources: text(&case["resources"]),
        expected: match case["proxies"].as_array() {
            None => Expected::Refused,
            Some(proxies) => Expected::Proxies(
                proxies
                    .iter()
                    .map(|tables| recorded(&tables["proxy"], tables))
                    .collect(),
            ),
        },
    };
    Some(Suite {
        default_retry: suite["defaultRetry"].clone(),
        configurations: list(&suite["cases"]).iter().map(configuration).collect(),
    })
}

/// The tables behind cases of another file, which has the resources and the proxy.
pub(crate) fn generated(file: &str) -> Option<Suite> {
    let (suite, behind) = (read(file)?, read("istio-envoy-diff.json")?);
    let behind: BTreeMap<String, &Value> = list(&behind["cases"])
        .iter()
        .map(|case| (text(&case["id"]), case))
        .collect();
    let configuration = |tables: &Value| {
        let id = text(&tables["id"]);
        let case = behind[&id];
        Configuration {
            mesh: case["mesh"].clone(),
            resources: text(&case["resources"]),
            expected: Expected::Proxies(vec![recorded(&case["proxy"], tables)]),
            id,
        }
    };
    Some(Suite {
        default_retry: suite["defaultRetry"].clone(),
        configurations: list(&suite["cases"]).iter().map(configuration).collect(),
    })
}

fn recorded(proxy: &Value, tables: &Value) -> Recorded {
    let clusters = tables["clusters"].as_array().map(|names| {
        let names = names.iter().map(text);
        let mut names: Vec<String> = names.filter(|name| name.starts_with("outbound|")).collect();
        names.sort();
        names
    });
    Recorded {
        proxy: serde_json::from_value(proxy.clone()).unwrap(),
        route_configs: list(&tables["routeConfigs"]).to_vec(),
        clusters,
    }
}

fn read(file: &str) -> Option<Value> {
    let text = fs::read_to_string(Path::new(FOLDER).join(file)).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
