//! Routes of Envoy's own: those that use all there is, and the tables of all recordings.

use std::path::Path;

use mainsheet_core::compile::{Proxy, compile_mesh};
use mainsheet_core::export::{ExportOptions, ProxyExport, Routing, export, native_routes};
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::yaml;
use mainsheet_tests::envoy::fixed_bootstrap;
use mainsheet_tests::files::yaml_files;
use serde_json::{Value, json};

use self::everything::{edge, everything};
use self::recordings::{Expected, Suite};
use crate::judge::Judge;

#[path = "../../../core/tests/native/everything.rs"]
mod everything;
#[path = "../../../core/tests/native/recordings.rs"]
#[expect(dead_code, reason = "the core's own tests compare them")]
mod recordings;

#[test]
fn everything_is_accepted() {
    let tables = [edge(), Proxy::default()].map(|proxy| everything(&proxy));
    Judge::new().judge(serving(&tables)).unwrap();
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
    // `make test` says that the recordings were left out where they are not beside this repository.
    let mut judge = Judge::new();
    judge.judge(serving(&accepted)).unwrap();
    for table in &refused {
        let verdict = judge.judge(serving(std::slice::from_ref(table)));
        assert!(verdict.is_err(), "accepted: {table}");
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
    let mut bootstrap = bookinfo();
    let listener = bootstrap["static_resources"]["listeners"][0].take();
    let listeners = tables.iter().enumerate().map(|(index, table)| {
        let mut listener = listener.clone();
        listener["name"] = json!(index.to_string());
        listener["address"]["socket_address"]["port_value"] = json!(index + 1024);
        listener["filter_chains"][0]["filters"][0]["typed_config"]["route_config"] = table.clone();
        listener
    });
    bootstrap["static_resources"] = json!({ "listeners": listeners.collect::<Vec<_>>() });
    bootstrap
}

/// Bookinfo behind Envoy's own routes.
fn bookinfo() -> Value {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/examples/bookinfo");
    let read =
        |file: &std::path::PathBuf| (file.display().to_string(), std::fs::read_to_string(file).unwrap());
    let loaded = yaml::load(yaml_files(&examples).unwrap().iter().map(read));
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    let options = ExportOptions {
        proxies: vec![ProxyExport {
            name: "app".into(),
            proxy: Proxy::sidecar("default"),
        }],
        routing: Routing::Native,
        ..ExportOptions::default()
    };
    let mesh = Mesh::new(&loaded.bundle, &MeshConfig::default(), &mut Report::default());
    fixed_bootstrap(&export(&mesh, &loaded.bundle, &options))
}
