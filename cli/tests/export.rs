//! `mainsheet export` and `mainsheet package` as people run them.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::Path;
use std::process::Output;

use common::{run, stderr, stdout};
use mainsheet_core::yaml;
use mainsheet_tests::artifact;
use mainsheet_tests::client::{Client, Request};
use mainsheet_tests::envoy::{Envoy, EnvoyBinary, EnvoyOptions};
use serde_json::Value;

const INPUT: &str = "
apiVersion: v1
kind: Service
metadata: {name: reviews}
spec: {ports: [{name: http, port: 9080}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews}
spec:
  hosts: [reviews]
  http: [{match: [{uri: {prefix: /tea}}], directResponse: {status: 418}}]
";
const FILE: &str = "/etc/mainsheet/mainsheet.wasm";

/// Runs `mainsheet export` on the input, in a directory.
fn export(directory: &Path, arguments: &[&str]) -> Output {
    let input = directory.join("input.yaml");
    fs::write(&input, INPUT).unwrap();
    run(&[&["export", input.to_str().unwrap()], arguments].concat())
}

#[tokio::test]
async fn a_stock_envoy_runs_on_the_directory() {
    let directory = tempfile::tempdir().unwrap();
    for (form, has_filter) in [("envoy", true), ("envoy-native", false)] {
        let files = directory.path().join(form);
        let output = files.to_str().unwrap();
        let ports = ["--admin-port", "0", "--outbound-port", "0"];
        let written = export(
            directory.path(),
            &[&["--to", form, "--output", output], &ports[..]].concat(),
        );
        let (bootstrap, said) = (files.join("bootstrap.json"), stdout(&written));
        assert!(written.status.success(), "{}", stderr(&written));
        let command = format!("  envoy -c {}", bootstrap.display());
        assert!(said.contains(&command), "{said}");
        assert_eq!(files.join("mainsheet.wasm").exists(), has_filter);
        let binary = EnvoyBinary::find(None).unwrap();
        let envoy = Envoy::start(&binary, &bootstrap, EnvoyOptions::default())
            .await
            .unwrap();
        let address = envoy.listeners().await.unwrap()["default-outbound"];
        let answer = Client::new()
            .send(address, &Request::get("reviews:9080", "/tea"))
            .await
            .unwrap();
        assert_eq!(answer.status, 418, "{form}");
    }
}

#[test]
fn each_form_for_istio_is_objects_that_can_be_applied() {
    let directory = tempfile::tempdir().unwrap();
    let image = "oci://registry.example/mainsheet:1";
    for (form, wasm, kinds) in [
        ("envoy-filter", FILE, ["EnvoyFilter"].as_slice()),
        ("wasm-plugin", image, &["WasmPlugin", "EnvoyFilter"]),
        ("traffic-extension", image, &["TrafficExtension", "EnvoyFilter"]),
    ] {
        let sidecar = ["--sidecar", "default,app=web"];
        let output = export(
            directory.path(),
            &[&["--to", form, "--wasm", wasm], &sidecar[..]].concat(),
        );
        assert!(output.status.success(), "{}", stderr(&output));
        let text = stdout(&output);
        let written: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("kind: "))
            .collect();
        assert_eq!(written, kinds, "{text}");
        // It is YAML, with nothing wrong but kinds that no rule is in.
        let loaded = yaml::load([("objects.yaml", text.as_str())]);
        assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    }
}

const GATEWAY: &str = "
---
apiVersion: v1
kind: Service
metadata: {name: istio-ingressgateway, namespace: istio-system}
spec:
  selector: {app: istio-ingressgateway, istio: ingressgateway}
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]
";

#[test]
fn a_gateway_is_known_by_the_service_in_front_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let input = directory.path().join("input.yaml");
    fs::write(&input, [INPUT, GATEWAY].concat()).unwrap();
    let arguments = ["--to", "plugin-config", "--gateway", "default/edge"];
    let output = run(&[&["export", input.to_str().unwrap()], &arguments[..]].concat());
    let settings: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(settings["proxy"]["namespace"], "istio-system");
    let labels = serde_json::json!({"app": "istio-ingressgateway", "istio": "ingressgateway"});
    assert_eq!(settings["proxy"]["labels"], labels);
}

#[test]
fn the_configuration_by_itself_is_that_of_one_proxy() {
    let directory = tempfile::tempdir().unwrap();
    for (more, routes) in [(&[][..], "shared"), (&["--routes", "own"][..], "")] {
        let output = export(directory.path(), &[&["--to", "plugin-config"], more].concat());
        let settings: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(settings["proxy"]["namespace"], "default");
        assert_eq!(settings["routes"].as_str().unwrap_or_default(), routes);
    }
}

#[test]
fn what_makes_no_sense_is_a_matter_of_usage() {
    let directory = tempfile::tempdir().unwrap();
    let foreign = directory.path().to_str().unwrap();
    for (arguments, reason) in [
        (&["--to", "envoy"][..], "need a directory"),
        (&["--to", "envoy", "--output", foreign], "add --force"),
        (
            &["--to", "envoy", "--output", "x", "--phase", "authn"],
            "--phase means nothing to --to envoy",
        ),
        (
            &["--to", "envoy", "--output", "x", "--wasm", "oci://a"],
            "reads a file",
        ),
        (&["--to", "envoy-filter"], "say where proxies find the filter"),
        (
            &["--to", "envoy-filter", "--wasm", "a.wasm"],
            "expected an absolute path",
        ),
        (
            &["--to", "plugin-config", "--sidecar", "a", "--sidecar", "b"],
            "that of one proxy",
        ),
        (
            &["--to", "wasm-plugin", "--wasm", FILE, "--sha256", "12"],
            "64 hexadecimal digits",
        ),
    ] {
        let output = export(directory.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            stderr(&output).contains(reason),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
    let image = [
        "--to",
        "envoy-filter",
        "--wasm",
        "oci://registry.example/mainsheet:1",
    ];
    let output = export(directory.path(), &image);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("cannot pull images"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_plugin_pins_the_image_that_the_package_is() {
    let directory = tempfile::tempdir().unwrap();
    let layout = directory.path().join("image");
    let packed = run(&["package", "--output", layout.to_str().unwrap()]);
    assert!(packed.status.success(), "{}", stderr(&packed));
    let index: Value = serde_json::from_slice(&fs::read(layout.join("index.json")).unwrap()).unwrap();
    let digest = index["manifests"][0]["digest"].as_str().unwrap();
    assert!(stdout(&packed).contains(digest), "{}", stdout(&packed));

    let image = [
        "--to",
        "wasm-plugin",
        "--wasm",
        "oci://registry.example/mainsheet:1",
    ];
    let pinned = format!("sha256: {}", digest.trim_start_matches("sha256:"));
    let text = stdout(&export(directory.path(), &image));
    assert!(text.contains(&pinned), "{pinned}\n{text}");
}

#[test]
fn the_filter_can_be_had_as_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("mainsheet.wasm");
    let packed = run(&["package", "--form", "file", "--output", file.to_str().unwrap()]);
    assert!(packed.status.success(), "{}", stderr(&packed));
    assert_eq!(
        artifact::hex_sha256(&fs::read(&file).unwrap()),
        artifact::sha256()
    );
}
