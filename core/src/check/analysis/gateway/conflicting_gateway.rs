//! `gateway.ConflictingGatewayAnalyzer`: no two Gateways of the same proxies have a host at a port in common.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::without_pods;
use crate::check::analysis::workloads::{full_name, selector_text};
use crate::check::analysis::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::report::Field;
use crate::resources::gateway::Server;
use crate::resources::{Gateway, Object};

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    for object in &input.bundle.gateways {
        let rivals: Vec<&Object<Gateway>> = input
            .bundle
            .gateways
            .iter()
            .filter(|other| !other.spec.servers.is_empty() && share_pods(input, object, other))
            .collect();
        if rivals.is_empty() && !object.spec.selector.is_empty() {
            findings.add(object, without_pods(object));
            continue;
        }
        for (index, server) in object.spec.servers.iter().enumerate() {
            let rivals = rivals.iter().copied();
            let conflicting: Vec<Rival<'_>> = rivals
                .filter(|other| full_name(*other) != full_name(object))
                .filter_map(|other| conflict(server, other))
                .collect();
            if !conflicting.is_empty() {
                findings.add(object, finding(object, server, index, &conflicting));
            }
        }
    }
}

/// Whether both are played by the same proxies: by one selector, or by one pod that both select. Istio asks for pods
/// only where one selector is written in the other.
fn share_pods(input: &Input<'_>, one: &Object<Gateway>, other: &Object<Gateway>) -> bool {
    let (selector, rival) = (&one.spec.selector, &other.spec.selector);
    let (text, rival_text) = (selector_text(selector), selector_text(rival));
    if text == rival_text {
        return true;
    }
    (text.contains(&rival_text) || rival_text.contains(&text))
        && input
            .pods
            .iter()
            .any(|pod| pod.is_selected(selector) && pod.is_selected(rival))
}

/// A Gateway that is in the way, and which of its servers.
struct Rival<'b> {
    gateway: &'b Object<Gateway>,
    server: usize,
}

fn number(server: &Server) -> u32 {
    server.port.as_ref().map_or(0, |port| port.number)
}

/// Of several servers at one port Istio looks at the last.
fn conflict<'b>(server: &Server, gateway: &'b Object<Gateway>) -> Option<Rival<'b>> {
    let mut servers = gateway.spec.servers.iter().enumerate();
    let (index, other) = servers.rfind(|(_, other)| number(other) == number(server))?;
    let has_same = server.hosts.iter().any(|host| other.hosts.contains(host));
    (has_same && other.bind == server.bind).then_some(Rival {
        gateway,
        server: index,
    })
}

fn finding(object: &Object<Gateway>, server: &Server, index: usize, rivals: &[Rival<'_>]) -> Diagnostic {
    let mut list: Vec<String> = rivals.iter().map(|rival| full_name(rival.gateway)).collect();
    list.sort();
    let message = format!(
        "conflict with gateways {} (workload selector {}, port {}, hosts {})",
        list.join(","),
        selector_text(&object.spec.selector),
        number(server),
        server.hosts.join(",")
    );
    let servers = Field::SPEC.name("servers");
    let finding = Diagnostic::error("conflicting-gateways", message)
        .alias("IST0145")
        .alias("KIA0301")
        .at(servers.index(index).name("hosts").to_string())
        .help("put the servers into one Gateway, or give each hosts, a port or proxies of its own");
    rivals.iter().fold(finding, |finding, rival| {
        let path = servers.index(rival.server).name("hosts").to_string();
        finding.related(rival.gateway.document, path, "the same host and port are here")
    })
}
