//! A mesh to export, and what is looked up in its files.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use mainsheet_core::compile::Proxy;
use mainsheet_core::diagnostic::DocumentId;
use mainsheet_core::export::{Export, ExportOptions, ProxyExport, export, missing_addresses};
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::resources::{
    Bundle, Deployment, Gateway, MeshConfig, Object, ObjectMeta, Service, ServiceEntry,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(crate) fn object<T: DeserializeOwned>(name: &str, spec: Value) -> Object<T> {
    Object {
        metadata: ObjectMeta {
            name: name.into(),
            namespace: "default".into(),
            ..ObjectMeta::default()
        },
        spec: serde_json::from_value(spec).unwrap(),
        document: DocumentId::default(),
    }
}

fn service(name: &str) -> Object<Service> {
    object(
        name,
        json!({"selector": {"app": name}, "ports": [{"name": "http", "port": 9080}]}),
    )
}

fn deployment(app: &str, version: &str) -> Object<Deployment> {
    let labels = json!({"app": app, "version": version});
    object(
        &format!("{app}-{version}"),
        json!({"template": {"metadata": {"labels": labels}}}),
    )
}

fn entry(host: &str, resolution: &str, endpoints: &Value) -> Object<ServiceEntry> {
    let ports = json!([{"number": 80, "name": "http", "protocol": "HTTP"}]);
    object(
        host,
        json!({"hosts": [host], "resolution": resolution, "endpoints": endpoints, "ports": ports}),
    )
}

pub(crate) fn bookinfo() -> Bundle {
    let route = json!({"route": [{"destination": {"host": "reviews", "subset": "v1"}}]});
    let subsets =
        json!([{"name": "v1", "labels": {"version": "v1"}}, {"name": "v2", "labels": {"version": "v2"}}]);
    Bundle {
        services: ["productpage", "reviews", "ratings"].map(service).into(),
        deployments: vec![
            deployment("productpage", "v1"),
            deployment("reviews", "v1"),
            deployment("reviews", "v2"),
            deployment("ratings", "v1"),
        ],
        service_entries: vec![
            entry(
                "fixed.example",
                "STATIC",
                &json!([{"address": "127.0.0.9"}, {"address": "127.0.0.8", "weight": 3}]),
            ),
            entry("dns.example", "DNS", &json!([])),
            entry("round.example", "DNS_ROUND_ROBIN", &json!([])),
            entry("as-is.example", "NONE", &json!([])),
        ],
        virtual_services: vec![
            object("reviews", json!({"hosts": ["reviews"], "http": [route]})),
            object(
                "edge",
                json!({
                    "hosts": ["*"],
                    "gateways": ["edge"],
                    "http": [{"route": [{"destination": {"host": "productpage"}}]}],
                }),
            ),
        ],
        destination_rules: vec![object(
            "reviews",
            json!({
                "host": "reviews",
                "subsets": subsets,
                "trafficPolicy": {"loadBalancer": {"simple": "RANDOM"}, "tls": {"mode": "ISTIO_MUTUAL"}},
            }),
        )],
        gateways: vec![object::<Gateway>(
            "edge",
            json!({
                "selector": {"istio": "ingressgateway"},
                "servers": [
                    {"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]},
                    {
                        "port": {"number": 443, "name": "https", "protocol": "HTTPS"},
                        "hosts": ["*"],
                        "tls": {"mode": "SIMPLE", "credentialName": "edge"},
                    },
                ],
            }),
        )],
        ..Bundle::default()
    }
}

pub(crate) fn mesh(bundle: &Bundle) -> Mesh {
    let mut report = Report::default();
    let mesh = Mesh::new(bundle, &MeshConfig::default(), &mut report);
    assert!(!report.has_errors(), "{:?}", report.into_diagnostics());
    mesh
}

pub(crate) fn options() -> ExportOptions {
    let edge = BTreeMap::from([("istio".to_string(), "ingressgateway".to_string())]);
    ExportOptions {
        proxies: vec![
            ProxyExport {
                name: "edge".into(),
                proxy: Proxy::gateway("default", edge),
            },
            ProxyExport {
                name: "app".into(),
                proxy: Proxy::sidecar("default"),
            },
        ],
        wasm: "/etc/mainsheet/mainsheet.wasm".into(),
        directory: "/etc/mainsheet/xds".into(),
        port_map: BTreeMap::from([(80, 8080)]),
        ..ExportOptions::default()
    }
}

/// With an address for every endpoint.
pub(crate) fn complete(bundle: &Bundle) -> ExportOptions {
    let mut options = options();
    for (port, key) in (20001..).zip(missing_addresses(&mesh(bundle), &options)) {
        options
            .endpoints
            .insert(key, SocketAddr::from(([127, 0, 0, 1], port)));
    }
    options
}

pub(crate) fn run(bundle: &Bundle) -> Export {
    export(&mesh(bundle), bundle, &complete(bundle))
}

pub(crate) fn changed(before: &Export, after: &Export) -> Vec<String> {
    let before: BTreeMap<_, _> = before.files().into_iter().collect();
    let after: BTreeMap<_, _> = after.files().into_iter().collect();
    assert!(before.keys().eq(after.keys()), "other files");
    before
        .into_iter()
        .filter(|(name, text)| after[name] != *text)
        .map(|(name, _)| name)
        .collect()
}

pub(crate) fn cluster_names(export: &Export) -> Vec<&str> {
    export.clusters["resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["name"].as_str().unwrap())
        .collect()
}

pub(crate) fn cluster<'e>(export: &'e Export, name: &str) -> &'e Value {
    let clusters = export.clusters["resources"].as_array().unwrap();
    clusters.iter().find(|cluster| cluster["name"] == name).unwrap()
}

pub(crate) fn ports_of(export: &Export, file: &str) -> Vec<u64> {
    let (_, file) = export.endpoints.iter().find(|(name, _)| name == file).unwrap();
    let hosts = file["resources"][0]["endpoints"][0]["lb_endpoints"]
        .as_array()
        .unwrap();
    let port = |host: &Value| {
        host["endpoint"]["address"]["socket_address"]["port_value"]
            .as_u64()
            .unwrap()
    };
    hosts.iter().map(port).collect()
}
