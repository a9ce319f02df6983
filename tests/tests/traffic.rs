//! What Envoy carries out behind the filter, seen in real traffic.

#![expect(clippy::expect_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mainsheet_core::compile::Proxy;
use mainsheet_core::export::{ExportOptions, ProxyExport};
use mainsheet_tests::client::{Client, Request, Response};
use mainsheet_tests::envoy::RunningMesh;
use mainsheet_tests::upstream::{Echo, Workload};
use serde_json::Value;
use tokio::task::JoinSet;

/// Upstreams by their names.
async fn upstreams(names: &[&str]) -> (Echo, Vec<SocketAddr>) {
    let workload = |name: &&str| Workload {
        name: (*name).to_owned(),
        ..Workload::default()
    };
    let echo = Echo::start(names.iter().map(workload).collect())
        .await
        .expect("the upstreams start");
    let addresses = echo.addresses().iter().map(|(_, address)| *address).collect();
    (echo, addresses)
}

/// A service of these endpoints, and its DestinationRule.
fn service(host: &str, endpoints: &[SocketAddr], traffic_policy: &str) -> String {
    let endpoints: Vec<String> = endpoints
        .iter()
        .map(|address| {
            format!(
                "{{address: {}, ports: {{http: {}}}}}",
                address.ip(),
                address.port()
            )
        })
        .collect();
    format!(
        "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{name: a}}\nspec:\n  hosts: [{host}]\n  \
         ports: [{{number: 80, name: http, protocol: HTTP}}]\n  resolution: STATIC\n  endpoints: [{}]\n---\n\
         apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: a}}\nspec:\n  host: {host}\n  \
         trafficPolicy: {traffic_policy}\n",
        endpoints.join(", ")
    )
}

fn sidecar() -> ExportOptions {
    ExportOptions {
        proxies: vec![ProxyExport {
            name: "sidecar".to_owned(),
            proxy: Proxy::sidecar("default"),
        }],
        outbound_port: 0,
        ..ExportOptions::default()
    }
}

async fn start(resources: &str) -> (RunningMesh, SocketAddr) {
    let mesh = RunningMesh::start(resources, sidecar())
        .await
        .expect("Envoy serves");
    let address = mesh.address(None).await.expect("there is a listener");
    (mesh, address)
}

async fn get(to: SocketAddr, headers: &[(&str, &str)]) -> Response {
    let request = headers
        .iter()
        .fold(Request::get("a.test", "/"), |request, (name, value)| {
            request.header(name, *value)
        });
    Client::new()
        .send(to, &request)
        .await
        .expect("there is an answer")
}

/// The upstream that has answered.
fn upstream(response: &Response) -> String {
    let echo: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let workload = echo.get("workload").and_then(Value::as_str);
    workload.unwrap_or_default().to_owned()
}

#[tokio::test]
async fn ring_hash_keeps_users_on_their_endpoints_while_another_is_added() {
    let (_echo, addresses) = upstreams(&["one", "two", "three", "four"]).await;
    let policy = "{loadBalancer: {consistentHash: {httpHeaderName: x-user}}}";
    let (mut mesh, to) = start(&service("a.test", &addresses[..3], policy)).await;
    let users: Vec<String> = (0..40).map(|user| format!("user-{user}")).collect();
    let mut before = Vec::new();
    for user in &users {
        let of_user: Vec<String> = [
            upstream(&get(to, &[("x-user", user)]).await),
            upstream(&get(to, &[("x-user", user)]).await),
        ]
        .into();
        assert_eq!(of_user[0], of_user[1], "{user}");
        before.push(of_user[0].clone());
    }
    assert_eq!(before.iter().collect::<BTreeSet<_>>().len(), 3, "{before:?}");

    mesh.change(&service("a.test", &addresses, policy))
        .expect("the change is written");
    wait_until(|| async {
        mesh.envoy()
            .stat("cluster.outbound|80||a.test;.membership_total")
            .await
            .ok()
            == Some(4)
    })
    .await;
    let mut stayed = 0;
    let mut to_new = 0;
    for (user, old) in users.iter().zip(&before) {
        let new = upstream(&get(to, &[("x-user", user)]).await);
        stayed += usize::from(new == *old);
        to_new += usize::from(new == "four");
    }
    // The ring keeps its size, so the new endpoint takes places from the old ones: a quarter of all moves to it, and
    // some among the others.
    let all = users.len();
    assert!(to_new > 0, "nobody went to the new endpoint");
    assert!(stayed > all / 2, "only {stayed} of {all} stayed");
}

#[tokio::test]
async fn an_endpoint_that_fails_is_ejected() {
    let (_echo, addresses) = upstreams(&["one", "two"]).await;
    let policy = "{outlierDetection: {consecutive5xxErrors: 3, interval: 1s, baseEjectionTime: 60s, maxEjectionPercent: 100}}";
    let rules = "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspec: {hosts: [a.test], http: [{retries: {attempts: 0}, route: [{destination: {host: a.test}}]}]}\n";
    let (mesh, to) = start(&(service("a.test", &addresses, policy) + rules)).await;
    let failing = [("x-echo-status", "500")];
    for _ in 0..20 {
        get(to, &failing).await;
    }
    wait_until(|| async {
        let clusters = mesh.envoy().admin("/clusters").await.unwrap_or_default();
        clusters.contains("/failed_outlier_check")
    })
    .await;
}

#[tokio::test]
async fn connections_beyond_the_limit_overflow() {
    let (_echo, addresses) = upstreams(&["one"]).await;
    let policy = "{connectionPool: {tcp: {maxConnections: 1}, http: {http1MaxPendingRequests: 1}}}";
    let (mesh, to) = start(&service("a.test", &addresses, policy)).await;
    let mut clients = JoinSet::new();
    for _ in 0..8 {
        clients.spawn(async move { get(to, &[("x-echo-delay", "500ms")]).await });
    }
    let answers = clients.join_all().await;
    let refused: Vec<&Response> = answers.iter().filter(|answer| answer.status == 503).collect();
    assert!(
        !refused.is_empty() && refused.len() < answers.len(),
        "{answers:?}"
    );
    assert!(
        refused
            .iter()
            .all(|answer| answer.header("x-envoy-overloaded") == Some("true"))
    );
    let overflow = mesh
        .envoy()
        .stat("cluster.outbound|80||a.test;.upstream_rq_pending_overflow")
        .await;
    assert!(overflow.expect("Envoy counts") > 0);
}

async fn wait_until<F: Future<Output = bool>>(mut holds: impl FnMut() -> F) {
    let end = Instant::now() + Duration::from_secs(30);
    while !holds().await {
        assert!(Instant::now() < end, "it never came to that");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
