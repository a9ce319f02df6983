//! The engine below `mainsheet up`: configurations that come and go in a running Envoy.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

use mainsheet::error::Error;
use mainsheet::input::InputFile;
use mainsheet::up::{Session, SessionOptions};
use mainsheet_tests::client::{Client, Request};
use mainsheet_tests::envoy::EnvoyBinary;
use serde_json::Value;

fn input(text: &str) -> Vec<InputFile> {
    vec![InputFile {
        name: "input.yaml".to_owned(),
        text: text.to_owned(),
    }]
}

fn options() -> SessionOptions {
    let mut options = SessionOptions::new(EnvoyBinary::find(None).unwrap());
    options.ports.extend([(8080, 0), (8081, 0)]);
    options
}

fn service(name: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\n\
         spec: {{ports: [{{name: http, port: 80}}], selector: {{app: {name}}}}}\n"
    )
}

fn rules(subset: &str) -> String {
    format!(
        "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: a}}\n\
         spec: {{host: a, subsets: [{{name: one, labels: {{version: v1}}}}, {{name: two, labels: {{version: v2}}}}]}}\n\
         ---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: a}}\n\
         spec: {{hosts: [a], http: [{{route: [{{destination: {{host: a, subset: {subset}}}}}]}}]}}\n"
    )
}

fn gateway(port: u16, backend: &str) -> String {
    format!(
        "---\napiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {{name: g}}\n\
         spec: {{servers: [{{port: {{number: {port}, name: http, protocol: HTTP}}, hosts: ['*']}}]}}\n\
         ---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: g}}\n\
         spec: {{hosts: ['*'], gateways: [g], http: [{{route: [{{destination: {{host: {backend}}}}}]}}]}}\n"
    )
}

/// The status, and the workload that answered.
async fn ask(to: std::net::SocketAddr, host: &str) -> (u16, String) {
    let response = Client::without_keep_alive()
        .send(to, &Request::get(host, "/"))
        .await
        .unwrap();
    let echo: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    (
        response.status,
        echo["workload"].as_str().unwrap_or_default().to_owned(),
    )
}

fn served(workload: &str) -> (u16, String) {
    (200, workload.to_owned())
}

#[tokio::test]
async fn services_without_workloads_get_one_for_each_subset() {
    let text = service("a") + &service("b") + &rules("two");
    let (session, _) = Session::start(options(), &input(&text)).await.unwrap();
    let mut names: Vec<&str> = session
        .workloads()
        .map(|(workload, _)| workload.name.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["a-v1", "a-v2", "b"]);
    let outbound = session.outbound().unwrap();
    assert_eq!(ask(outbound, "a").await, served("a-v2"));
    assert_eq!(ask(outbound, "b").await, served("b"));
}

#[tokio::test]
async fn a_service_entry_without_endpoints_is_stood_in_for() {
    let text = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: e}\n\
                spec: {hosts: [api.example], resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP}]}\n";
    let (session, _) = Session::start(options(), &input(text)).await.unwrap();
    assert_eq!(
        ask(session.outbound().unwrap(), "api.example").await,
        served("api.example")
    );
}

#[tokio::test]
async fn services_and_listeners_come_and_go() {
    let first = service("a") + &gateway(8080, "a");
    let (mut session, _) = Session::start(options(), &input(&first)).await.unwrap();
    assert_eq!(ask(session.gateway(8080).unwrap(), "any").await, served("a"));
    let second = service("b") + &gateway(8081, "b");
    let applied = session.apply(&input(&second)).await.unwrap();
    assert!(
        applied.changed.iter().any(|file| file == "lds.json"),
        "{:?}",
        applied.changed
    );
    assert_eq!(session.gateway(8080), None);
    assert_eq!(ask(session.gateway(8081).unwrap(), "any").await, served("b"));
    let clusters = session.envoy().admin("/clusters").await.unwrap();
    assert!(
        clusters.contains("b.default") && !clusters.contains("a.default"),
        "{clusters}"
    );
    session.apply(&input(&first)).await.unwrap();
    assert_eq!(ask(session.gateway(8080).unwrap(), "any").await, served("a"));
}

#[tokio::test]
async fn an_input_with_errors_leaves_everything_as_it_is() {
    let good = service("a") + &rules("one");
    let (mut session, _) = Session::start(options(), &input(&good)).await.unwrap();
    let bad = good.replace("http: [{route", "http: [{match: [{uri: {regex: '('}}], route");
    let Err(Error::Refused(findings)) = session.apply(&input(&bad)).await else {
        panic!("a broken regex was taken")
    };
    let location = findings.diagnostics()[0].location.clone().unwrap();
    assert_eq!((location.file.as_str(), location.line > 1), ("input.yaml", true));
    assert_eq!(ask(session.outbound().unwrap(), "a").await, served("a-v1"));
    let unchanged = session.apply(&input(&good)).await.unwrap();
    assert!(unchanged.changed.is_empty(), "{:?}", unchanged.changed);
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let mut options = options();
    options.outbound_port = address.port();
    let Err(error) = Session::start(options, &input(&service("a"))).await else {
        panic!("a port was taken twice")
    };
    let message = error.to_string();
    assert!(message.contains(&format!("cannot bind '{address}'")), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
}
