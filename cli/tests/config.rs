//! `mainsheet config`: of resources, and of a running Envoy.

mod common;

use common::{Up, run, stderr, stdout};
use expect_test::{Expect, expect};

/// What the command prints about Bookinfo.
fn of_bookinfo(arguments: &[&str]) -> String {
    let examples = format!("{}/examples/bookinfo", env!("CARGO_MANIFEST_DIR"));
    let files = [
        "bookinfo.yaml",
        "destination-rules.yaml",
        "gateway.yaml",
        "reviews-80-20.yaml",
    ];
    let files = files.map(|file| format!("{examples}/{file}"));
    let all: Vec<&str> = ["config"]
        .into_iter()
        .chain(arguments.iter().copied())
        .chain(files.iter().map(String::as_str))
        .collect();
    let output = run(&all);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
}

fn check(arguments: &[&str], expected: &Expect) {
    expected.assert_eq(&of_bookinfo(arguments));
}

#[test]
fn routes_are_in_the_order_in_which_they_are_tried() {
    check(
        &["routes", "--port", "9080", "--fqdn", "reviews"],
        &expect![[r#"
        NAME   VHOST NAME                               DOMAINS                                                                             MATCH   VIRTUAL SERVICE
        9080   reviews.default.svc.cluster.local:9080   reviews.default.svc.cluster.local, reviews.default.svc.cluster.local. + 3 more...   /*      reviews.default
    "#]],
    );
    check(
        &["routes", "--name", "http.8080"],
        &expect![[r#"
        NAME        VHOST NAME   DOMAINS   MATCH               VIRTUAL SERVICE
        http.8080   *:8080       *         /productpage        bookinfo.default
        http.8080   *:8080       *         /static*            bookinfo.default
        http.8080   *:8080       *         /login              bookinfo.default
        http.8080   *:8080       *         /logout             bookinfo.default
        http.8080   *:8080       *         /api/v1/products*   bookinfo.default
    "#]],
    );
}

#[test]
fn clusters_are_those_of_services_and_subsets() {
    check(
        &["clusters", "--fqdn", "reviews"],
        &expect![[r#"
        SERVICE FQDN                        PORT   SUBSET   DIRECTION   TYPE   DESTINATION RULE
        reviews.default.svc.cluster.local   9080   -        outbound    EDS
        reviews.default.svc.cluster.local   9080   v1       outbound    EDS
        reviews.default.svc.cluster.local   9080   v2       outbound    EDS
        reviews.default.svc.cluster.local   9080   v3       outbound    EDS
    "#]],
    );
}

#[test]
fn listeners_say_where_they_lead() {
    check(
        &["listeners"],
        &expect![[r#"
        NAME                    ADDRESSES   PORT    MATCH   DESTINATION
        bookinfo-gateway-8080   127.0.0.1   8080    ALL     Route: bookinfo-gateway-8080
        default-outbound        127.0.0.1   15001   ALL     Route: default-outbound
    "#]],
    );
}

#[test]
fn json_and_yaml_are_what_envoy_is_given() {
    let json: serde_json::Value =
        serde_json::from_str(&of_bookinfo(&["clusters", "--fqdn", "ratings", "-o", "json"])).unwrap();
    assert_eq!(
        json[0]["name"],
        "outbound|9080||ratings.default.svc.cluster.local"
    );
    check(
        &["bootstrap"],
        &expect![[r#"
            admin:
              address:
                socket_address:
                  address: "127.0.0.1"
                  port_value: 0
            bootstrap_extensions:
            - name: envoy.bootstrap.internal_listener
              typed_config:
                "@type": >-
                  type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener
            dynamic_resources:
              cds_config:
                path_config_source:
                  path: ./cds.json
                  watched_directory:
                    path: '.'
                resource_api_version: V3
              lds_config:
                path_config_source:
                  path: ./lds.json
                  watched_directory:
                    path: '.'
                resource_api_version: V3
            layered_runtime:
              layers:
              - name: static
                static_layer:
                  envoy.reloadable_features.http_reject_path_with_fragment: false
                  re2.max_program_size.error_level: 32768
            node:
              cluster: mainsheet
              id: mainsheet
            overload_manager:
              resource_monitors:
              - name: envoy.resource_monitors.global_downstream_max_connections
                typed_config:
                  "@type": >-
                    type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig
                  max_active_downstream_connections: 2147483647
            stats_config:
              stats_tags:
              - regex: ^cluster\.((.+?);\.)
                tag_name: cluster_name
              - regex: >-
                  ^wasmcustom\.mainsheet\.rule\.(?:requests|duration_ms)(\.resource\.(.+?))\.rule\.\d+$
                tag_name: resource
              - regex: ^wasmcustom\.mainsheet\.rule\.(?:requests|duration_ms).*?(\.rule\.(\d+))$
                tag_name: rule
        "#]],
    );
}

/// A running Envoy tells of itself what its resources say.
#[test]
fn a_running_envoy_is_shown_in_the_same_way() {
    let up = Up::start();
    let admin = up.address("administration").to_string();
    let input = up.file("");
    for part in ["routes", "clusters"] {
        let running = stdout(&run(&["config", part, "--admin", &admin]));
        let written = stdout(&run(&["config", part, &input.display().to_string()]));
        assert_eq!(running, written);
        assert!(running.lines().count() > 5, "{running}");
    }
    let endpoints = stdout(&run(&[
        "config",
        "endpoints",
        "--admin",
        &admin,
        "--fqdn",
        "reviews",
    ]));
    let rows: Vec<&str> = endpoints.lines().skip(1).collect();
    assert!(!rows.is_empty(), "{endpoints}");
    assert!(rows.iter().all(|row| row.contains("HEALTHY")), "{endpoints}");
}

#[test]
fn what_is_no_envoy_is_said_to_be_none() {
    let output = run(&["config", "routes", "--admin", "127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        stderr(&output).contains("cannot connect to 127.0.0.1:1"),
        "{}",
        stderr(&output)
    );
}
