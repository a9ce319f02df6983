//! The filter in front of the routes of somebody else: an Envoy as istiod sets it up, patched as an EnvoyFilter says.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests"
)]

use std::path::Path;

use mainsheet_core::compile::Proxy;
use mainsheet_core::export::ProxyExport;
use mainsheet_core::export::manifests::{ManifestKind, ManifestOptions, ModuleSource, manifests};
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::yaml;
use mainsheet_tests::artifact::FILTER_WASM;
use mainsheet_tests::client::{Client, Request};
use mainsheet_tests::envoy::{Envoy, EnvoyBinary, EnvoyOptions};
use serde_json::{Value, json};

/// What the filter knows. It arrives on a port of the system's choice, so there is one rule for all of them.
const INPUT: &str = "
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  selector: {app: edge}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*.example']}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: v2}
spec: {hosts: [v2.example], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews}
spec:
  hosts: [reviews.example]
  gateways: [edge]
  http:
  - match: [{uri: {prefix: /mirrored}}]
    mirror: {host: v2.example}
    route: [{destination: {host: v2.example}}]
  - match: [{uri: {prefix: /broken}}]
    fault: {abort: {httpStatus: 429, percentage: {value: 100}}}
    route: [{destination: {host: v2.example}}]
  - match: [{uri: {prefix: /reviews}}]
    route: [{destination: {host: v2.example}}]
";

/// What istiod would give: its own routes answer 218, so it can be seen who decides. The cluster is another listener
/// of the same Envoy, which answers 222.
fn from_istiod() -> Value {
    let answering = |name: &str, status: u16| {
        json!({"name": name, "domains": ["*"], "routes": [
            {"match": {"prefix": "/"}, "direct_response": {"status": status}},
        ]})
    };
    let mut others = answering("reviews.example:80", 218);
    others["domains"] = json!(["reviews.example"]);
    json!({
        "admin": {"address": socket("127.0.0.1", 0)},
        "static_resources": {
            "listeners": [
                listener("edge", &json!([fault(), router()]), &json!([others, answering("others", 218)])),
                listener("v2", &json!([router()]), &json!([answering("v2", 222)])),
            ],
            "clusters": [{
                "name": "outbound|80||v2.example",
                "load_assignment": {"cluster_name": "outbound|80||v2.example", "endpoints": [{"lb_endpoints": [
                    {"endpoint": {"address": {"pipe": {"path": "v2"}}}},
                ]}]},
            }],
        },
    })
}

fn socket(address: &str, port: u16) -> Value {
    json!({"socket_address": {"address": address, "port_value": port}})
}

fn listener(name: &str, filters: &Value, hosts: &Value) -> Value {
    json!({"name": name, "address": socket("127.0.0.1", 0), "filter_chains": [{"filters": [{
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": name,
            "http_filters": filters,
            "route_config": {"virtual_hosts": hosts, "validate_clusters": false},
        },
    }]}]})
}

fn fault() -> Value {
    json!({
        "name": "envoy.filters.http.fault",
        "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault"},
    })
}

fn router() -> Value {
    json!({
        "name": "envoy.filters.http.router",
        "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"},
    })
}

/// Does what istiod does with patches of these kinds, to the first listener.
fn patch(config: &mut Value, patches: &[Value]) {
    let manager =
        &mut config["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"];
    for patch in patches {
        assert_eq!(patch["match"]["context"], "GATEWAY");
        let value = patch["patch"]["value"].clone();
        match (patch["applyTo"].as_str(), patch["patch"]["operation"].as_str()) {
            (Some("HTTP_FILTER"), operation) => {
                let before = &patch["match"]["listener"]["filterChain"]["filter"]["subFilter"]["name"];
                let filters = manager["http_filters"].as_array_mut().unwrap();
                let at = filters
                    .iter()
                    .position(|filter| filter["name"] == *before)
                    .unwrap();
                match operation {
                    Some("INSERT_BEFORE") => filters.insert(at, value),
                    // What is merged into is empty.
                    Some("MERGE") => filters[at] = value,
                    other => panic!("{other:?}"),
                }
            }
            (Some("HTTP_ROUTE"), Some("INSERT_FIRST")) => {
                for host in manager["route_config"]["virtual_hosts"].as_array_mut().unwrap() {
                    host["routes"].as_array_mut().unwrap().insert(0, value.clone());
                }
            }
            other => panic!("{other:?}"),
        }
    }
}

/// The patches of the exported EnvoyFilter. The filter is told the port of the Gateway, which is not the listener's.
fn patches(wasm: &Path) -> Vec<Value> {
    let loaded = yaml::load([("input.yaml", INPUT)]);
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    let mesh = Mesh::new(&loaded.bundle, &MeshConfig::default(), &mut Report::default());
    let labels = [("app".to_owned(), "edge".to_owned())].into();
    let proxies = [ProxyExport {
        name: "edge".to_owned(),
        proxy: Proxy::gateway("default", labels),
    }];
    let options = ManifestOptions {
        kind: ManifestKind::EnvoyFilter,
        module: ModuleSource::File(wasm.display().to_string()),
        sha256: None,
        phase: None,
        trace: false,
    };
    let all = manifests(&mesh, &loaded.bundle, &proxies, &options);
    let mut object = all.manifests[0].object.clone();
    let configuration = &mut object["spec"]["configPatches"][0]["patch"]["value"]["typed_config"]["config"]["configuration"]
        ["value"];
    let mut settings: Value = serde_json::from_str(configuration.as_str().unwrap()).unwrap();
    settings["port"] = json!(80);
    *configuration = json!(settings.to_string());
    object["spec"]["configPatches"].as_array().unwrap().clone()
}

#[tokio::test]
async fn an_envoy_filter_puts_the_rules_in_front_of_istios_routes() {
    let directory = tempfile::tempdir().unwrap();
    let wasm = directory.path().join("mainsheet.wasm");
    std::fs::write(&wasm, FILTER_WASM).unwrap();
    let pipe = directory.path().join("v2").display().to_string();
    let mut config = from_istiod();
    config["static_resources"]["listeners"][1]["address"] = json!({"pipe": {"path": pipe}});
    let endpoint =
        "/static_resources/clusters/0/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address/pipe/path";
    *config.pointer_mut(endpoint).unwrap() = json!(pipe);
    patch(&mut config, &patches(&wasm));
    let bootstrap = directory.path().join("bootstrap.json");
    std::fs::write(&bootstrap, config.to_string()).unwrap();

    let binary = EnvoyBinary::find(None).unwrap();
    let envoy = Envoy::start(&binary, &bootstrap, EnvoyOptions::default())
        .await
        .unwrap();
    let address = envoy.listeners().await.unwrap()["edge"];
    let client = Client::new();
    for (host, path, order, status) in [
        ("reviews.example", "/reviews", None, 222),
        ("reviews.example", "/mirrored", None, 222),
        ("reviews.example", "/broken", None, 429),
        ("reviews.example", "/refused", None, 404),
        ("elsewhere.test", "/reviews", None, 218),
        // Clients choose neither clusters nor faults.
        (
            "elsewhere.test",
            "/",
            Some(("x-mainsheet-cluster", "outbound|80||v2.example")),
            218,
        ),
        (
            "elsewhere.test",
            "/",
            Some(("x-envoy-fault-abort-request", "503")),
            218,
        ),
    ] {
        let mut request = Request::get(host, path);
        if let Some((name, value)) = order {
            request = request.header(name, value);
        }
        let answer = client.send(address, &request).await.unwrap();
        assert_eq!(answer.status, status, "{host}{path} {order:?}");
    }
}
