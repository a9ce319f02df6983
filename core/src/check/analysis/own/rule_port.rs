//! `mainsheet.RulePort`: a policy of a DestinationRule for a port that the host does not have.

use alloc::format;
use alloc::string::{String, ToString};

use crate::check::analysis::hosts::KnownHost;
use crate::check::analysis::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::mesh::names;
use crate::report::Field;
use crate::resources::destination_rule::TrafficPolicy;
use crate::resources::{DestinationRule, Object};

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    for object in &input.bundle.destination_rules {
        let spec = &object.spec;
        if names::is_wildcard(&spec.host) {
            continue;
        }
        let known = input
            .hosts()
            .find(&spec.host, &object.metadata.namespace, &spec.export_to);
        let Some(known) = known.filter(|known| !known.ports.is_empty()) else {
            continue;
        };
        check(object, known, spec.traffic_policy.as_ref(), "spec", findings);
        let subsets = Field::SPEC.name("subsets");
        for (index, subset) in spec.subsets.iter().enumerate() {
            let base: String = subsets.index(index).to_string();
            check(object, known, subset.traffic_policy.as_ref(), &base, findings);
        }
    }
}

fn check(
    object: &Object<DestinationRule>,
    known: &KnownHost,
    policy: Option<&TrafficPolicy>,
    base: &str,
    findings: &mut Findings,
) {
    let settings = policy.map(|policy| policy.port_level_settings.iter().enumerate());
    for (index, setting) in settings.into_iter().flatten() {
        let number = setting.port.as_ref().map_or(0, |port| port.number);
        // Without a number the rule is refused elsewhere.
        if number == 0 || known.ports.contains(&number) {
            continue;
        }
        let path = format!("{base}.trafficPolicy.portLevelSettings[{index}].port.number");
        let message = format!("{} has no port {number}: this policy has no effect", known.name);
        let finding = Diagnostic::warning("unknown-rule-port", message)
            .at(path)
            .help(format!("its ports are {}", known.port_list()));
        let finding = match &known.subject {
            Some(subject) => finding.related(subject.document, "spec.ports", "its ports are here"),
            None => finding,
        };
        findings.add(object, finding);
    }
}
