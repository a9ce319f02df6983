//! What comes of resources: tables, files, findings.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use mainsheet_core::compile::{Proxy, compile_mesh};
use mainsheet_core::diagnostic::{Diagnostic, Severity};
use mainsheet_core::export::{EndpointKey, ExportOptions, ProxyExport, export, missing_addresses};
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::resources::{Bundle, MeshConfig};
use mainsheet_core::yaml;
use serde_json::Value;

/// Resources, and the settings of their mesh.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) config: Value,
    pub(crate) documents: Vec<Value>,
}

/// What comes of them.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The tables, except for names.
    pub(crate) tables: String,
    /// The names in the tables.
    pub(crate) names: String,
    /// The files of Envoy, except for the configuration of the filter.
    pub(crate) files: Vec<Value>,
    /// Everything that was noticed.
    pub(crate) findings: Vec<Diagnostic>,
}

impl Outcome {
    pub(crate) fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
    }
}

/// Where endpoints are that have no address of their own.
pub(crate) type Addresses = BTreeMap<EndpointKey, SocketAddr>;

/// An app and an edge, both of the namespace `default`.
fn proxies() -> [(&'static str, Proxy); 2] {
    let labels = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
    let mut app = Proxy::sidecar("default");
    app.labels = labels("app", "client");
    app.labels.insert("istio-locality".into(), "a.b.c".into());
    let mut edge = Proxy::gateway("default", labels("istio", "ingressgateway"));
    edge.ips.push("10.9.0.1".into());
    [("app", app), ("edge", edge)]
}

fn options(proxies: Vec<(&str, Proxy)>, addresses: &Addresses) -> ExportOptions {
    let proxy = |(name, proxy): (&str, Proxy)| ProxyExport {
        name: name.into(),
        proxy,
    };
    ExportOptions {
        proxies: proxies.into_iter().map(proxy).collect(),
        endpoints: addresses.clone(),
        ..ExportOptions::default()
    }
}

/// Loads an input from text, as the command does.
pub(crate) fn load(input: &Input) -> (Bundle, MeshConfig, Vec<Diagnostic>) {
    let documents: Vec<String> = input.documents.iter().map(Value::to_string).collect();
    let loaded = yaml::load([("resources.yaml", documents.join("\n---\n"))]);
    let (config, findings) = yaml::load_mesh_config("mesh.yaml", input.config.to_string());
    (loaded.bundle, config, [loaded.diagnostics, findings].concat())
}

/// An address for every endpoint that needs one.
pub(crate) fn addresses(input: &Input) -> Addresses {
    let (bundle, config, _) = load(input);
    let mesh = Mesh::new(&bundle, &config, &mut Report::default());
    let missing = missing_addresses(&mesh, &options(proxies().into(), &Addresses::new()));
    let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
    missing.into_iter().zip((20001..).map(address)).collect()
}

/// Compiles for both proxies, and writes the files of each.
pub(crate) fn of(input: &Input, addresses: &Addresses) -> Outcome {
    let (bundle, config, findings) = load(input);
    let mut outcome = Outcome {
        tables: String::new(),
        names: String::new(),
        files: Vec::new(),
        findings,
    };
    let mut report = Report::default();
    let mesh = Mesh::new(&bundle, &config, &mut report);
    outcome.findings.extend(report.into_diagnostics());
    for (name, proxy) in proxies() {
        match compile_mesh(&mesh, &proxy, Report::default()) {
            Ok(compiled) => {
                outcome.add_table(&format!("{:?}", compiled.table));
                outcome.findings.extend(compiled.diagnostics);
            }
            Err(errors) => outcome.findings.extend(errors),
        }
        let export = export(&mesh, &bundle, &options(vec![(name, proxy)], addresses));
        outcome.findings.extend(export.diagnostics);
        outcome
            .files
            .extend([export.bootstrap, export.listeners, export.clusters]);
        let many = export.endpoints.into_iter().chain(export.routes);
        outcome.files.extend(many.map(|(_, file)| file));
    }
    outcome
}

/// Where a table writes names: what comes before them and after them.
const NAMES: [(&str, &str); 4] = [
    ("Route { name: ", "\", "),
    ("VirtualHost { name: ", "\", "),
    ("RouteConfig { name: ", "\", "),
    ("ResourceRef { ", " }"),
];

impl Outcome {
    /// Names are what explanations show: of routes, of lists of them, and of resources.
    fn add_table(&mut self, text: &str) {
        let mut starts: Vec<(usize, &str)> = Vec::new();
        for (before, after) in NAMES {
            let found = text.match_indices(before);
            starts.extend(found.map(|(at, _)| (at + before.len(), after)));
        }
        starts.sort_unstable();
        let part = |start: usize, end: usize| text.get(start..end).unwrap();
        let mut copied = 0;
        for (start, after) in starts {
            let end = start + part(start, text.len()).find(after).unwrap();
            self.tables.push_str(part(copied, start));
            self.names.push_str(part(start, end));
            copied = end;
        }
        self.tables.push_str(part(copied, text.len()));
    }
}
