//! Kinds of Istio that say nothing about routes, and so are not loaded: what an API server with their schemas refuses.
//!
//! They stand beside routing resources in people's files, and this project's own manifests are of these kinds.
//! Source: the schemas and rules of `istio.io/api`.

mod envoy_filter;
mod selectors;
mod wasm_plugin;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::findings::Findings;
use crate::diagnostic::{Diagnostic, DocumentId, ResourceRef};
use crate::input::{Node, Value};
use crate::report::Field;

/// The findings in a document, where it is of such a kind.
#[must_use]
pub fn check(root: &Node, document: DocumentId) -> Vec<Diagnostic> {
    let text = |name: &str| root.get(name).and_then(Node::as_str).unwrap_or_default();
    let (group, _) = text("apiVersion").split_once('/').unwrap_or_default();
    let nothing = Node {
        value: Value::Null,
        mark: None,
    };
    let spec = root.get("spec").unwrap_or(&nothing);
    let mut findings = Findings::default();
    match (group, text("kind")) {
        ("networking.istio.io", "EnvoyFilter") => envoy_filter::check(spec, &mut findings),
        ("extensions.istio.io", "WasmPlugin") => wasm_plugin::check(spec, &mut findings),
        _ => return Vec::new(),
    }
    findings.about(&reference(root, text("kind")), document).collect()
}

fn reference(root: &Node, kind: &str) -> ResourceRef {
    let metadata = |name: &str| {
        let value = root.get("metadata").and_then(|metadata| metadata.get(name));
        value.and_then(Node::as_str).map(ToOwned::to_owned)
    };
    ResourceRef {
        kind: kind.to_owned(),
        namespace: metadata("namespace").unwrap_or_else(|| String::from("default")),
        name: metadata("name").unwrap_or_default(),
    }
}

/// The elements of a list; none where there is no list.
fn items<'n>(node: &'n Node, name: &str) -> &'n [Node] {
    match node.get(name).map(|list| &list.value) {
        Some(Value::Seq(items)) => items,
        _ => &[],
    }
}

/// A field that is there and not null.
fn given<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    node.get(name).filter(|value| value.value != Value::Null)
}

/// A text of so many characters, where it is written.
fn check_length(node: &Node, name: &str, longest: usize, field: &Field<'_>, findings: &mut Findings) {
    let Some(text) = node.get(name).and_then(Node::as_str) else {
        return;
    };
    let length = text.chars().count();
    let field = field.name(name);
    if length == 0 {
        let message = alloc::format!("{name} should be at least 1 chars long");
        findings.error(&field, "empty-text", message, "give a text, or remove the field");
    } else if length > longest {
        let message = alloc::format!("{name} may not be longer than {longest}");
        findings.error(&field, "long-text", message, "use a shorter text");
    }
}

/// A port, where it is written.
fn check_port(node: &Node, name: &str, field: &Field<'_>, findings: &mut Findings) {
    if let Some(Value::Int(number, _)) = node.get(name).map(|port| &port.value) {
        let number = u32::try_from(*number).unwrap_or_default();
        findings.judge(super::numbers::schema_port(number), &field.name(name));
    }
}

/// A value of an enum, where it is written.
fn check_choice(node: &Node, name: &str, choices: &[&str], field: &Field<'_>, findings: &mut Findings) {
    let Some(text) = node.get(name).and_then(Node::as_str) else {
        return;
    };
    if !choices.contains(&text) {
        let message = alloc::format!("{name} cannot be {text:?}: it is one of {}", choices.join(", "));
        findings.error(
            &field.name(name),
            "unknown-value",
            message,
            "use one of these, in this spelling",
        );
    }
}
