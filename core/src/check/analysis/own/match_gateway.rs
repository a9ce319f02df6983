//! `mainsheet.MatchGateway`: a gateway in `match[].gateways` to which the VirtualService is not bound, or that is not
//! there. Istio then never matches, and says nothing.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::check::analysis::virtual_service::gateway::{is_generated, unknown};
use crate::check::analysis::{Findings, Input};
use crate::diagnostic::{Diagnostic, Severity};
use crate::mesh::names::{self, MESH};
use crate::resources::{Object, VirtualService};

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    for object in &input.bundle.virtual_services {
        for (written, path) in written(&object.spec) {
            check(input, object, written, path, findings);
        }
    }
}

/// The gateways that conditions name, with their places.
fn written(spec: &VirtualService) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    for (index, rule) in spec.http.iter().enumerate() {
        let blocks = rule.matches.iter().map(|block| &block.gateways);
        add(&mut found, "http", index, blocks);
    }
    for (index, rule) in spec.tls.iter().enumerate() {
        let blocks = rule.matches.iter().map(|block| &block.gateways);
        add(&mut found, "tls", index, blocks);
    }
    for (index, rule) in spec.tcp.iter().enumerate() {
        let blocks = rule.matches.iter().map(|block| &block.gateways);
        add(&mut found, "tcp", index, blocks);
    }
    found
}

fn add<'b>(
    found: &mut Vec<(&'b str, String)>,
    kind: &str,
    rule: usize,
    blocks: impl Iterator<Item = &'b Vec<String>>,
) {
    for (block, gateways) in blocks.enumerate() {
        for (index, gateway) in gateways.iter().enumerate() {
            let path = format!("spec.{kind}[{rule}].match[{block}].gateways[{index}]");
            found.push((gateway, path));
        }
    }
}

fn check(
    input: &Input<'_>,
    object: &Object<VirtualService>,
    written: &str,
    path: String,
    findings: &mut Findings,
) {
    let namespace = object.metadata.namespace.as_str();
    let resolve = |gateway: &str| names::resolve_gateway(gateway, namespace, input.domain());
    let key = resolve(written);
    let own = object.spec.gateways.iter();
    let mut bound: Vec<String> = own.map(|gateway| resolve(gateway)).collect();
    // The gateways of a delegate are those of who delegates.
    let is_delegate = object.spec.hosts.is_empty() && bound.is_empty();
    if bound.is_empty() && !is_delegate {
        bound.push(MESH.into());
    }
    if bound.contains(&key) || is_generated(written) {
        return;
    }
    if !is_there(input, &key) {
        let finding = unknown(input, written, namespace);
        let message = format!("{}: this condition never matches", finding.message);
        let finding = Diagnostic {
            severity: Severity::Warning,
            code: "unknown-match-gateway".to_string(),
            aliases: Vec::new(),
            message,
            ..finding
        };
        findings.add(object, finding.at(path));
    } else if !is_delegate {
        let message =
            format!("the VirtualService is not bound to gateway {written:?}: this condition never matches");
        let list = bound.join("`, `");
        let finding = Diagnostic::warning("match-gateway-not-bound", message)
            .at(path)
            .related(object.document, "spec.gateways", "it is bound to these")
            .help(format!("add it to `spec.gateways`, or name one of `{list}`"));
        findings.add(object, finding);
    }
}

/// Whether the gateway is in the input, or may be elsewhere: an input without any Gateway is a part.
fn is_there(input: &Input<'_>, key: &str) -> bool {
    input.bundle.gateways.is_empty() || key == MESH || input.gateway(key).is_some()
}
