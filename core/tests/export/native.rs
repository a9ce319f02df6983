//! Routes without the filter.

use mainsheet_core::export::{Export, ExportOptions, Routing, export};
use mainsheet_core::matcher::RepeatedHeaders;
use mainsheet_core::resources::Bundle;
use serde_json::{Value, json};

use crate::bookinfo::{bookinfo, changed, complete, mesh};

fn run(bundle: &Bundle, redirected: bool) -> Export {
    let options = ExportOptions {
        routing: Routing::Native,
        redirected,
        ..complete(bundle)
    };
    export(&mesh(bundle), bundle, &options)
}

fn routes<'e>(export: &'e Export, file: &str) -> &'e Value {
    let (_, file) = export.routes.iter().find(|(name, _)| name == file).unwrap();
    &file["resources"][0]
}

fn listener<'e>(export: &'e Export, name: &str) -> &'e Value {
    let listeners = export.listeners["resources"].as_array().unwrap();
    listeners
        .iter()
        .find(|listener| listener["name"] == name)
        .unwrap()
}

#[test]
fn there_is_no_filter() {
    for redirected in [false, true] {
        let export = run(&bookinfo(), redirected);
        assert!(export.filters.is_empty());
        let text: String = export.files().into_iter().map(|(_, text)| text).collect();
        assert!(!text.contains("wasm") && !text.contains("x-mainsheet-"));
    }
}

#[test]
fn a_changed_rule_changes_only_its_routes() {
    // A VirtualService speaks for its hosts on port 80 too, whatever ports they have.
    for (redirected, files) in [
        (false, &["rds-app-outbound.json"][..]),
        (true, &["rds-app-outbound-80.json", "rds-app-outbound-9080.json"]),
    ] {
        let (before, mut bundle) = (run(&bookinfo(), redirected), bookinfo());
        bundle.virtual_services[0].spec = serde_json::from_value(json!({
            "hosts": ["reviews"],
            "http": [{"route": [{"destination": {"host": "reviews", "subset": "v2"}}]}],
        }))
        .unwrap();
        assert_eq!(changed(&before, &run(&bundle, redirected)), files);
    }
}

#[test]
fn gateways_serve_the_routes_of_their_port() {
    let export = run(&bookinfo(), false);
    let host = &routes(&export, "rds-edge-80.json")["virtual_hosts"][0];
    assert_eq!((&host["name"], &host["domains"]), (&json!("*:80"), &json!(["*"])));
    let cluster = &host["routes"][0]["route"]["cluster"];
    assert_eq!(cluster, "outbound|9080||productpage.default.svc.cluster.local");
}

/// The names of the filters in a filter chain.
fn filters(chain: &Value) -> Vec<&str> {
    let manager = &chain["filters"][0]["typed_config"]["http_filters"];
    let filters = manager.as_array().unwrap().iter();
    filters.map(|filter| filter["name"].as_str().unwrap()).collect()
}

#[test]
fn sidecars_that_are_used_as_servers_tell_ports_apart_by_the_authority() {
    let export = run(&bookinfo(), false);
    let table = routes(&export, "rds-app-outbound.json");
    assert_eq!(table["ignore_port_in_host_matching"], false);
    let hosts = table["virtual_hosts"].as_array().unwrap();
    let domains = |name: &str| {
        let host = hosts.iter().find(|host| host["name"] == name).unwrap();
        host["domains"].to_string()
    };
    assert!(domains("reviews.default.svc.cluster.local:9080").contains("\"reviews:9080\""));
    assert!(!domains("reviews.default.svc.cluster.local:9080").contains("\"reviews\""));
    let port_80 = domains("fixed.example:80");
    assert!(port_80.contains("\"fixed.example:80\"") && port_80.contains("\"fixed.example\""));
    assert_eq!(hosts.last().unwrap()["domains"], json!(["*"]));
    let chains = &listener(&export, "app-outbound")["filter_chains"];
    assert_eq!(
        filters(&chains[0]),
        [
            "envoy.filters.http.fault",
            "envoy.filters.http.cors",
            "envoy.filters.http.router"
        ]
    );
}

#[test]
fn redirected_connections_are_told_apart_by_where_they_went() {
    let export = run(&bookinfo(), true);
    let listener = listener(&export, "app-outbound");
    let chains = listener["filter_chains"].as_array().unwrap();
    let ports: Vec<&Value> = chains
        .iter()
        .map(|chain| &chain["filter_chain_match"]["destination_port"])
        .collect();
    assert_eq!(ports, [80, 9080]);
    let others = &listener["default_filter_chain"]["filters"][0]["typed_config"];
    assert_eq!(others["cluster"], "PassthroughCluster");
}

#[test]
fn addresses_of_undeclared_ports_have_their_own_routes() {
    let mut bundle = bookinfo();
    bundle.services[0].spec.ports[0].name = String::new();
    bundle.services[0].spec.cluster_ip = "10.0.0.1".into();
    let export = run(&bundle, true);
    let chains = &listener(&export, "app-outbound")["filter_chains"];
    let own = chains.as_array().unwrap().iter().find(|chain| {
        chain["filter_chain_match"]["prefix_ranges"]
            == json!([{"address_prefix": "10.0.0.1", "prefix_len": 32}])
    });
    assert_eq!(own.unwrap()["filter_chain_match"]["destination_port"], 9080);
    let hosts = &routes(&export, "rds-app-outbound-10.0.0.1-9080.json")["virtual_hosts"];
    assert_eq!(hosts.as_array().unwrap().len(), 1);
    assert_eq!(hosts[0]["domains"], json!(["*"]));
}

#[test]
fn repeated_headers_are_joined_for_all_or_none() {
    let feature = "envoy.reloadable_features.match_headers_individually";
    for (joined, off, findings) in [(0, false, 0), (1, false, 1), (2, true, 0)] {
        let bundle = bookinfo();
        let mut options = ExportOptions {
            routing: Routing::Native,
            ..complete(&bundle)
        };
        for proxy in options.proxies.iter_mut().take(joined) {
            proxy.proxy.repeated_headers = RepeatedHeaders::Joined;
        }
        let export = export(&mesh(&bundle), &bundle, &options);
        let runtime = &export.bootstrap["layered_runtime"]["layers"][0]["static_layer"];
        assert_eq!(runtime.get(feature), off.then_some(&json!(false)), "{joined}");
        let codes = export.diagnostics.iter().map(|finding| finding.code.as_str());
        assert_eq!(
            codes.filter(|code| *code == "repeated-headers-conflict").count(),
            findings
        );
    }
}
