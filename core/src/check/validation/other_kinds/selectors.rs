//! What says which workloads such a resource is for.

use alloc::format;

use super::{given, items};
use crate::check::validation::findings::Findings;
use crate::input::Node;
use crate::report::Field;

const CODE: &str = "invalid-label";

/// Groups and kinds of what a resource can be attached to.
const TARGETS: [(&str, &str); 5] = [
    ("", "Service"),
    ("core", "Service"),
    ("networking.istio.io", "ServiceEntry"),
    ("gateway.networking.k8s.io", "Gateway"),
    ("gateway.networking.k8s.io", "GatewayClass"),
];

/// `selector` or `workloadSelector`, `targetRef` and `targetRefs`: one of them. `labels` is where the selector has
/// its labels.
pub(super) fn check(spec: &Node, selector: &str, labels: &str, findings: &mut Findings) {
    let names = [selector, "targetRef", "targetRefs"];
    let mut written = names.iter().filter(|name| given(spec, name).is_some());
    if let (Some(_), Some(second)) = (written.next(), written.next()) {
        let message = format!("only one of targetRefs or {selector} can be set");
        findings.error(
            &Field::SPEC.name(second),
            "conflicting-fields",
            message,
            "remove one of them",
        );
    }
    if let Some(node) = given(spec, selector).and_then(|selector| given(selector, labels)) {
        let field = Field::SPEC.name(selector);
        check_labels(node, &field.name(labels), findings);
    }
    if let Some(reference) = given(spec, "targetRef") {
        check_reference(reference, &Field::SPEC.name("targetRef"), findings);
    }
    let list = Field::SPEC.name("targetRefs");
    for (index, reference) in items(spec, "targetRefs").iter().enumerate() {
        check_reference(reference, &list.index(index), findings);
    }
}

fn check_labels(node: &Node, field: &Field<'_>, findings: &mut Findings) {
    let help = "write whole labels; leave one out to select all of its values";
    for entry in node.entries() {
        let field = field.key(&entry.key);
        if entry.key.is_empty() {
            findings.error(&field, CODE, "key must not be empty", help);
        }
        if entry.key.contains('*') {
            findings.error(&field, CODE, "wildcard not allowed in label key match", help);
        }
        let value = entry.value.as_str().unwrap_or_default();
        if value.contains('*') {
            findings.error(&field, CODE, "wildcard not allowed in label value match", help);
        }
        if value.len() > 63 {
            let message = format!("label value {value:?} may not be longer than 63");
            findings.error(&field, CODE, message, "use a shorter one");
        }
    }
}

fn check_reference(node: &Node, field: &Field<'_>, findings: &mut Findings) {
    let text = |name: &str| node.get(name).and_then(Node::as_str).unwrap_or_default();
    for name in ["kind", "name"] {
        if text(name).is_empty() {
            let message = format!("{name} of the target is required");
            findings.error(&field.name(name), "missing-name", message, "name the target");
        }
    }
    if !text("kind").is_empty() && !TARGETS.contains(&(text("group"), text("kind"))) {
        let message = format!(
            "Support kinds are core/Service, networking.istio.io/ServiceEntry, gateway.networking.k8s.io/Gateway, \
             gateway.networking.k8s.io/GatewayClass; found {}/{}",
            text("group"),
            text("kind"),
        );
        findings.error(
            &field.name("kind"),
            "unknown-value",
            message,
            "name one of these, with its group",
        );
    }
    if !text("namespace").is_empty() {
        let message = "cross namespace referencing is not currently supported";
        let help = "remove it: targets are in the own namespace";
        findings.error(&field.name("namespace"), "conflicting-fields", message, help);
    }
}
