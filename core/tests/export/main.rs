//! The files of an export: stable, and no more of them change than have to.
#![cfg(test)]
#![cfg(feature = "export")]

mod bookinfo;
mod cases;
mod native;

use mainsheet_core::compile::Proxy;
use mainsheet_core::diagnostic::Severity;
use mainsheet_core::export::{ExportOptions, ProxyExport, export};
use mainsheet_core::resources::DestinationRule;
use serde_json::{Value, json};

use crate::bookinfo::{
    bookinfo, changed, cluster, cluster_names, complete, mesh, object, options, ports_of, run,
};

#[test]
fn the_same_mesh_gives_the_same_bytes() {
    assert_eq!(run(&bookinfo()).files(), run(&bookinfo()).files());
    assert!(
        run(&bookinfo())
            .files()
            .iter()
            .all(|(_, text)| text.ends_with("}\n"))
    );
}

#[test]
fn a_changed_endpoint_changes_only_its_file() {
    let (before, mut bundle) = (run(&bookinfo()), bookinfo());
    bundle.service_entries[0].spec.endpoints[0].address = "127.0.0.7".into();
    assert_eq!(
        changed(&before, &run(&bundle)),
        ["eds-outbound_80__fixed.example.json"]
    );
}

#[test]
fn redirected_connections_tell_their_port_themselves() {
    let bundle = bookinfo();
    let options = ExportOptions {
        redirected: true,
        ..options()
    };
    let export = export(&mesh(&bundle), &bundle, &options);
    let listener = &export.listeners["resources"][1];
    let (_, filter) = &export.filters[1];
    assert_eq!(
        listener["listener_filters"][0]["name"],
        "envoy.filters.listener.original_dst"
    );
    assert!(
        filter.to_string().contains(r#"\"port\":\"destination\""#),
        "{filter}"
    );
}

/// Envoy watches each file, and the system has a limit for that.
#[test]
fn endpoints_of_many_clusters_are_parts_of_them() {
    let mut bundle = bookinfo();
    for number in 0..70 {
        let spec = json!({
            "hosts": [format!("s{number}.example")],
            "ports": [{"number": 80, "name": "http", "protocol": "HTTP"}],
            "resolution": "STATIC",
            "endpoints": [{"address": "127.0.0.9"}],
        });
        bundle.service_entries.push(object(&format!("s{number}"), spec));
    }
    let export = run(&bundle);
    assert_eq!(export.endpoints.len(), 0);
    let cluster = cluster(&export, "outbound|80||s7.example");
    let host = "/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address/socket_address/address";
    assert_eq!(cluster["type"], "STATIC");
    assert_eq!(cluster.pointer(host), Some(&json!("127.0.0.9")));
}

#[test]
fn a_changed_rule_changes_only_the_filter() {
    let (before, mut bundle) = (run(&bookinfo()), bookinfo());
    bundle.virtual_services[0].spec = serde_json::from_value(json!({"hosts": ["reviews"]})).unwrap();
    assert_eq!(
        changed(&before, &run(&bundle)),
        ["ecds-app-outbound.json", "ecds-edge-80.json"]
    );
}

#[test]
fn annotations_that_mean_nothing_reach_no_filter() {
    let (before, mut bundle) = (run(&bookinfo()), bookinfo());
    let metadata = &mut bundle.services[0].metadata;
    metadata.annotations.insert(
        "kubectl.kubernetes.io/last-applied-configuration".into(),
        "{}".into(),
    );
    assert!(changed(&before, &run(&bundle)).is_empty());
}

#[test]
fn subsets_are_clusters() {
    let export = run(&bookinfo());
    let reviews: Vec<&str> = cluster_names(&export)
        .into_iter()
        .filter(|name| name.contains("reviews"))
        .collect();
    assert_eq!(
        reviews,
        [
            "outbound|9080|v1|reviews.default.svc.cluster.local",
            "outbound|9080|v2|reviews.default.svc.cluster.local",
            "outbound|9080||reviews.default.svc.cluster.local",
        ]
    );
    let [v1, v2, all] = ["v1", "v2", ""].map(|subset| {
        ports_of(
            &export,
            &format!("eds-outbound_9080_{subset}_reviews.default.svc.cluster.local.json"),
        )
    });
    assert_eq!((v1.len(), v2.len()), (1, 1));
    assert_eq!(all, [v1, v2].concat());
}

#[test]
fn rules_of_one_host_add_their_subsets() {
    let mut bundle = bookinfo();
    let more = json!([{"name": "v2"}, {"name": "v3", "labels": {"version": "v3"}}]);
    bundle.destination_rules.push(object::<DestinationRule>(
        "z",
        json!({"host": "reviews", "subsets": more}),
    ));
    let export = run(&bundle);
    assert!(cluster_names(&export).contains(&"outbound|9080|v3|reviews.default.svc.cluster.local"));
    let v2 = ports_of(
        &export,
        "eds-outbound_9080_v2_reviews.default.svc.cluster.local.json",
    );
    assert_eq!(v2.len(), 1, "the first of two subsets of one name counts");
}

#[test]
fn resolutions_are_ways_to_find_hosts() {
    let export = run(&bookinfo());
    let of = |host: &str| cluster(&export, &format!("outbound|80||{host}"));
    assert_eq!(of("fixed.example")["type"], "EDS");
    assert_eq!(of("as-is.example")["type"], "ORIGINAL_DST");
    assert_eq!(cluster(&export, "PassthroughCluster")["type"], "ORIGINAL_DST");
    for (host, logical) in [("dns.example", false), ("round.example", true)] {
        let settings = &of(host)["cluster_type"]["typed_config"];
        assert_eq!(settings["all_addresses_in_single_endpoint"], logical, "{host}");
    }
}

#[test]
fn listeners_are_where_they_were_asked_for() {
    let export = run(&bookinfo());
    let found: Vec<_> = export
        .addresses
        .iter()
        .map(|at| (at.name.as_str(), at.port, at.logical_port))
        .collect();
    assert_eq!(
        found,
        [("edge-80", 8080, Some(80)), ("app-outbound", 15001, None)]
    );
}

#[test]
fn nothing_is_dropped_in_silence() {
    let bundle = bookinfo();
    let export = export(&mesh(&bundle), &bundle, &options());
    let codes: Vec<&str> = export
        .diagnostics
        .iter()
        .map(|finding| finding.code.as_str())
        .collect();
    assert_eq!(
        codes,
        [
            "tls-not-served",
            "endpoint-without-address",
            "endpoint-without-address",
            "endpoint-without-address",
        ]
    );
}

#[test]
fn the_filter_reads_its_own_settings() {
    let export = run(&bookinfo());
    let (_, file) = export
        .filters
        .iter()
        .find(|(name, _)| name == "ecds-edge-80.json")
        .unwrap();
    let text = &file["resources"][0]["typed_config"]["config"]["configuration"]["value"];
    let settings: Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
    let resources = settings["resources"].as_array().unwrap();
    let kinds: Vec<&str> = resources
        .iter()
        .map(|object| object["kind"].as_str().unwrap())
        .collect();
    assert!(
        kinds.contains(&"VirtualService") && kinds.contains(&"Gateway") && !kinds.contains(&"Deployment")
    );
    assert_eq!(
        (&settings["port"], &settings["fault"]),
        (&json!(80), &json!("native"))
    );
}

#[test]
fn names_are_no_addresses_of_static_endpoints() {
    let mut bundle = bookinfo();
    bundle.service_entries[0].spec.endpoints[0].address = "not-an-ip.example".into();
    let export = run(&bundle);
    assert_eq!(ports_of(&export, "eds-outbound_80__fixed.example.json"), [80]);
    assert!(
        export
            .diagnostics
            .iter()
            .any(|finding| finding.code == "endpoint-not-an-address")
    );
}

#[test]
fn a_headless_service_with_endpoints_needs_no_original_destination() {
    let mut bundle = bookinfo();
    bundle.services[2].spec.cluster_ip = "None".into();
    assert_eq!(
        cluster(&run(&bundle), "outbound|9080||ratings.default.svc.cluster.local")["type"],
        "EDS"
    );
    bundle.deployments.pop();
    let export = run(&bundle);
    assert_eq!(
        cluster(&export, "outbound|9080||ratings.default.svc.cluster.local")["type"],
        "ORIGINAL_DST"
    );
}

#[test]
fn the_rules_of_the_client_come_first() {
    let mut bundle = bookinfo();
    let mut far = object::<DestinationRule>("far", json!({"host": "*.local", "subsets": [{"name": "far"}]}));
    far.metadata.namespace = "other".into();
    bundle.destination_rules.push(far);
    let mut options = complete(&bundle);
    options.proxies.truncate(1);
    options.proxies[0].proxy = Proxy::sidecar("other");
    let export = export(&mesh(&bundle), &bundle, &options);
    let names = cluster_names(&export);
    assert!(names.contains(&"outbound|9080|far|reviews.default.svc.cluster.local"));
    assert!(!names.contains(&"outbound|9080|v1|reviews.default.svc.cluster.local"));
}

#[test]
fn stand_ins_speak_no_tls() {
    let export = run(&bookinfo());
    let reviews = cluster(&export, "outbound|9080|v1|reviews.default.svc.cluster.local");
    assert_eq!(reviews["transport_socket"], Value::Null);
    assert_eq!(reviews["lb_policy"], "RANDOM");
    let codes = export.diagnostics.iter().map(|finding| finding.code.as_str());
    assert_eq!(codes.filter(|code| *code == "plain-stand-in").count(), 1);
}

#[test]
fn two_sidecars_cannot_share_a_port() {
    let bundle = bookinfo();
    let mut options = complete(&bundle);
    options.proxies.push(ProxyExport {
        name: "more".into(),
        proxy: Proxy::sidecar("default"),
    });
    let export = export(&mesh(&bundle), &bundle, &options);
    assert_eq!(export.addresses.len(), 2);
    let finding = export
        .diagnostics
        .iter()
        .find(|finding| finding.code == "listener-conflict")
        .unwrap();
    assert_eq!(finding.severity, Severity::Error);
}
