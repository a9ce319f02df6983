//! What DestinationRules say that has no effect yet.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

use crate::diagnostic::Diagnostic;
use crate::mesh::{DestinationRule, Mesh};
use crate::resources::destination_rule::TrafficPolicy;

/// One warning for each DestinationRule with policies that have no effect.
pub(super) fn report(mesh: &Mesh, diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.extend(mesh.destination_rules.iter().filter_map(warning));
}

fn warning(rule: &DestinationRule) -> Option<Diagnostic> {
    let spec = &rule.spec;
    let of_subsets = spec
        .subsets
        .iter()
        .filter_map(|subset| subset.traffic_policy.as_ref());
    let found: BTreeSet<&str> = spec
        .traffic_policy
        .iter()
        .chain(of_subsets)
        .flat_map(blocks)
        .collect();
    if found.is_empty() {
        return None;
    }
    let names: Vec<&str> = found.into_iter().collect();
    let message = format!("policies that have no effect in Envoy yet: {}", names.join(", "));
    let path = if spec.traffic_policy.is_some() {
        "spec.trafficPolicy"
    } else {
        "spec.subsets"
    };
    Some(Diagnostic {
        resource: Some(rule.subject.resource.clone()),
        document: rule.subject.document,
        ..Diagnostic::warning("traffic-policy-without-effect", message)
            .at(path)
            .help(
                "subsets are served; load balancing, limits, health checks and TLS stay at Istio's defaults",
            )
    })
}

/// The blocks that a policy has.
fn blocks(policy: &TrafficPolicy) -> impl Iterator<Item = &'static str> {
    [
        (policy.load_balancer.is_some(), "loadBalancer"),
        (policy.connection_pool.is_some(), "connectionPool"),
        (policy.outlier_detection.is_some(), "outlierDetection"),
        (policy.tls.is_some(), "tls"),
        (!policy.port_level_settings.is_empty(), "portLevelSettings"),
        (policy.tunnel.is_some(), "tunnel"),
        (policy.proxy_protocol.is_some(), "proxyProtocol"),
        (policy.retry_budget.is_some(), "retryBudget"),
    ]
    .into_iter()
    .filter_map(|(present, name)| present.then_some(name))
}
