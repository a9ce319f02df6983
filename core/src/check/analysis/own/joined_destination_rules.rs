//! `mainsheet.JoinedDestinationRules`: of several DestinationRules for one host, the first counts where they say
//! different things. Source: Istio `mergeDestinationRule`.

use alloc::format;

use crate::check::analysis::workloads::full_name;
use crate::check::analysis::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::report::Field;
use crate::resources::{DestinationRule, Object};

const CODE: &str = "ignored-destination-rule";

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    let rules = &input.bundle.destination_rules;
    for (index, object) in rules.iter().enumerate() {
        let before = rules.iter().take(index);
        for other in before.filter(|other| are_joined(input, object, other)) {
            check(object, other, findings);
        }
    }
}

/// Whether Istio makes one rule of both.
fn are_joined(input: &Input<'_>, one: &Object<DestinationRule>, other: &Object<DestinationRule>) -> bool {
    let host = |object: &Object<DestinationRule>| {
        input
            .hosts()
            .full_name(&object.spec.host, &object.metadata.namespace)
    };
    let selects = |object: &Object<DestinationRule>| object.spec.workload_selector.is_some();
    one.metadata.namespace == other.metadata.namespace
        && one.metadata.name != other.metadata.name
        && one.spec.export_to == other.spec.export_to
        && !selects(one)
        && !selects(other)
        && host(one) == host(other)
}

fn check(object: &Object<DestinationRule>, other: &Object<DestinationRule>, findings: &mut Findings) {
    let what = format!("DestinationRule {}", full_name(other));
    if object.spec.traffic_policy.is_some() && other.spec.traffic_policy.is_some() {
        let message = format!(
            "{what} has a `trafficPolicy` for the same host, and only that of the older one has an effect"
        );
        let finding = Diagnostic::warning(CODE, message)
            .alias("KIA0201")
            .at("spec.trafficPolicy")
            .related(other.document, "spec.trafficPolicy", "the other one")
            .help("put both into one DestinationRule");
        findings.add(object, finding);
    }
    let field = Field::SPEC.name("subsets");
    for (index, subset) in object.spec.subsets.iter().enumerate() {
        let mut theirs = other.spec.subsets.iter();
        let Some(position) = theirs.position(|known| known.name == subset.name) else {
            continue;
        };
        let message = format!(
            "{what} has a subset {} for the same host, and only that of the older one has an effect",
            subset.name
        );
        let finding = Diagnostic::warning(CODE, message)
            .alias("KIA0201")
            .at(format!("{}", field.index(index).name("name")))
            .related(
                other.document,
                format!("{}", field.index(position).name("name")),
                "the other one",
            )
            .help("keep one of them, or give it a name of its own");
        findings.add(object, finding);
    }
}
