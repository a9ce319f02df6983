//! WasmPlugins.

use alloc::collections::BTreeSet;
use alloc::format;

use super::{check_choice, check_length, check_port, given, items, selectors};
use crate::check::validation::findings::{Findings, Verdict, refuse};
use crate::input::Node;
use crate::report::Field;

const SCHEMES: [&str; 4] = ["http", "https", "file", "oci"];

/// Fields with values of their own.
const CHOICES: [(&str, &[&str]); 4] = [
    ("phase", &["UNSPECIFIED_PHASE", "AUTHN", "AUTHZ", "STATS"]),
    ("type", &["UNSPECIFIED_PLUGIN_TYPE", "HTTP", "NETWORK"]),
    ("failStrategy", &["FAIL_CLOSE", "FAIL_OPEN", "FAIL_RELOAD"]),
    (
        "imagePullPolicy",
        &["UNSPECIFIED_POLICY", "IfNotPresent", "Always"],
    ),
];
const MODES: [&str; 4] = ["UNDEFINED", "CLIENT", "SERVER", "CLIENT_AND_SERVER"];
/// Longest value of a variable.
const LONGEST_VALUE: usize = 2048;

/// The fields under `spec`.
pub(super) fn check(spec: &Node, findings: &mut Findings) {
    let field = Field::SPEC;
    selectors::check(spec, "selector", "matchLabels", findings);
    findings.judge(
        url(spec.get("url").and_then(Node::as_str).unwrap_or_default()),
        &field.name("url"),
    );
    let digest = spec.get("sha256").and_then(Node::as_str).unwrap_or_default();
    let hexadecimal = digest
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !(digest.is_empty() || hexadecimal && digest.len() == 64) {
        let message = "sha256 should match '(^$|^[a-f0-9]{64}$)'";
        let help = "give the digest of the module as 64 hexadecimal digits: `sha256sum module.wasm`";
        findings.error(&field.name("sha256"), "invalid-digest", message, help);
    }
    check_length(spec, "imagePullSecret", 253, &field, findings);
    check_length(spec, "pluginName", 256, &field, findings);
    for (name, choices) in CHOICES {
        check_choice(spec, name, choices, &field, findings);
    }
    let matches = field.name("match");
    for (index, found) in items(spec, "match").iter().enumerate() {
        let block = matches.index(index);
        check_choice(found, "mode", &MODES, &block, findings);
        check_ports(items(found, "ports"), &block.name("ports"), findings);
    }
    if let Some(machine) = given(spec, "vmConfig") {
        let field = field.name("vmConfig");
        check_environment(items(machine, "env"), &field.name("env"), findings);
    }
}

/// Where the module is; without a scheme, it is in a registry of images.
fn url(url: &str) -> Verdict {
    let help = "write `oci://`, `https://`, `http://` or `file://` in front of it";
    if url.is_empty() {
        return refuse(
            "missing-url",
            "url field needs to be set",
            "say where the module is",
        );
    }
    match url.split_once("://") {
        Some((scheme, _)) if !SCHEMES.contains(&scheme) => {
            let message = format!("url must have schema one of [http, https, file, oci], found {scheme:?}");
            refuse("invalid-url", message, help)
        }
        _ => Ok(()),
    }
}

fn check_ports(list: &[Node], field: &Field<'_>, findings: &mut Findings) {
    for (index, port) in list.iter().enumerate() {
        let field = field.index(index);
        if given(port, "number").is_none() {
            let message = "the number of the port is required";
            findings.error(
                &field.name("number"),
                "missing-port",
                message,
                "write `number: …`",
            );
        }
        check_port(port, "number", &field, findings);
    }
}

fn check_environment(list: &[Node], field: &Field<'_>, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for (index, variable) in list.iter().enumerate() {
        let field = field.index(index);
        check_length(variable, "name", 256, &field, findings);
        match variable.get("name").and_then(Node::as_str) {
            None => {
                let message = "the name of the variable is required";
                findings.error(&field.name("name"), "missing-name", message, "name the variable");
            }
            Some(name) if !seen.insert(name) => {
                let message = format!("the variable {name:?} is declared already");
                findings.error(&field.name("name"), "duplicate-name", message, "keep one of them");
            }
            Some(_) => {}
        }
        check_choice(variable, "valueFrom", &["INLINE", "HOST"], &field, findings);
        let value = variable.get("value").and_then(Node::as_str).unwrap_or_default();
        if value.chars().count() > LONGEST_VALUE {
            let message = format!("value may not be longer than {LONGEST_VALUE}");
            findings.error(
                &field.name("value"),
                "long-text",
                message,
                "put it into `pluginConfig`",
            );
        }
        let from = variable
            .get("valueFrom")
            .and_then(Node::as_str)
            .unwrap_or_default();
        if from == "HOST" && given(variable, "value").is_some() {
            let message = "value may only be set when valueFrom is INLINE";
            let help = "remove `value`, which the host gives, or `valueFrom`";
            findings.error(&field.name("value"), "conflicting-fields", message, help);
        }
    }
}
