//! What operators see: lines of access logs, and metrics of rules.

#![expect(clippy::expect_used, reason = "helpers of tests")]

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use mainsheet_core::compile::Proxy;
use mainsheet_core::export::{ExportOptions, ProxyExport};
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::resources::mesh_config::AccessLogEncoding;
use mainsheet_tests::artifact::FILTER_WASM;
use mainsheet_tests::client::{Client, Request};
use mainsheet_tests::envoy::RunningMesh;
use mainsheet_tests::host::{ConnectionInfo, Fault, Host, Status, Vm, VmOptions};
use mainsheet_tests::upstream::{Echo, Workload};
use serde_json::{Value, json};

fn rules() -> Value {
    let to = json!([{"destination": {"host": "reviews.test"}}]);
    let all = json!({"value": 100});
    json!([
        {"match": [{"uri": {"prefix": "/delay"}}], "fault": {"delay": {"fixedDelay": "0.01s", "percentage": all}}, "route": to},
        {"match": [{"uri": {"prefix": "/abort"}}], "fault": {"abort": {"httpStatus": 503, "percentage": all}}, "route": to},
        {"match": [{"uri": {"prefix": "/grpc"}}], "fault": {"abort": {"grpcStatus": "UNAVAILABLE", "percentage": all}}, "route": to},
        {"match": [{"uri": {"prefix": "/moved"}}], "redirect": {"uri": "/"}},
        {"match": [{"uri": {"prefix": "/tea"}}], "directResponse": {"status": 418}},
        {"match": [{"uri": {"prefix": "/reviews"}}], "route": to},
    ])
}

fn resources(endpoint: Option<SocketAddr>) -> Vec<Value> {
    let endpoints =
        endpoint.map(|address| json!([{"address": address.ip(), "ports": {"http": address.port()}}]));
    vec![
        json!({
            "apiVersion": "networking.istio.io/v1", "kind": "ServiceEntry", "metadata": {"name": "reviews"},
            "spec": {
                "hosts": ["reviews.test"], "ports": [{"number": 9080, "name": "http", "protocol": "HTTP"}],
                "resolution": "STATIC", "endpoints": endpoints.unwrap_or(json!([])),
            },
        }),
        json!({
            "apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "reviews"},
            "spec": {"hosts": ["reviews.test"], "http": rules()},
        }),
    ]
}

/// Requests, and what is said of them.
const SUMMARIES: [(&str, &str, &str); 8] = [
    (
        "reviews.test",
        "/reviews",
        "resource=VirtualService/default/reviews rule=5 outcome=forward",
    ),
    (
        "reviews.test",
        "/delay",
        "resource=VirtualService/default/reviews rule=0 outcome=forward delay=10ms",
    ),
    (
        "reviews.test",
        "/abort",
        "resource=VirtualService/default/reviews rule=1 outcome=fault-abort abort=503",
    ),
    (
        "reviews.test",
        "/grpc",
        "resource=VirtualService/default/reviews rule=2 outcome=fault-abort abort=grpc:14",
    ),
    (
        "reviews.test",
        "/moved",
        "resource=VirtualService/default/reviews rule=3 outcome=redirect",
    ),
    (
        "reviews.test",
        "/tea",
        "resource=VirtualService/default/reviews rule=4 outcome=direct-response",
    ),
    ("reviews.test", "/", "outcome=no-route"),
    ("elsewhere.test", "/", "outcome=passthrough"),
];

fn vm(settings: &Value) -> Vm {
    let mut configuration = json!({
        "proxy": {"kind": "sidecar", "namespace": "default"}, "port": 9080, "seed": 1, "resources": resources(None),
    });
    let fields = configuration.as_object_mut().expect("it is an object");
    fields.extend(settings.as_object().expect("so are settings").clone());
    let host = Host::new(FILTER_WASM).expect("the filter is a module");
    let vm = host.vm(VmOptions::default()).expect("the filter starts");
    let text = configuration.to_string();
    assert!(
        vm.configure(text.as_bytes()).expect("it answers"),
        "{:?}",
        vm.logs()
    );
    vm
}

fn headers(host: &str, path: &str) -> Vec<(String, Vec<u8>)> {
    let pairs = [
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", host),
        (":path", path),
    ];
    pairs
        .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
        .into()
}

#[test]
fn a_decision_is_summarized_where_it_is_asked_for() {
    for asked in [true, false] {
        let vm = vm(&json!({"accessLog": asked}));
        for (host, path, summary) in SUMMARIES {
            let stream = vm.stream(ConnectionInfo::default()).unwrap();
            stream.request_headers(headers(host, path), true).unwrap();
            let state = stream.filter_state().remove("wasm.mainsheet.decision");
            let said = state.map(|said| String::from_utf8(said).unwrap());
            assert_eq!(said.as_deref(), asked.then_some(summary), "{host}{path}");
        }
    }
}

#[test]
fn a_request_does_not_depend_on_what_is_said_of_it() {
    let vm = vm(&json!({"accessLog": true, "durations": true}));
    vm.inject(Fault::every("proxy_set_property", Status::InternalFailure));
    vm.inject(Fault::every("proxy_record_metric", Status::InternalFailure));
    let stream = vm.stream(ConnectionInfo::default()).unwrap();
    stream
        .request_headers(headers("reviews.test", "/reviews"), true)
        .unwrap();
    let sent = stream.request_header_map();
    assert!(sent.iter().any(|(name, _)| name == "x-mainsheet-cluster"));
    stream.set_property(&["request", "duration"], 1_000_i64.to_le_bytes());
    stream.done().unwrap();
    vm.advance(Duration::from_secs(1)).unwrap();
    assert_eq!(vm.metrics().get("mainsheet.host_errors"), Some(&2));
}

#[test]
fn durations_are_kept_for_each_rule() {
    let vm = vm(&json!({"durations": true}));
    for (path, milliseconds) in [("/reviews", 3_i64), ("/reviews", 250), ("/tea", 1)] {
        let stream = vm.stream(ConnectionInfo::default()).unwrap();
        stream
            .request_headers(headers("reviews.test", path), true)
            .unwrap();
        stream.set_property(&["request", "duration"], (milliseconds * 1_000_000).to_le_bytes());
        stream.done().unwrap();
    }
    let of_rule = |rule: usize| {
        let name = format!("mainsheet.rule.duration_ms.resource.VirtualService/default/reviews.rule.{rule}");
        vm.histograms().remove(&name).unwrap_or_default()
    };
    assert_eq!(of_rule(5), [3, 250]);
    assert_eq!(of_rule(4), [1]);
    assert_eq!(of_rule(0), [0; 0]);
    let without = self::vm(&json!({}));
    assert!(without.histograms().is_empty());
}

/// What a file holds, once it holds so many lines.
async fn lines(file: &Path, count: usize) -> Vec<String> {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        if lines.len() >= count {
            return lines;
        }
        assert!(Instant::now() < end, "only {lines:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn envoy_writes_lines_and_histograms() {
    let echo = Echo::start(vec![Workload::default()])
        .await
        .expect("the upstream starts");
    let endpoint = echo.addresses().first().map(|(_, address)| *address);
    let documents: Vec<String> = resources(endpoint).iter().map(Value::to_string).collect();
    for encoding in [AccessLogEncoding::Text, AccessLogEncoding::Json] {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("access.log");
        let mesh_config = MeshConfig {
            access_log_file: file.display().to_string(),
            access_log_encoding: encoding,
            ..MeshConfig::default()
        };
        let options = ExportOptions {
            proxies: vec![ProxyExport {
                name: "sidecar".to_owned(),
                proxy: Proxy::sidecar("default"),
            }],
            outbound_port: 0,
            durations: true,
            ..ExportOptions::default()
        };
        let mesh = RunningMesh::start_with(&documents.join("\n---\n"), &mesh_config, options)
            .await
            .expect("Envoy serves");
        let to = mesh.address(None).await.expect("there is a listener");
        let ours = SUMMARIES.iter().filter(|(host, ..)| *host == "reviews.test");
        for (host, path, _) in ours.clone() {
            let request = Request::get(&format!("{host}:9080"), path);
            Client::new()
                .send(to, &request)
                .await
                .expect("there is an answer");
        }
        let written = lines(&file, ours.clone().count()).await;
        for ((_, path, summary), line) in ours.zip(&written) {
            let said = match encoding {
                AccessLogEncoding::Text => line.ends_with(&format!(r#" "{summary}""#)),
                AccessLogEncoding::Json => {
                    let line: Value = serde_json::from_str(line).expect("the line is JSON");
                    line["decision"] == **summary && line["path"] == **path
                }
            };
            assert!(said && line.contains(path), "{path}: {line}");
        }
        let counted =
            r#"mainsheet_rule_duration_ms_count{resource="VirtualService/default/reviews",rule="5"} 1"#;
        let end = Instant::now() + Duration::from_secs(30);
        while !mesh
            .envoy()
            .admin("/stats/prometheus")
            .await
            .expect("it answers")
            .contains(counted)
        {
            assert!(Instant::now() < end, "no histogram");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
