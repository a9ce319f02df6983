//! `sidecar.SelectorAnalyzer`: each workload has at most one Sidecar, and each Sidecar has workloads.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::workloads::{Pod, full_name, selector_text};
use super::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::resources::{Labels, Object, Sidecar};

const REDIRECTION: &str = "ambient.istio.io/redirection";
const INJECTION: &str = "istio-injection";
const REVISION: &str = "istio.io/rev";
const DATAPLANE_MODE: &str = "istio.io/dataplane-mode";

/// Sidecars that are told already to be without effect.
type Told = BTreeSet<String>;

pub(super) fn run(input: &Input<'_>, findings: &mut Findings) {
    let mut told = Told::new();
    for object in selecting(input) {
        let mut pods = input.pods.iter();
        if !pods.any(|pod| selects(object, pod)) {
            findings.add(object, without_pods(object));
        }
    }
    for pod in &input.pods {
        check_pod(input, pod, &mut told, findings);
    }
    let namespaces: BTreeSet<&str> = input
        .bundle
        .sidecars
        .iter()
        .map(|object| object.metadata.namespace.as_str())
        .collect();
    for namespace in namespaces {
        check_namespace(input, namespace, &mut told, findings);
    }
}

/// The labels that a Sidecar asks for; none where it is for a whole namespace.
fn selector(object: &Object<Sidecar>) -> Option<&Labels> {
    let labels = object.spec.workload_selector.as_ref().map(|by| &by.labels);
    labels.filter(|labels| !labels.is_empty())
}

fn selecting<'b>(input: &Input<'b>) -> impl Iterator<Item = &'b Object<Sidecar>> + use<'b> {
    let sidecars = input.bundle.sidecars.iter();
    sidecars.filter(|object| selector(object).is_some())
}

/// Of several resources of one name only one is in a cluster.
fn by_name<'b>(sidecars: impl Iterator<Item = &'b Object<Sidecar>>) -> Vec<&'b Object<Sidecar>> {
    let mut known = BTreeSet::new();
    sidecars
        .filter(|object| known.insert(full_name(*object)))
        .collect()
}

fn selects(object: &Object<Sidecar>, pod: &Pod<'_>) -> bool {
    object.metadata.namespace == pod.namespace
        && selector(object).is_some_and(|labels| pod.is_selected(labels))
}

fn without_pods(object: &Object<Sidecar>) -> Diagnostic {
    let selector = selector(object).map(selector_text).unwrap_or_default();
    Diagnostic::error(
        "sidecar-without-pods",
        format!("referenced selector not found: {selector:?}"),
    )
    .alias("IST0101")
    .alias("KIA0004")
    .at("spec.workloadSelector.labels")
    .help("correct the labels, or add the Deployment whose pods carry them, in the same namespace")
}

fn check_pod(input: &Input<'_>, pod: &Pod<'_>, told: &mut Told, findings: &mut Findings) {
    let sidecars = by_name(selecting(input).filter(|object| selects(object, pod)));
    if is_ambient_pod(pod) {
        for object in sidecars {
            if told.insert(full_name(object)) {
                let reason = "selected workload is in ambient mode, the policy has no impact";
                findings.add(object, ineffective(reason));
            }
        }
        return;
    }
    if sidecars.len() < 2 {
        return;
    }
    for object in &sidecars {
        let message = format!(
            "the Sidecars [{}] in namespace {:?} select the same workload pod {:?}, which can lead to undefined \
             behavior",
            names(&sidecars),
            pod.namespace,
            pod.name
        );
        let finding = Diagnostic::error("conflicting-sidecars", message)
            .alias("IST0110")
            .alias("KIA0003")
            .at("spec.workloadSelector.labels");
        findings.add(object, with_others(finding, object, &sidecars));
    }
}

fn check_namespace(input: &Input<'_>, namespace: &str, told: &mut Told, findings: &mut Findings) {
    let sidecars = input.bundle.sidecars.iter();
    let sidecars = by_name(
        sidecars.filter(|object| object.metadata.namespace == namespace && selector(object).is_none()),
    );
    if is_ambient_namespace(input, namespace) {
        for object in sidecars {
            if told.insert(full_name(object)) {
                findings.add(
                    object,
                    ineffective("namespace is in ambient mode, the policy has no impact"),
                );
            }
        }
        return;
    }
    if sidecars.len() < 2 {
        return;
    }
    for object in &sidecars {
        let message = format!(
            "the Sidecars [{}] in namespace {namespace:?} have no workload selector, which can lead to undefined \
             behavior",
            names(&sidecars)
        );
        let finding = Diagnostic::error("several-default-sidecars", message)
            .alias("IST0111")
            .alias("KIA0002")
            .at("metadata.name");
        findings.add(object, with_others(finding, object, &sidecars));
    }
}

fn names(sidecars: &[&Object<Sidecar>]) -> String {
    let names: Vec<&str> = sidecars
        .iter()
        .map(|object| object.metadata.name.as_str())
        .collect();
    names.join(" ")
}

fn with_others(finding: Diagnostic, object: &Object<Sidecar>, all: &[&Object<Sidecar>]) -> Diagnostic {
    let others = all.iter().filter(|other| !core::ptr::eq(**other, object));
    let finding = others.fold(finding, |finding, other| {
        finding.related(other.document, "metadata.name", "the other one is here")
    });
    finding.help("keep one of them: Istio uses the oldest")
}

fn ineffective(reason: &str) -> Diagnostic {
    let message = format!("the policy has no impact: {reason}");
    Diagnostic::warning("sidecar-in-ambient", message)
        .alias("IST0167")
        .at("metadata.name")
        .help("remove it: in ambient mode there are no sidecars")
}

fn is_ambient_pod(pod: &Pod<'_>) -> bool {
    let redirection = pod.annotations.get(REDIRECTION);
    redirection.is_some_and(|value| value == "enabled")
}

/// Source: Istio `NamespaceInAmbientMode`.
fn is_ambient_namespace(input: &Input<'_>, name: &str) -> bool {
    let Some(namespace) = input.namespace(name) else {
        return false;
    };
    let get = |name: &str| namespace.metadata.labels.get(name).map_or("", |value| value);
    get(INJECTION) != "enabled" && get(REVISION).is_empty() && get(DATAPLANE_MODE) == "ambient"
}
