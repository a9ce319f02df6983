//! `deprecation.FieldAnalyzer`: fields and kinds that Istio has given up.

use alloc::format;
use alloc::string::{String, ToString};

use super::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::report::Field;

/// Kinds that are no more, of one group.
const REMOVED_GROUP: &str = "rbac.istio.io";
const REMOVED: [&str; 4] = [
    "ClusterRbacConfig",
    "RbacConfig",
    "ServiceRole",
    "ServiceRoleBinding",
];

fn deprecated(what: &str, path: String, help: &str) -> Diagnostic {
    Diagnostic::warning("deprecated", format!("deprecated: {what}"))
        .alias("IST0002")
        .at(path)
        .help(help)
}

pub(super) fn run(input: &Input<'_>, findings: &mut Findings) {
    check_delays(input, findings);
    for object in &input.bundle.sidecars {
        let policy = object.spec.outbound_traffic_policy.as_ref();
        if policy.is_some_and(|policy| policy.egress_proxy.is_some()) {
            let path = String::from("spec.outboundTrafficPolicy.egressProxy");
            let what = "OutboundTrafficPolicy.EgressProxy ignored";
            findings.add(object, deprecated(what, path, "remove it"));
        }
    }
    for object in &input.bundle.surroundings.definitions {
        let kind = object.spec.names.kind.as_str();
        if object.spec.group == REMOVED_GROUP && REMOVED.contains(&kind) {
            let what = format!("custom resource type {REMOVED_GROUP} {kind} is removed");
            let path = String::from("spec.names.kind");
            findings.add(
                object,
                deprecated(&what, path, "use AuthorizationPolicy, and delete this"),
            );
        }
    }
}

fn check_delays(input: &Input<'_>, findings: &mut Findings) {
    let http = Field::SPEC.name("http");
    for object in &input.bundle.virtual_services {
        for (index, route) in object.spec.http.iter().enumerate() {
            let delay = route.fault.as_ref().and_then(|fault| fault.delay.as_ref());
            if delay.is_some_and(|delay| delay.percent > 0) {
                let rule = http.index(index);
                let path = rule.name("fault").name("delay").name("percent").to_string();
                let what =
                    "HTTPRoute.fault.delay.percent is deprecated; use HTTPRoute.fault.delay.percentage";
                findings.add(object, deprecated(what, path, "write `percentage: {value: …}`"));
            }
        }
    }
}
