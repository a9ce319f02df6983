//! `virtualservice.DestinationHostAnalyzer`: every destination is a host that there is, at a port that it has.

use alloc::format;
use alloc::vec::Vec;

use crate::check::analysis::destinations::{self, Named};
use crate::check::analysis::hosts::KnownHost;
use crate::check::analysis::workloads::full_name;
use crate::check::analysis::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::resources::{Object, VirtualService};

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    for object in &input.bundle.virtual_services {
        for named in destinations::all(&object.spec) {
            check(input, object, &named, findings);
        }
        check_subsets(input, object, findings);
    }
}

fn check(input: &Input<'_>, object: &Object<VirtualService>, named: &Named<'_>, findings: &mut Findings) {
    let (host, namespace) = (named.host(), object.metadata.namespace.as_str());
    let hosts = input.hosts();
    match hosts.find(host, namespace, &object.spec.export_to) {
        Some(known) => check_port(object, named, known, findings),
        None => {
            let what = if named.is_mirror { "mirror host" } else { "host" };
            let message = format!("referenced {what} not found: {host:?}");
            let finding = Diagnostic::error("unknown-destination-host", message)
                .alias("IST0101")
                .alias("KIA1101")
                .at(named.field("host"))
                .help(hosts.remedy(host, namespace));
            findings.add(object, finding);
        }
    }
}

fn check_port(
    object: &Object<VirtualService>,
    named: &Named<'_>,
    known: &KnownHost,
    findings: &mut Findings,
) {
    let (host, ports) = (named.host(), known.port_list());
    let port = named
        .destination
        .and_then(|destination| destination.port.as_ref());
    let finding = match port {
        None if known.ports.len() > 1 => {
            let message = format!(
                "this VirtualService routes to a service {host:?} that exposes multiple ports [{ports}]: the \
                 destination has to name one"
            );
            Diagnostic::error("destination-port-required", message)
                .alias("IST0112")
                .at(named.path.clone())
                .help(format!("add `port: {{number: …}}` with one of {ports}"))
        }
        Some(port) if !known.ports.contains(&port.number) => {
            let message = format!(
                "referenced host:port not found: {:?}",
                format!("{host}:{}", port.number)
            );
            let help = match known.ports.as_slice() {
                [] => format!("`{}` declares no ports", known.name),
                _ => format!("`{}` has the ports {ports}", known.name),
            };
            Diagnostic::error("unknown-destination-port", message)
                .alias("IST0101")
                .at(named.field("port.number"))
                .help(help)
        }
        _ => return,
    };
    let finding = match &known.subject {
        Some(subject) => finding.related(subject.document, "spec.ports", "its ports are here"),
        None => finding,
    };
    findings.add(object, finding);
}

/// At a gateway the subsets of a VirtualService of the mesh do not count: who names the same host without one gets
/// all versions.
fn check_subsets(input: &Input<'_>, object: &Object<VirtualService>, findings: &mut Findings) {
    if object.spec.gateways.is_empty() {
        return;
    }
    let without = destinations::http(&object.spec);
    let without = without
        .iter()
        .filter(|named| named.destination.is_some() && named.subset().is_empty());
    for named in without {
        for other in &input.bundle.virtual_services {
            for routed in own_subsets(other, named.host()) {
                findings.add(object, no_effect(object, named, other, &routed));
            }
        }
    }
}

/// The destinations by which a VirtualService sends requests for its own host `host` to subsets of it.
fn own_subsets<'b>(other: &'b Object<VirtualService>, host: &str) -> Vec<Named<'b>> {
    if !other.spec.hosts.iter().any(|own| own == host) {
        return Vec::new();
    }
    let destinations = destinations::http(&other.spec).into_iter();
    destinations
        .filter(|named| named.host() == host && !named.subset().is_empty())
        .collect()
}

fn no_effect(
    object: &Object<VirtualService>,
    named: &Named<'_>,
    other: &Object<VirtualService>,
    routed: &Named<'_>,
) -> Diagnostic {
    let message = format!(
        "subset in virtual service {} has no effect on ingress gateway {} requests",
        full_name(other),
        full_name(object)
    );
    let help = format!(
        "add `subset: {}` here if requests from the gateway should go there too",
        routed.subset()
    );
    Diagnostic::warning("subset-without-effect-at-gateway", message)
        .alias("IST0140")
        .at(named.path.clone())
        .related(
            other.document,
            routed.field("subset"),
            "this holds for sidecars only",
        )
        .help(help)
}
