//! The objects that bring the filter into a mesh of Istio, held against files; `UPDATE_EXPECT=1` writes them anew.
#![cfg(test)]
#![cfg(all(feature = "export", feature = "yaml"))]

use expect_test::{ExpectFile, expect_file};
use mainsheet_core::compile::Proxy;
use mainsheet_core::diagnostic::Severity;
use mainsheet_core::export::ProxyExport;
use mainsheet_core::export::manifests::{
    ManifestKind, ManifestOptions, Manifests, manifests, plugin_settings,
};
use mainsheet_core::mesh::{Labels, Mesh};
use mainsheet_core::report::Report;
use mainsheet_core::resources::{Bundle, MeshConfig};
use mainsheet_core::settings::{Configuration, Routes};
use mainsheet_core::yaml;
use serde_json::{Value, json};

const FILE: &str = "/etc/mainsheet/mainsheet.wasm";
const HASH: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn bundle() -> Bundle {
    let loaded = yaml::load([("mesh.yaml", include_str!("mesh.yaml"))]);
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    loaded.bundle
}

fn mesh(bundle: &Bundle) -> Mesh {
    let mut report = Report::default();
    let mesh = Mesh::new(bundle, &MeshConfig::default(), &mut report);
    assert!(!report.has_errors(), "{:?}", report.into_diagnostics());
    mesh
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    let pairs = pairs
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()));
    pairs.collect()
}

fn sidecar() -> ProxyExport {
    ProxyExport {
        name: "web.default".into(),
        proxy: Proxy {
            labels: labels(&[("app", "web")]),
            ..Proxy::sidecar("default")
        },
    }
}

fn gateway(pairs: &[(&str, &str)]) -> ProxyExport {
    ProxyExport {
        name: "edge".into(),
        proxy: Proxy::gateway("istio-ingress", labels(pairs)),
    }
}

fn options(kind: ManifestKind, module: &str) -> ManifestOptions {
    ManifestOptions {
        kind,
        module: module.parse().unwrap(),
        sha256: Some(HASH.into()),
        phase: None,
        trace: false,
    }
}

fn run(proxies: &[ProxyExport], options: &ManifestOptions) -> Manifests {
    let bundle = bundle();
    manifests(&mesh(&bundle), &bundle, proxies, options)
}

/// The same without what the filter reads itself, which other tests look at.
fn without_configuration(mut object: Value) -> Value {
    for path in [
        "/spec/pluginConfig",
        "/spec/wasm/pluginConfig",
        "/spec/configPatches/0/patch/value/typed_config/config/configuration/value",
    ] {
        if let Some(configuration) = object.pointer_mut(path) {
            *configuration = json!("…");
        }
    }
    object
}

fn check(proxies: &[ProxyExport], options: &ManifestOptions, expected: &ExpectFile) {
    let all = run(proxies, options);
    assert!(all.diagnostics.is_empty(), "{:?}", all.diagnostics);
    let mut text = String::new();
    for manifest in all.manifests {
        for remark in &manifest.remarks {
            text.push_str(&format!("# {remark}\n"));
        }
        text.push_str(&format!("{:#}\n", without_configuration(manifest.object)));
    }
    expected.assert_eq(&text);
}

#[test]
fn an_envoy_filter_has_all_that_it_takes() {
    let edge = gateway(&[("istio", "ingressgateway")]);
    let options = options(ManifestKind::EnvoyFilter, FILE);
    check(&[sidecar(), edge], &options, &expect_file!["envoy-filter.txt"]);
}

#[test]
fn a_wasm_plugin_comes_with_its_routes() {
    let options = options(ManifestKind::WasmPlugin, "oci://registry.example/mainsheet:1");
    check(&[sidecar()], &options, &expect_file!["wasm-plugin.txt"]);
}

#[test]
fn a_traffic_extension_comes_with_its_routes() {
    let gateway_api = gateway(&[
        ("gateway.networking.k8s.io/gateway-name", "edge"),
        ("istio", "ingressgateway"),
    ]);
    let options = ManifestOptions {
        phase: Some("STATS".into()),
        ..options(ManifestKind::TrafficExtension, FILE)
    };
    check(&[gateway_api], &options, &expect_file!["traffic-extension.txt"]);
}

#[test]
fn the_filter_takes_the_configuration_of_every_form() {
    let bundle = bundle();
    let mesh = mesh(&bundle);
    let proxy = &sidecar().proxy;
    let plain = plugin_settings(&mesh, &bundle, proxy, Routes::Shared, false).unwrap();
    let read = Configuration::from_json(plain.to_string().as_bytes()).unwrap();
    assert_eq!(read.settings.routes, Routes::Shared);
    assert_eq!(read.bundle.virtual_services.len(), 1);

    let of = |kind, path: &str| {
        let all = run(&[sidecar()], &options(kind, FILE));
        all.manifests[0].object.pointer(path).unwrap().clone()
    };
    let text = of(
        ManifestKind::EnvoyFilter,
        "/spec/configPatches/0/patch/value/typed_config/config/configuration/value",
    );
    assert_eq!(text.as_str().unwrap(), plain.to_string());
    assert_eq!(of(ManifestKind::WasmPlugin, "/spec/pluginConfig"), plain);
    assert_eq!(
        of(ManifestKind::TrafficExtension, "/spec/wasm/pluginConfig"),
        plain
    );
}

#[test]
fn envoy_itself_fetches_from_web_servers_that_it_knows() {
    let code = |module: &str, sha256: Option<&str>| {
        let options = ManifestOptions {
            sha256: sha256.map(Into::into),
            ..options(ManifestKind::EnvoyFilter, module)
        };
        let all = run(&[sidecar()], &options);
        let codes: Vec<String> = all.diagnostics.into_iter().map(|finding| finding.code).collect();
        let path =
            "/spec/configPatches/0/patch/value/typed_config/config/vm_config/code/remote/http_uri/cluster";
        let first = all.manifests.first();
        let cluster = first.and_then(|manifest| manifest.object.pointer(path)?.as_str().map(str::to_owned));
        (cluster, codes)
    };
    let known = "http://reviews.default.svc.cluster.local:9080/mainsheet.wasm";
    let cluster = "outbound|9080||reviews.default.svc.cluster.local".to_owned();
    assert_eq!(code(known, Some(HASH)), (Some(cluster), vec![]));
    let (cluster, codes) = code("http://files.example/mainsheet.wasm", Some(HASH));
    assert_eq!(
        (cluster.as_deref(), codes.as_slice()),
        (
            Some("outbound|80||files.example"),
            ["module-without-cluster".to_owned()].as_slice()
        )
    );
    for (module, sha256) in [
        ("oci://registry.example/mainsheet:1", Some(HASH)),
        ("https://files.example/mainsheet.wasm", Some(HASH)),
        (known, None),
    ] {
        assert_eq!(
            code(module, sha256),
            (None, vec!["module-not-loadable".to_owned()]),
            "{module}"
        );
    }
}

#[test]
fn a_plugin_that_cannot_tell_gateways_from_sidecars_says_so() {
    let everybody = ProxyExport {
        name: "default".into(),
        proxy: Proxy::sidecar("default"),
    };
    let plugin = run(
        std::slice::from_ref(&everybody),
        &options(ManifestKind::WasmPlugin, FILE),
    );
    assert_eq!(plugin.diagnostics[0].code, "selects-whole-namespace");
    let filter = run(&[everybody], &options(ManifestKind::EnvoyFilter, FILE));
    assert!(filter.diagnostics.is_empty());
}

#[test]
fn a_gateway_whose_ports_nobody_knows_is_named() {
    for (labels, codes) in [
        ([("istio", "ingressgateway")], vec![]),
        ([("istio", "other")], vec!["gateway-without-service"]),
    ] {
        let all = run(&[gateway(&labels)], &options(ManifestKind::EnvoyFilter, FILE));
        let found: Vec<&str> = all
            .diagnostics
            .iter()
            .map(|finding| finding.code.as_str())
            .collect();
        assert_eq!(found, codes);
    }
}

/// Rules with as many routes of their own, whose header values have this many bytes.
fn large(rules: usize, bytes: usize) -> Bundle {
    let mut bundle = bundle();
    let rule = |number: usize| {
        json!({
            "match": [{"uri": {"prefix": format!("/{number}")}, "statPrefix": format!("rule-{number}")}],
            "headers": {"request": {"set": {"x": "x".repeat(bytes)}}},
            "route": [{"destination": {"host": "reviews", "subset": "v1"}}],
        })
    };
    let http: Vec<Value> = (0..rules).map(rule).collect();
    bundle.virtual_services[0].spec.http = serde_json::from_value(Value::Array(http)).unwrap();
    bundle
}

#[test]
fn what_is_too_large_is_divided_or_refused() {
    // Rules, bytes of each, objects, findings of how many of them.
    for (rules, bytes, objects, findings) in [
        (100, 10, 1, vec![]),
        (1000, 10, 5, vec![]),
        (100, 4_000, 2, vec![Severity::Warning]),
        (100, 20_000, 0, vec![Severity::Error]),
    ] {
        let bundle = large(rules, bytes);
        let options = options(ManifestKind::EnvoyFilter, FILE);
        let all = manifests(&mesh(&bundle), &bundle, &[sidecar()], &options);
        let severities: Vec<Severity> = all.diagnostics.iter().map(|finding| finding.severity).collect();
        assert_eq!(
            (all.manifests.len(), severities),
            (objects, findings),
            "{rules} × {bytes}"
        );
        let patches = all.manifests.iter().map(|manifest| {
            let patches = manifest.object["spec"]["configPatches"].as_array().unwrap();
            patches
                .iter()
                .filter(|patch| patch["applyTo"] == "HTTP_ROUTE")
                .count()
        });
        let routes: usize = patches.sum();
        assert!(routes == 0 || routes == rules + 1, "{routes} of {rules}");
    }
}

#[test]
fn objects_have_different_names() {
    let all = run(
        &[sidecar(), sidecar(), gateway(&[("a", "b")])],
        &options(ManifestKind::EnvoyFilter, FILE),
    );
    let names: Vec<&str> = all
        .manifests
        .iter()
        .map(|manifest| manifest.object["metadata"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "mainsheet-web.default",
            "mainsheet-web.default-2",
            "mainsheet-edge"
        ]
    );
}
