//! `mainsheet status` of a running Envoy.
#![expect(clippy::panic, reason = "helpers of tests")]

mod common;

use std::fs;
use std::process::Output;
use std::time::{Duration, Instant};

use common::{Up, run, stderr, stdout};

/// Asks until the answer has this in it: Envoy follows its files by itself.
fn wait_for(admin: &str, text: &str) -> Output {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let output = run(&["status", admin]);
        if stdout(&output).contains(text) {
            return output;
        }
        if Instant::now() > end {
            panic!("{}{}", stdout(&output), stderr(&output));
        }
    }
}

#[test]
fn an_envoy_is_synced_until_it_refuses_something() {
    let up = Up::start();
    let admin = up.address("administration").to_string();
    let output = wait_for(&admin, "SYNCED   SYNCED   SYNCED   SYNCED   SYNCED");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));

    // As `up` would never write it.
    let file = up.envoy_file("ecds-default-outbound.json");
    let text = fs::read_to_string(&file).unwrap();
    let broken = text
        .replace("\"version_info\": \"", "\"version_info\": \"x")
        .replace("\\\"proxy\\\"", "\\\"poxy\\\"");
    let aside = up.envoy_file("aside");
    fs::write(&aside, broken).unwrap();
    fs::rename(&aside, &file).unwrap();
    let output = wait_for(&admin, "REJECTED");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("has refused a part of its configuration"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn json_has_the_same() {
    let up = Up::start();
    let admin = up.address("administration").to_string();
    wait_for(&admin, "SYNCED   SYNCED   SYNCED   SYNCED   SYNCED");
    let json: serde_json::Value = serde_json::from_str(&stdout(&run(&["status", &admin, "--json"]))).unwrap();
    assert_eq!(json.pointer("/0/configuration/ECDS").unwrap(), "SYNCED");
    assert!(json.pointer("/0/memoryBytes").unwrap().as_u64() > Some(1_000_000));
    let version = stdout(&run(&["--version"]));
    assert!(version.contains(json.pointer("/0/filter").unwrap().as_str().unwrap()));
}
