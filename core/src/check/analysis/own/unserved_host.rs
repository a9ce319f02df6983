//! `mainsheet.UnservedHost`: a host of a VirtualService that no server of its Gateways accepts, while they accept
//! others. Where they accept none, Istio's analyzer of gateways says so.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use crate::check::analysis::{Findings, Input, server_hosts};
use crate::diagnostic::Diagnostic;
use crate::mesh::names;
use crate::report::Field;
use crate::resources::{Gateway, Object, VirtualService};

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    for object in &input.bundle.virtual_services {
        if let Some(gateways) = gateways(input, object) {
            check(input, object, &gateways, findings);
        }
    }
}

/// Its Gateways, where it is bound to Gateways only and all of them are in the input.
fn gateways<'b>(input: &Input<'b>, object: &Object<VirtualService>) -> Option<Vec<&'b Object<Gateway>>> {
    let namespace = &object.metadata.namespace;
    let gateways = object.spec.gateways.iter().map(|written| {
        let key = names::resolve_gateway(written, namespace, input.domain());
        input.gateway(&key)
    });
    let gateways: Vec<&Object<Gateway>> = gateways.collect::<Option<_>>()?;
    (!gateways.is_empty()).then_some(gateways)
}

fn check(
    input: &Input<'_>,
    object: &Object<VirtualService>,
    gateways: &[&Object<Gateway>],
    findings: &mut Findings,
) {
    let namespace = &object.metadata.namespace;
    let accepted: Vec<&str> = gateways
        .iter()
        .flat_map(|gateway| {
            let servers = gateway.spec.servers.iter();
            let home = &gateway.metadata.namespace;
            servers.flat_map(move |server| server_hosts::for_namespace(server, home, namespace))
        })
        .collect();
    let is_accepted = |host: &str| accepted.iter().any(|accepted| names::overlap(accepted, host));
    if !object.spec.hosts.iter().any(|host| is_accepted(host)) {
        return;
    }
    let hosts = Field::SPEC.name("hosts");
    for (index, host) in object.spec.hosts.iter().enumerate() {
        // A short name is a full one by then.
        let full = names::resolve_host(host, namespace, input.domain());
        if is_accepted(&full) {
            continue;
        }
        let message = format!("no server of its gateways accepts the host {full:?}: it is never served");
        let finding = Diagnostic::warning("unserved-host", message)
            .at(hosts.index(index).to_string())
            .help(format!(
                "add it to the hosts of a server, or remove it; the servers accept `{}`",
                accepted.join("`, `")
            ));
        let finding = gateways.iter().fold(finding, |finding, gateway| {
            finding.related(gateway.document, "spec.servers", "its servers are here")
        });
        findings.add(object, finding);
    }
}
