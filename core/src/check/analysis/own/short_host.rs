//! `mainsheet.ShortHost`: a short name among the hosts of a VirtualService means its own namespace, and the service of
//! that name is in another. Of destinations and DestinationRules Istio's analyzers say it.

use alloc::format;
use alloc::string::ToString;

use crate::check::analysis::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::mesh::names::{self, MESH};
use crate::report::Field;
use crate::resources::{Object, VirtualService};

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    let of_mesh = |object: &&Object<VirtualService>| {
        let gateways = &object.spec.gateways;
        gateways.is_empty() || gateways.iter().any(|gateway| gateway == MESH)
    };
    for object in input.bundle.virtual_services.iter().filter(of_mesh) {
        check(input, object, findings);
    }
}

fn check(input: &Input<'_>, object: &Object<VirtualService>, findings: &mut Findings) {
    let (hosts, namespace) = (input.hosts(), object.metadata.namespace.as_str());
    let field = Field::SPEC.name("hosts");
    for (index, host) in object.spec.hosts.iter().enumerate() {
        let full = hosts.full_name(host, namespace);
        if full == *host || names::is_wildcard(host) || hosts.is_known(&full) {
            continue;
        }
        let Some(other) = hosts.namespaces_of(host).first().copied() else {
            continue;
        };
        let message = format!(
            "{host:?} means {full:?}, which is not there; a service of that name is in namespace {other:?}"
        );
        let meant = format!("{host}.{other}.svc.{}", input.domain());
        let finding = Diagnostic::warning("short-host-of-other-namespace", message)
            .at(field.index(index).to_string())
            .help(format!("write `{meant}`"));
        findings.add(object, finding);
    }
}
