//! `virtualservice.ConflictingMeshGatewayHostsAnalyzer`: no two VirtualServices of the mesh have the same host.
//!
//! Sidecars follow one of them; the finding says which.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::check::analysis::hosts::scopes;
use crate::check::analysis::workloads::full_name;
use crate::check::analysis::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::mesh::names::{self, MESH};
use crate::resources::{Object, VirtualService};

/// Who sees it, and the full name of the host.
type Scoped = (String, String);
type Members<'b> = Vec<&'b Object<VirtualService>>;
/// Places in the order in which clients see VirtualServices, by name.
type Ranks = BTreeMap<String, usize>;

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    let by_host = by_host(input);
    let mut told = BTreeSet::new();
    let mut ranks: BTreeMap<&str, Ranks> = BTreeMap::new();
    for ((scope, host), members) in &by_host {
        let mut members = members.clone();
        if scope != "*" {
            add_public(&mut members, &by_host, host);
        }
        if members.len() < 2 {
            continue;
        }
        let ranks = ranks.entry(scope).or_insert_with(|| ranks_for(input, scope));
        let first = members
            .iter()
            .copied()
            .min_by_key(|object| ranks.get(&full_name(*object)).copied().unwrap_or(usize::MAX));
        for object in &members {
            if told.insert(full_name(*object)) {
                findings.add(object, conflict(object, &members, scope, host, first));
            }
        }
    }
}

/// The VirtualServices of the mesh by what they are about.
fn by_host<'b>(input: &Input<'b>) -> BTreeMap<Scoped, Members<'b>> {
    let mut by_host: BTreeMap<Scoped, Members<'b>> = BTreeMap::new();
    let of_mesh = |object: &&Object<VirtualService>| {
        let gateways = &object.spec.gateways;
        gateways.is_empty() || gateways.iter().any(|gateway| gateway == MESH)
    };
    for object in input.bundle.virtual_services.iter().filter(of_mesh) {
        let namespace = &object.metadata.namespace;
        for scope in scopes(&object.spec.export_to, namespace) {
            for host in &object.spec.hosts {
                let key = (scope.clone(), input.hosts().full_name(host, namespace));
                let members = by_host.entry(key).or_default();
                add(members, object);
            }
        }
    }
    by_host
}

/// Of several resources of one name only one is in a cluster.
fn add<'b>(members: &mut Members<'b>, object: &'b Object<VirtualService>) {
    let name = full_name(object);
    if !members.iter().any(|known| full_name(*known) == name) {
        members.push(object);
    }
}

/// Adds those that everyone sees, whose hosts have one in common with `host`.
fn add_public<'b>(members: &mut Members<'b>, by_host: &BTreeMap<Scoped, Members<'b>>, host: &str) {
    let public = by_host
        .iter()
        .filter(|((scope, other), _)| scope == "*" && names::overlap(host, other));
    for object in public.flat_map(|(_, members)| members) {
        add(members, object);
    }
}

/// The order in which clients of the scope see them: private ones come before public ones, then the oldest.
fn ranks_for(input: &Input<'_>, scope: &str) -> Ranks {
    let ordered = input.mesh().virtual_services_for(MESH, scope).into_iter();
    let names = ordered.map(|service| {
        let resource = &service.subject.resource;
        format!("{}/{}", resource.namespace, resource.name)
    });
    names.enumerate().map(|(rank, name)| (name, rank)).collect()
}

fn conflict(
    object: &Object<VirtualService>,
    members: &Members<'_>,
    scope: &str,
    host: &str,
    first: Option<&Object<VirtualService>>,
) -> Diagnostic {
    let list: Vec<String> = members.iter().map(|member| full_name(*member)).collect();
    let message = format!(
        "the VirtualServices {} associated with mesh gateway define the same host {scope}/{host}",
        list.join(", ")
    );
    let help = format!(
        "merge them into one: of one host sidecars follow only `{}`, the first by visibility, age and name",
        first.map(full_name).unwrap_or_default()
    );
    let finding = Diagnostic::error("conflicting-mesh-hosts", message)
        .alias("IST0109")
        .alias("KIA1106")
        .at("spec.hosts")
        .help(help);
    let others = members.iter().filter(|member| !core::ptr::eq(**member, object));
    others.fold(finding, |finding, other| {
        finding.related(other.document, "spec.hosts", "the same host is here")
    })
}
