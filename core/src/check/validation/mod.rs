//! Istio's own validation of resources: what its webhook and its schemas refuse, and what they warn of.
//!
//! Where Istio's words for a finding are known, the message has them. What the compiler finds as well has the same
//! code at the same field here; what could not be read is a finding of the loader ([`unsaid`] leaves out what is said
//! already). Source: Istio `pkg/config/validation`.

mod addresses;
mod client_tls;
pub mod connection_pool;
mod connection_routes;
pub mod cors;
mod destination_rule;
pub mod destinations;
pub mod direct_response;
pub mod export_to;
pub mod fault;
mod findings;
mod gateway;
mod gateway_names;
mod header_value;
pub mod headers;
mod host_parts;
pub mod http_route;
mod labels;
pub mod load_balancer;
mod locality;
mod matches;
mod metadata;
pub mod names;
pub mod numbers;
mod one_of;
pub mod other_kinds;
pub mod outlier_detection;
mod overlaps;
mod protocols;
pub mod redirect;
mod resolution;
pub mod retries;
pub mod rewrite;
pub mod server;
pub mod server_tls;
mod service_entry;
mod sidecar;
mod sidecar_egress;
pub mod traffic_policy;
mod unsaid;
mod unused_rules;
mod virtual_service;
mod workload_entry;

use alloc::vec::Vec;

pub use findings::{Findings, Refusal, Verdict};
pub use unsaid::unsaid;

use crate::diagnostic::Diagnostic;
use crate::report::Field;
use crate::resources::{Bundle, Object, Resource};

/// All findings in Istio's resources, kind by kind.
#[must_use]
pub fn validate(bundle: &Bundle) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    each(&bundle.virtual_services, virtual_service::check, &mut found);
    each(&bundle.destination_rules, destination_rule::check, &mut found);
    each(&bundle.gateways, gateway::check, &mut found);
    each(&bundle.service_entries, service_entry::check, &mut found);
    let workload_entry = |object: &Object<_>, findings: &mut Findings| {
        workload_entry::check(&object.spec, None, true, &Field::SPEC, findings);
    };
    each(&bundle.workload_entries, workload_entry, &mut found);
    each(&bundle.sidecars, sidecar::check, &mut found);
    found
}

fn each<T: Resource>(
    objects: &[Object<T>],
    check: impl Fn(&Object<T>, &mut Findings),
    found: &mut Vec<Diagnostic>,
) {
    for object in objects {
        let mut findings = Findings::default();
        if metadata::check(&object.metadata, &mut findings) {
            check(object, &mut findings);
        }
        found.extend(findings.about(&object.reference(), object.document));
    }
}
