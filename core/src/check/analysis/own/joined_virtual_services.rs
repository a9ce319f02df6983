//! `mainsheet.JoinedVirtualServices`: several VirtualServices for one host of a Gateway are joined into one list of
//! rules. The finding says in which order. Source: Istio `buildGatewayHTTPRouteConfig`.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::check::analysis::workloads::full_name;
use crate::check::analysis::{Findings, Input, server_hosts};
use crate::diagnostic::{Diagnostic, Severity};
use crate::mesh::{Semantics, VirtualService, names};
use crate::resources::{Gateway, Object};

/// VirtualServices by host, in the order of their rules.
type Joined<'m> = BTreeMap<String, Vec<&'m VirtualService>>;

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    for gateway in &input.bundle.gateways {
        for (host, members) in joined(input, gateway) {
            for (index, member) in members.iter().enumerate().skip(1) {
                let before: Vec<&VirtualService> = members.iter().take(index).copied().collect();
                findings.add_resolved(member, finding(member, &before, &host, gateway));
            }
        }
    }
}

/// The hosts of a Gateway, each with those that have rules for it.
fn joined<'i>(input: &'i Input<'_>, gateway: &Object<Gateway>) -> Joined<'i> {
    let home = gateway.metadata.namespace.as_str();
    let mut pods = input.pods.iter();
    let pod = pods.find(|pod| pod.is_selected(&gateway.spec.selector));
    let namespace = pod.map_or(home, |pod| pod.namespace);
    let bound = input.mesh().virtual_services_for(&full_name(gateway), namespace);
    let with_rules = bound
        .into_iter()
        .filter(|service| service.semantics == Semantics::Istio && !service.http.is_empty());
    let mut joined = Joined::new();
    for service in with_rules {
        for host in hosts(gateway, service) {
            let members = joined.entry(host).or_default();
            // Of several resources of one name only one is in a cluster.
            let resource = &service.subject.resource;
            if !members
                .iter()
                .any(|known: &&VirtualService| known.subject.resource == *resource)
            {
                members.push(service);
            }
        }
    }
    joined
}

/// The hosts that both have, the narrower of each pair.
fn hosts(gateway: &Object<Gateway>, service: &VirtualService) -> Vec<String> {
    let home = gateway.metadata.namespace.as_str();
    let accepted = gateway
        .spec
        .servers
        .iter()
        .flat_map(|server| server_hosts::for_namespace(server, home, service.namespace()));
    accepted
        .flat_map(|accepted| {
            let own = service.written_hosts.iter();
            own.filter_map(move |own| names::intersection(accepted, own))
        })
        .map(str::to_ascii_lowercase)
        .collect()
}

fn finding(
    member: &VirtualService,
    before: &[&VirtualService],
    host: &str,
    gateway: &Object<Gateway>,
) -> Diagnostic {
    let name = |service: &VirtualService| {
        let resource = &service.subject.resource;
        format!("{}/{}", resource.namespace, resource.name)
    };
    let list: Vec<String> = before.iter().map(|service| name(service)).collect();
    let message = format!(
        "the rules of {} for host {host:?} of Gateway {} come after those of {}",
        name(member),
        full_name(gateway),
        list.join(", then ")
    );
    let finding = Diagnostic::new(Severity::Info, "joined-virtual-services", message)
        .alias("KIA1106")
        .at("spec.hosts")
        .help("the order is that of visibility, age and name, with rules that match everything last; merge them if it matters");
    before.iter().fold(finding, |finding, service| {
        finding.related(
            service.subject.document,
            "spec.hosts".to_string(),
            "these rules come first",
        )
    })
}
