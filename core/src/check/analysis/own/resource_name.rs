//! `mainsheet.ResourceName`: what Kubernetes takes as the name of a resource. Source: RFC 1123, as Kubernetes'
//! `IsDNS1123Subdomain` reads it.

use alloc::format;

use crate::check::analysis::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::resources::{Object, Resource};

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    let bundle = input.bundle;
    check(&bundle.virtual_services, findings);
    check(&bundle.destination_rules, findings);
    check(&bundle.gateways, findings);
    check(&bundle.service_entries, findings);
    check(&bundle.workload_entries, findings);
    check(&bundle.sidecars, findings);
    check(&bundle.http_routes, findings);
}

fn check<T: Resource>(objects: &[Object<T>], findings: &mut Findings) {
    for object in objects {
        let name = object.metadata.name.as_str();
        if name.is_empty() || is_subdomain(name) {
            continue;
        }
        let message = format!("Kubernetes does not take the name {name}");
        let finding = Diagnostic::warning("invalid-resource-name", message)
            .at("metadata.name")
            .help("use small letters, digits, `-` and `.`, with a letter or digit at both ends");
        findings.add(object, finding);
    }
}

fn is_subdomain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_part = |part: &str| {
        part.chars().all(|c| plain(c) || c == '-') && part.starts_with(plain) && part.ends_with(plain)
    };
    name.len() <= 253 && name.split('.').all(is_part)
}
