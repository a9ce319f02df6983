//! `deployment.ServiceAssociationAnalyzer`: the Services in front of one Deployment agree about its ports.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::workloads::full_name;
use super::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::mesh::is_subset;
use crate::resources::kubernetes::ServicePort;
use crate::resources::scalar::IntOrString;
use crate::resources::{Deployment, Labels, Object, Service};

const INJECT: &str = "sidecar.istio.io/inject";
const INJECTION: &str = "istio-injection";
const PROXY: &str = "istio-proxy";
const MANAGED: &str = "gateway.istio.io/managed";
const WAYPOINT: &str = "istio.io-mesh-controller";

pub(super) fn run(input: &Input<'_>, findings: &mut Findings) {
    for object in &input.bundle.deployments {
        let managed = object.metadata.labels.get(MANAGED);
        if managed.is_some_and(|by| by == WAYPOINT) || !is_in_mesh(input, object) {
            continue;
        }
        let services = in_front(input, object);
        check_protocols(object, &services, findings);
        check_targets(object, &services, findings);
    }
}

/// Whether its pods get a proxy: the pod says it, else the namespace. Source: Istio `inMesh`.
fn is_in_mesh(input: &Input<'_>, object: &Object<Deployment>) -> bool {
    let template = &object.spec.template;
    let says = |labels: &Labels| labels.get(INJECT).map(|value| value == "true");
    let mut containers = template.spec.containers.iter();
    let of_namespace = || {
        let namespace = input.namespace(&object.metadata.namespace)?;
        Some(namespace.metadata.labels.get(INJECTION)? == "enabled")
    };
    containers.any(|container| container.name == PROXY)
        || says(&template.metadata.labels)
            .or_else(|| says(&template.metadata.annotations))
            .or_else(of_namespace)
            .unwrap_or_default()
}

fn in_front<'b>(input: &Input<'b>, object: &Object<Deployment>) -> Vec<&'b Object<Service>> {
    let labels = &object.spec.template.metadata.labels;
    let services = input.bundle.services.iter();
    services
        .filter(|service| {
            let selector = &service.spec.selector;
            service.metadata.namespace == object.metadata.namespace
                && !selector.is_empty()
                && is_subset(selector, labels)
        })
        .collect()
}

fn check_protocols(object: &Object<Deployment>, services: &[&Object<Service>], findings: &mut Findings) {
    let mut ports: BTreeMap<u32, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    for service in services {
        for port in &service.spec.ports {
            let protocol = match port.protocol.as_str() {
                "" => "TCP",
                other => other,
            };
            let protocols = ports.entry(port.port).or_default();
            protocols.entry(protocol).or_default().push(full_name(service));
        }
    }
    for (port, protocols) in ports.iter().filter(|(_, protocols)| protocols.len() > 1) {
        let mut names: Vec<String> = protocols.values().flatten().cloned().collect();
        names.sort();
        let message = format!(
            "this deployment {} is associated with multiple services using port {port} but different protocols: [{}]",
            object.metadata.name,
            names.join(" ")
        );
        let finding = Diagnostic::warning("services-with-different-protocols", message).alias("IST0116");
        let help = "give the port one protocol in all Services";
        findings.add(object, with_services(finding, services, &names).help(help));
    }
}

fn check_targets(object: &Object<Deployment>, services: &[&Object<Service>], findings: &mut Findings) {
    let mut targets: BTreeMap<String, BTreeMap<u32, String>> = BTreeMap::new();
    for service in services {
        for port in &service.spec.ports {
            let ports = targets.entry(target(port)).or_default();
            ports.insert(port.port, full_name(service));
        }
    }
    for (target, ports) in targets.iter().filter(|(_, ports)| ports.len() > 1) {
        let names: BTreeSet<String> = ports.values().cloned().collect();
        let names: Vec<String> = names.into_iter().collect();
        let numbers: Vec<String> = ports.keys().map(ToString::to_string).collect();
        let message = format!(
            "this deployment {} is associated with multiple services [{}] using targetPort {target:?} but different \
             ports: [{}]",
            object.metadata.name,
            names.join(" "),
            numbers.join(" ")
        );
        let finding = Diagnostic::warning("services-with-different-ports", message).alias("IST0137");
        let help = "give the Services the same port for it, or the pods a port for each";
        findings.add(object, with_services(finding, services, &names).help(help));
    }
}

/// The port of the pods; where nothing is said, the same number.
fn target(port: &ServicePort) -> String {
    match &port.target_port {
        Some(IntOrString::Int(number)) if *number != 0 => number.to_string(),
        Some(IntOrString::String(name)) if !name.is_empty() => name.clone(),
        _ => port.port.to_string(),
    }
}

fn with_services(finding: Diagnostic, services: &[&Object<Service>], names: &[String]) -> Diagnostic {
    let concerned = services
        .iter()
        .filter(|service| names.contains(&full_name(**service)));
    concerned.fold(finding.at("metadata.name"), |finding, service| {
        let message = "this Service is in front of it";
        finding.related(service.document, "spec.ports", message)
    })
}
