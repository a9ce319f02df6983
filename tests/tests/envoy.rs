//! A real Envoy, which is fetched if this machine has none.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use mainsheet_tests::client::{Client, Request};
use mainsheet_tests::envoy::{Envoy, EnvoyBinary, EnvoyError, EnvoyOptions};

const BOOTSTRAP: &str = r#"
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}
static_resources:
  listeners:
  - name: direct
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: direct
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - match: {prefix: "/"}
                direct_response: {status: 218, body: {inline_string: "this is fine"}}
"#;

fn bootstrap(directory: &Path, text: &str) -> PathBuf {
    let path = directory.join("bootstrap.yaml");
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn envoy_serves_reports_and_ends() {
    let directory = tempfile::tempdir().unwrap();
    let binary = EnvoyBinary::find(None).unwrap();
    let path = bootstrap(directory.path(), BOOTSTRAP);
    Envoy::validate(&binary, &path).unwrap();
    let envoy = Envoy::start(&binary, &path, EnvoyOptions::default())
        .await
        .unwrap();
    let address = envoy.listeners().await.unwrap()["direct"];
    let client = Client::new();
    let response = client.send(address, &Request::get("any", "/")).await.unwrap();
    assert_eq!((response.status, response.text().as_str()), (218, "this is fine"));
    let served = envoy
        .wait_for_stat("http.direct.downstream_rq_2xx", 1, Duration::from_secs(10))
        .await;
    assert_eq!(served.unwrap(), 1);
    assert_eq!(envoy.stat("no.such.stat").await.unwrap(), 0);
    let server_info = envoy.admin("/server_info").await.unwrap();
    assert!(server_info.contains("LIVE"), "{server_info}");
    drop(envoy);
    assert!(
        Client::new()
            .send(address, &Request::get("any", "/"))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_broken_bootstrap_is_refused_with_envoys_own_words() {
    let directory = tempfile::tempdir().unwrap();
    let binary = EnvoyBinary::find(None).unwrap();
    let path = bootstrap(directory.path(), "static_resources: {listeners: [{nonsense: 1}]}");
    let error = Envoy::validate(&binary, &path).unwrap_err();
    assert!(
        matches!(&error, EnvoyError::Invalid { output, .. } if output.contains("nonsense")),
        "{error}"
    );
    let started = Envoy::start(&binary, &path, EnvoyOptions::default()).await;
    let Err(error) = started else {
        panic!("Envoy took a broken bootstrap")
    };
    assert!(
        matches!(&error, EnvoyError::Ended { log, .. } if log.contains("nonsense")),
        "{error}"
    );
}
