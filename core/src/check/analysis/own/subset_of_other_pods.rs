//! `mainsheet.SubsetOfOtherPods`: the labels of a subset are those of pods, though of none that is behind its host.
//! Istio's analyzer asks whether any pod at all carries them.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::check::analysis::destination_rule::pod_not_selected::has_pods;
use crate::check::analysis::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::mesh::Service;
use crate::report::Field;
use crate::resources::{DestinationRule, Object};

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    for object in &input.bundle.destination_rules {
        let namespace = object.metadata.namespace.as_str();
        let name = input.hosts().full_name(&object.spec.host, namespace);
        let service = service(input, &name, namespace);
        if let Some(service) = service.filter(|service| has_known_pods(service)) {
            check(input, object, service, findings);
        }
    }
}

/// The service that clients of `namespace` mean by a name: of several that of their own namespace, else the first.
fn service<'i>(input: &'i Input<'_>, name: &str, namespace: &str) -> Option<&'i Service> {
    let visible = input.mesh().registry.visible(namespace);
    let named: Vec<&Service> = visible.filter(|service| service.hostname == name).collect();
    let own = named.iter().find(|service| service.namespace == namespace);
    own.or_else(|| named.first()).copied()
}

/// Whether its instances are in the input, with labels: addresses alone say nothing.
fn has_known_pods(service: &Service) -> bool {
    let mut endpoints = service.endpoints.iter();
    !service.endpoints.is_empty() && endpoints.all(|endpoint| !endpoint.labels.is_empty())
}

fn check(input: &Input<'_>, object: &Object<DestinationRule>, service: &Service, findings: &mut Findings) {
    let spec = &object.spec;
    let known = input
        .hosts()
        .find(&spec.host, &object.metadata.namespace, &spec.export_to);
    let Some(known) = known else { return };
    let subsets = Field::SPEC.name("subsets");
    for (index, subset) in spec.subsets.iter().enumerate() {
        if service.subset(&subset.labels).next().is_some() || !has_pods(input, known, &subset.labels) {
            continue;
        }
        let mut workloads: Vec<&str> = service
            .endpoints
            .iter()
            .map(|endpoint| endpoint.workload.as_str())
            .collect();
        workloads.sort_unstable();
        workloads.dedup();
        let message = format!(
            "the subset {} selects pods, but none of those behind {}: requests for it get 503",
            subset.name, service.hostname
        );
        let help: String = format!(
            "correct the labels: they have to be on `{}`",
            workloads.join("`, `")
        );
        let finding = Diagnostic::warning("subset-of-other-pods", message)
            .alias("KIA0203")
            .at(subsets.index(index).name("labels").to_string())
            .related(
                service.document,
                "spec.selector",
                "its pods are those that this selects",
            )
            .help(help);
        findings.add(object, finding);
    }
}
