//! `mainsheet up` on Bookinfo with a real Envoy.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

mod common;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use common::Up;
use mainsheet_tests::client::{Client, Request, Response};

async fn get(to: SocketAddr, host: &str, path: &str) -> Response {
    Client::new().send(to, &Request::get(host, path)).await.unwrap()
}

async fn version(to: SocketAddr, host: &str) -> String {
    let echo: serde_json::Value = serde_json::from_slice(&get(to, host, "/").await.body).unwrap();
    echo["labels"]["version"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn it_serves_and_follows_changes() {
    let up = Up::start();
    let (gateway, sidecar) = (up.address("gateway"), up.address("sidecar"));
    assert_eq!(get(gateway, "any.example", "/productpage").await.status, 200);
    assert_eq!(get(gateway, "any.example", "/nothing").await.status, 404);
    assert_eq!(version(sidecar, "reviews:9080").await, "v1");
    up.replace("reviews-v1.yaml", "subset: v1", "subset: v3");
    up.wait_for("confirmed by Envoy");
    assert_eq!(version(sidecar, "reviews:9080").await, "v3");
}

#[test]
fn a_port_that_is_taken_is_named_with_the_remedy() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a.yaml");
    std::fs::write(
        &file,
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80}]}}",
    )
    .unwrap();
    let output = common::run(&["up", file.to_str().unwrap(), "--outbound-port", &port]);
    let said = common::stderr(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains(&port) && said.contains("--outbound-port"), "{said}");
}

#[tokio::test]
async fn rules_are_counted() {
    let up = Up::start();
    let (gateway, admin) = (up.address("gateway"), up.address("administration"));
    for _ in 0..3 {
        assert_eq!(get(gateway, "any.example", "/productpage").await.status, 200);
    }
    let counted = "mainsheet_rule_requests{resource=\"VirtualService/default/bookinfo\",rule=\"0\"} 3";
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let scraped = get(admin, "admin", "/stats/prometheus").await.text();
        if scraped.lines().any(|line| line == counted) {
            break;
        }
        assert!(Instant::now() < end, "{scraped}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Envoy watches files by means of which Linux has few.
#[tokio::test]
async fn it_serves_a_mesh_of_many_services() {
    let service = |number: u32| {
        format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: s{number}}}, spec: {{ports: [{{name: http, port: 80}}]}}}}\n---\n"
        )
    };
    let rules = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: rules}\n\
        spec: {hosts: [s149], http: [{directResponse: {status: 207}}]}\n";
    let text = (0..150).map(service).collect::<String>() + rules;
    let up = Up::start_on(&[("many.yaml", text)], &[]);
    let sidecar = up.address("sidecar");
    assert_eq!(get(sidecar, "s149", "/").await.status, 207);
    assert_eq!(get(sidecar, "s0", "/").await.status, 200);
}

#[tokio::test]
async fn a_broken_file_changes_nothing_and_is_named_with_its_line() {
    let up = Up::start();
    let sidecar = up.address("sidecar");
    up.replace("reviews-v1.yaml", "- route:", "- rooute:");
    up.wait_for("still serving the configuration of");
    let output = up.output();
    let place = format!("{}:9:", up.file("reviews-v1.yaml").display());
    assert!(output.contains(&place) && output.contains("rooute"), "{output}");
    assert_eq!(version(sidecar, "reviews:9080").await, "v1");
    up.replace("reviews-v1.yaml", "- rooute:", "- timeout: 3s\n    route:");
    up.wait_for("confirmed by Envoy");
    assert_eq!(version(sidecar, "reviews:9080").await, "v1");
}

#[tokio::test]
async fn signals_stop_envoy_too() {
    for signal in ["INT", "TERM"] {
        let mut up = Up::start();
        let (admin, sidecar) = (up.address("administration"), up.address("sidecar"));
        let info = get(admin, "admin", "/server_info").await.text();
        assert!(info.contains("LIVE"), "{info}");
        let started = Instant::now();
        assert_eq!(up.stop(signal), Some(0), "{}", up.output());
        assert!(started.elapsed() < Duration::from_secs(10));
        for address in [admin, sidecar] {
            let sent = Client::new().send(address, &Request::get("any", "/")).await;
            assert!(sent.is_err(), "somebody still listens on {address}");
        }
    }
}
