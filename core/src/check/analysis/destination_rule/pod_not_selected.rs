//! `destinationrule.PodNotSelectedAnalyzer`: a rule is for a host that there is, and its subsets have pods.

use alloc::format;
use alloc::string::ToString;

use crate::check::analysis::hosts::KnownHost;
use crate::check::analysis::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::mesh::is_subset;
use crate::report::Field;
use crate::resources::{DestinationRule, Labels, Object};

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    for object in &input.bundle.destination_rules {
        match host(input, object) {
            Some(known) => check_subsets(input, object, known, findings),
            None => findings.add(object, unknown_host(input, object)),
        }
    }
}

/// The host of a rule. Source: Istio `GetDestinationHost`.
fn host<'i>(input: &'i Input<'_>, object: &Object<DestinationRule>) -> Option<&'i KnownHost> {
    let (spec, namespace) = (&object.spec, &object.metadata.namespace);
    input.hosts().find(&spec.host, namespace, &spec.export_to)
}

fn unknown_host(input: &Input<'_>, object: &Object<DestinationRule>) -> Diagnostic {
    let host = &object.spec.host;
    let message =
        format!("the host {host} defined in the DestinationRule does not match any services in the mesh");
    Diagnostic::warning("unknown-rule-host", message)
        .alias("IST0174")
        .alias("KIA0202")
        .at("spec.host")
        .help(input.hosts().remedy(host, &object.metadata.namespace))
}

fn check_subsets(
    input: &Input<'_>,
    object: &Object<DestinationRule>,
    known: &KnownHost,
    findings: &mut Findings,
) {
    let subsets = Field::SPEC.name("subsets");
    for (index, subset) in object.spec.subsets.iter().enumerate() {
        if has_pods(input, known, &subset.labels) {
            continue;
        }
        let message = format!(
            "the subset {} defined in the DestinationRule does not select any pods, which may lead to 503 UH \
             (NoHealthyUpstream)",
            subset.name
        );
        let finding = Diagnostic::error("subset-without-pods", message)
            .alias("IST0173")
            .alias("KIA0203")
            .at(subsets.index(index).name("labels").to_string())
            .help("correct the labels, or add the Deployment whose pods carry them");
        findings.add(object, finding);
    }
}

/// Whether any pod, or any endpoint that the host lists, carries the labels of a subset.
pub(in crate::check::analysis) fn has_pods(input: &Input<'_>, known: &KnownHost, labels: &Labels) -> bool {
    let mut selector = known.selector.clone();
    selector.extend(labels.clone());
    let mut entries = input.bundle.workload_entries.iter();
    input.pods.iter().any(|pod| pod.is_selected(&selector))
        || known.endpoints.iter().any(|endpoint| is_subset(labels, endpoint))
        || entries.any(|entry| {
            let mut own = entry.metadata.labels.clone();
            own.extend(entry.spec.labels.clone());
            is_subset(&selector, &own)
        })
}
