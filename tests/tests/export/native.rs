//! Whether Envoy takes what is written. Left out where no Envoy is found: it is `MAINSHEET_ENVOY`, or in the cache
//! of the other tests.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mainsheet_core::compile::{Proxy, compile_mesh};
use mainsheet_core::export::{Export, ExportOptions, ProxyExport, Routing, export, native_routes};
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::resources::{Bundle, MeshConfig};
use mainsheet_core::yaml;
use serde_json::{Value, json};

use crate::recordings::{self, Expected, Suite};
use crate::say;
use crate::sensitivity::{edge, everything};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../cli/examples/bookinfo");
const FILES: [&str; 8] = [
    "bookinfo.yaml",
    "destination-rules.yaml",
    "gateway.yaml",
    "details-retries.yaml",
    "productpage-v1.yaml",
    "ratings-delay.yaml",
    "ratings-abort.yaml",
    "reviews-jason-v2.yaml",
];

/// Runs Envoy's own check; `None` where there is no Envoy.
fn refusal(name: &str, bootstrap: &Value) -> Option<Option<String>> {
    let envoy = envoy()?;
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.json"));
    fs::write(&file, bootstrap.to_string()).unwrap();
    let output = Command::new(envoy)
        .args(["--mode", "validate", "--log-level", "error", "-c"])
        .arg(&file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Some((!output.status.success()).then_some(said))
}

fn envoy() -> Option<PathBuf> {
    if let Some(given) = env::var_os("MAINSHEET_ENVOY") {
        return Some(given.into());
    }
    let cache = Path::new(&env::var_os("HOME")?).join(".cache/mainsheet");
    let folders = fs::read_dir(cache).ok()?;
    let found = folders.filter_map(|folder| Some(folder.ok()?.path().join("envoy")));
    found.filter(|path| path.is_file()).max()
}

fn assert_accepted(name: &str, bootstrap: &Value) {
    match refusal(name, bootstrap) {
        None => say(&format!("{name}: no Envoy is here: left out")),
        Some(refusal) => assert_eq!(refusal, None, "{name}"),
    }
}

#[test]
fn bookinfo_is_accepted() {
    for redirected in [false, true] {
        let export = bookinfo(redirected);
        assert!(export.filters.is_empty() && !export.routes.is_empty());
        assert_accepted(&format!("bookinfo-{redirected}"), &inlined(&export));
    }
}

fn bookinfo(redirected: bool) -> Export {
    let read = |file: &&str| {
        (
            (*file).to_owned(),
            fs::read_to_string(Path::new(EXAMPLES).join(file)).unwrap(),
        )
    };
    let loaded = yaml::load(FILES.iter().map(read));
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    let proxy = |name: &str, proxy| ProxyExport {
        name: name.into(),
        proxy,
    };
    let options = ExportOptions {
        proxies: vec![proxy("edge", edge()), proxy("app", Proxy::sidecar("default"))],
        routing: Routing::Native,
        redirected,
        ..ExportOptions::default()
    };
    export(&mesh(&loaded.bundle), &loaded.bundle, &options)
}

fn mesh(bundle: &Bundle) -> Mesh {
    Mesh::new(bundle, &MeshConfig::default(), &mut Report::default())
}

/// The whole export in one file: what Envoy's check does not fetch is put where it would be fetched to.
fn inlined(export: &Export) -> Value {
    let mut bootstrap = export.bootstrap.clone();
    let fields = bootstrap.as_object_mut().unwrap();
    fields.remove("dynamic_resources");
    let listeners = messages(&export.listeners).map(|mut listener| {
        for chain in listener["filter_chains"].as_array_mut().unwrap() {
            let manager = chain["filters"][0]["typed_config"].as_object_mut().unwrap();
            let rds = manager.remove("rds").unwrap();
            let routes = export.routes.iter().map(|(_, file)| &file["resources"][0]);
            let mut named = routes.filter(|routes| routes["name"] == rds["route_config_name"]);
            manager.insert("route_config".into(), bare(named.next().unwrap().clone()));
        }
        listener
    });
    let clusters = messages(&export.clusters).map(|mut cluster| {
        if cluster["type"] == "EDS" {
            let assignments = export.endpoints.iter().map(|(_, file)| &file["resources"][0]);
            let mut named = assignments.filter(|hosts| hosts["cluster_name"] == cluster["name"]);
            let hosts = bare(named.next().unwrap().clone());
            let fields = cluster.as_object_mut().unwrap();
            fields.remove("eds_cluster_config");
            fields.insert("type".into(), json!("STATIC"));
            fields.insert("load_assignment".into(), hosts);
        }
        cluster
    });
    let resources = json!({
        "listeners": listeners.collect::<Vec<_>>(),
        "clusters": clusters.collect::<Vec<_>>(),
    });
    fields.insert("static_resources".into(), resources);
    bootstrap
}

fn messages(file: &Value) -> impl Iterator<Item = Value> {
    file["resources"].as_array().unwrap().iter().cloned().map(bare)
}

/// Without its type, which goes without saying where it now stands.
fn bare(mut message: Value) -> Value {
    message.as_object_mut().unwrap().remove("@type");
    message
}

#[test]
fn everything_is_accepted() {
    let tables = [edge(), Proxy::default()].map(|proxy| everything(&proxy));
    assert_accepted("everything", &serving(&tables));
}

/// Envoy takes the tables of all recorded configurations, and refuses just those that the compiler says it would.
#[test]
fn recorded_configurations_are_accepted() {
    let suites = [
        recordings::golden("istio-routes-golden.json"),
        recordings::generated("istio-routes-diff.json"),
    ];
    let (mut accepted, mut refused) = (Vec::new(), Vec::new());
    for suite in suites.into_iter().flatten() {
        sort_tables(&suite, &mut accepted, &mut refused);
    }
    if accepted.is_empty() {
        say("no recordings are beside this repository: left out");
        return;
    }
    say(&format!(
        "{} tables to accept, {} to refuse",
        accepted.len(),
        refused.len()
    ));
    assert_accepted("recorded", &serving(&accepted));
    for (index, table) in refused.iter().enumerate() {
        let name = format!("refused-{index}");
        let refusal = refusal(&name, &serving(core::slice::from_ref(table)));
        assert_ne!(refusal, Some(None), "{name} is accepted: {table}");
    }
}

fn sort_tables(suite: &Suite, accepted: &mut Vec<Value>, refused: &mut Vec<Value>) {
    for configuration in &suite.configurations {
        let Expected::Proxies(proxies) = &configuration.expected else {
            continue;
        };
        for recorded in proxies {
            let (mesh, report) = configuration.load().unwrap();
            let table = compile_mesh(&mesh, &recorded.proxy, report).unwrap().table;
            for (port, routes) in native_routes(&table) {
                if table.refused.contains_key(&port) {
                    refused.push(routes);
                } else {
                    accepted.push(routes);
                }
            }
        }
    }
}

/// A bootstrap with a listener for each table.
fn serving(tables: &[Value]) -> Value {
    let template = bookinfo(false);
    let whole = inlined(&template);
    let listener = &whole["static_resources"]["listeners"][0];
    let listeners = tables.iter().enumerate().map(|(index, table)| {
        let mut listener = listener.clone();
        listener["name"] = json!(index.to_string());
        listener["address"]["socket_address"]["port_value"] = json!(index + 1024);
        listener["filter_chains"][0]["filters"][0]["typed_config"]["route_config"] = table.clone();
        listener
    });
    let listeners: Vec<Value> = listeners.collect();
    let mut bootstrap = whole.clone();
    bootstrap["static_resources"] = json!({ "listeners": listeners });
    bootstrap
}
