//! The echo upstreams, and the client that talks to them.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::time::Duration;

use mainsheet_tests::client::{Client, Request};
use mainsheet_tests::upstream::{Echo, Workload};
use serde_json::Value;

fn workload(name: &str) -> Workload {
    Workload {
        name: name.to_owned(),
        service: "reviews".to_owned(),
        namespace: "shop".to_owned(),
        labels: BTreeMap::from([("version".to_owned(), name.to_owned())]),
    }
}

async fn echo() -> Echo {
    Echo::start(vec![workload("v1"), workload("v2")]).await.unwrap()
}

#[tokio::test]
async fn each_workload_says_who_it_is_and_what_it_saw() {
    let echo = echo().await;
    let request = Request::get("reviews", "/a?b=c")
        .header("X-Many", "1")
        .header("x-many", "2");
    let response = Client::new()
        .send(echo.address("v2").unwrap(), &request)
        .await
        .unwrap();
    assert_eq!(response.status, 200);
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!(body["workload"], "v2");
    assert_eq!(body["service"], "reviews");
    assert_eq!(body["labels"]["version"], "v2");
    assert_eq!(
        (&body["method"], &body["path"]),
        (&"GET".into(), &"/a?b=c".into())
    );
    assert_eq!(body["authority"], "reviews");
    let headers: Vec<(String, String)> = serde_json::from_value(body["headers"].clone()).unwrap();
    let many: Vec<_> = headers
        .iter()
        .filter(|(name, _)| name == "x-many")
        .map(|(_, value)| value)
        .collect();
    assert_eq!(many, ["1", "2"]);
}

#[tokio::test]
async fn attempts_of_one_request_fail_as_often_as_asked() {
    let echo = echo().await;
    let client = Client::without_keep_alive();
    let request = Request::get("reviews", "/")
        .header("x-request-id", "r1")
        .header("x-echo-fail", "2");
    let mut seen = Vec::new();
    for name in ["v1", "v2", "v1"] {
        let response = client.send(echo.address(name).unwrap(), &request).await.unwrap();
        let body: Value = serde_json::from_slice(&response.body).unwrap();
        seen.push((response.status, body["attempt"].as_u64().unwrap()));
    }
    assert_eq!(seen, [(503, 1), (503, 2), (200, 3)]);
}

#[tokio::test]
async fn status_headers_and_delay_are_steered_by_the_request() {
    let echo = echo().await;
    let request = Request::get("reviews", "/")
        .header("x-echo-status", "418")
        .header("x-echo-headers", "x-a=1; x-b=2")
        .header("x-echo-delay", "30ms");
    let response = Client::new()
        .send(echo.address("v1").unwrap(), &request)
        .await
        .unwrap();
    assert_eq!(response.status, 418);
    assert_eq!(
        (response.header("x-a"), response.header("X-B")),
        (Some("1"), Some("2"))
    );
    assert!(response.elapsed >= Duration::from_millis(30));
}

#[tokio::test]
async fn the_absolute_form_arrives() {
    let echo = echo().await;
    let request = Request::get("reviews", "http://other.example/x");
    let response = Client::new()
        .send(echo.address("v1").unwrap(), &request)
        .await
        .unwrap();
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!(
        (&body["path"], &body["authority"]),
        (&"/x".into(), &"reviews".into())
    );
}

#[tokio::test]
async fn a_stopped_upstream_refuses_connections() {
    let echo = echo().await;
    let address = echo.address("v1").unwrap();
    let client = Client::new();
    client.send(address, &Request::get("reviews", "/")).await.unwrap();
    echo.stop().await;
    assert!(client.send(address, &Request::get("reviews", "/")).await.is_err());
}
