//! `gateway.IngressGatewayPortAnalyzer`: a Gateway has pods, and its ports are ports of a Service in front of them.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::without_pods;
use crate::check::analysis::workloads::{Pod, selector_text};
use crate::check::analysis::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::report::Field;
use crate::resources::kubernetes::ServicePort;
use crate::resources::scalar::IntOrString;
use crate::resources::{Gateway, Object};

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    for object in &input.bundle.gateways {
        let selected = input.pods.iter();
        let pods: Vec<&Pod<'_>> = selected
            .filter(|pod| pod.is_selected(&object.spec.selector))
            .collect();
        if pods.is_empty() {
            findings.add(object, without_pods(object));
        } else {
            check_ports(object, &service_ports(input, &pods), findings);
        }
    }
}

/// The ports of all Services in front of any of the pods.
fn service_ports(input: &Input<'_>, pods: &[&Pod<'_>]) -> BTreeSet<u32> {
    let in_front = input.services.iter().filter(|service| {
        let namespace = &service.metadata.namespace;
        pods.iter()
            .any(|pod| pod.namespace == namespace && pod.is_selected(&service.spec.selector))
    });
    let ports = in_front.flat_map(|service| &service.spec.ports);
    // A cluster writes the protocol out; files leave it out.
    let ports = ports.filter(|port| matches!(port.protocol.as_str(), "" | "TCP"));
    ports
        .flat_map(|port| [Some(port.port), target(port)])
        .flatten()
        .collect()
}

/// The port of the pods. A server may name it in place of the Service's own.
fn target(port: &ServicePort) -> Option<u32> {
    match port.target_port.as_ref()? {
        IntOrString::Int(number) => u32::try_from(*number).ok(),
        IntOrString::String(text) => text.parse().ok(),
    }
}

fn check_ports(object: &Object<Gateway>, known: &BTreeSet<u32>, findings: &mut Findings) {
    let servers = Field::SPEC.name("servers");
    for (index, server) in object.spec.servers.iter().enumerate() {
        let Some(port) = server.port.as_ref().filter(|port| !known.contains(&port.number)) else {
            continue;
        };
        let message = format!(
            "the gateway is listening on a target port (port {}) that is not defined in the Service associated with \
             its workload instances (Pod selector {})",
            port.number,
            selector_text(&object.spec.selector)
        );
        let list: Vec<String> = known.iter().map(ToString::to_string).collect();
        let help = match list.as_slice() {
            [] => "add a Service for the gateway's pods, with this port".to_string(),
            list => format!(
                "its Services have the ports {}: add this one there",
                list.join(", ")
            ),
        };
        let finding = Diagnostic::warning("gateway-port-without-service", message)
            .alias("IST0162")
            .at(servers.index(index).name("port").name("number").to_string())
            .help(help);
        findings.add(object, finding);
    }
}
