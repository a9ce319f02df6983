//! VirtualServices. Source: Istio `ValidateVirtualService`.

use alloc::format;

use super::export_to::{self, Owner};
use super::findings::Findings;
use super::http_route::{self, Place};
use super::{addresses, connection_routes, gateway_names, metadata, names, unused_rules};
use crate::attributes::claim_path;
use crate::mesh::names::{MESH, overlap};
use crate::report::Field;
use crate::resources::virtual_service::VirtualService;
use crate::resources::{Object, ObjectMeta};

/// One VirtualService.
pub(super) fn check(object: &Object<VirtualService>, findings: &mut Findings) {
    let (spec, meta) = (&object.spec, &object.metadata);
    let field = Field::SPEC;
    if spec.hosts.is_empty() {
        check_delegate(spec, findings);
    }
    let converted = metadata::is_converted_route(meta);
    gateway_names::check(&spec.gateways, converted, &field.name("gateways"), findings);
    let at_gateways = !spec.gateways.is_empty() && spec.gateways.iter().all(|name| name != MESH);
    if !at_gateways {
        check_claims(spec, findings);
    }
    check_hosts(spec, at_gateways, &field.name("hosts"), findings);
    check_rules(spec, meta, converted, findings);
    export_to::check(
        &spec.export_to,
        Owner::Other,
        &meta.namespace,
        &field.name("exportTo"),
        findings,
    );
    unused_rules::check(spec, findings);
}

/// Without hosts, it is for others to delegate to.
fn check_delegate(spec: &VirtualService, findings: &mut Findings) {
    let help = "name the hosts; without hosts it is a delegate, which has rules for HTTP only";
    for (name, given, message) in [
        (
            "gateways",
            !spec.gateways.is_empty(),
            "delegate virtual service must have no gateways specified",
        ),
        (
            "tls",
            !spec.tls.is_empty(),
            "delegate virtual service must have no tls route specified",
        ),
        (
            "tcp",
            !spec.tcp.is_empty(),
            "delegate virtual service must have no tcp route specified",
        ),
    ] {
        if given {
            findings.error(&Field::SPEC.name(name), "conflicting-fields", message, help);
        }
    }
}

/// Sidecars do not see claims of tokens.
fn check_claims(spec: &VirtualService, findings: &mut Findings) {
    let rules = Field::SPEC.name("http");
    for (number, rule) in spec.http.iter().enumerate() {
        let rule_field = rules.index(number);
        let blocks = rule_field.name("match");
        for (number, block) in rule.matches.iter().enumerate() {
            let field = blocks.index(number);
            for (name, map) in [
                ("headers", &block.headers),
                ("withoutHeaders", &block.without_headers),
            ] {
                let field = field.name(name);
                for key in map.keys().filter(|key| claim_path(key).is_some()) {
                    let message = format!(
                        "JWT claim based routing (key: {key}) is only supported for gateway, found no gateways: {:?}",
                        spec.gateways
                    );
                    let help = "bind it to gateways alone, without `mesh`";
                    findings.error(&field.key(key), "claims-at-sidecar", message, help);
                }
            }
        }
    }
}

fn check_hosts(spec: &VirtualService, at_gateways: bool, field: &Field<'_>, findings: &mut Findings) {
    let by_sni = spec
        .tls
        .iter()
        .any(|rule| rule.matches.iter().any(|block| !block.sni_hosts.is_empty()));
    let mut all_valid = true;
    for (index, host) in spec.hosts.iter().enumerate() {
        let verdict = if at_gateways {
            names::gateway_domain(by_sni, host)
        } else {
            names::wildcard_domain(host)
        };
        if verdict.is_err() && !addresses::is_ip(host) {
            all_valid = false;
            findings.judge(verdict, &field.index(index));
        } else if !at_gateways && host == "*" {
            all_valid = false;
            let message = "wildcard host * is not allowed for virtual services bound to the mesh gateway";
            let help = "name the hosts, or bind it to gateways alone";
            findings.error(&field.index(index), "invalid-host", message, help);
        }
    }
    if all_valid {
        check_overlaps(spec, field, findings);
    }
}

/// A wildcard has the names that it stands for.
fn check_overlaps(spec: &VirtualService, field: &Field<'_>, findings: &mut Findings) {
    for (index, host) in spec.hosts.iter().enumerate() {
        for earlier in spec
            .hosts
            .iter()
            .take(index)
            .filter(|earlier| overlap(earlier, host))
        {
            let message = format!("duplicate hosts in virtual service: {earlier} & {host}");
            let help = "remove one of them: the wider one has the other's requests as well";
            findings.error(&field.index(index), "duplicate-host", message, help);
        }
    }
}

fn check_rules(spec: &VirtualService, meta: &ObjectMeta, converted: bool, findings: &mut Findings) {
    let field = Field::SPEC;
    if spec.http.is_empty() && spec.tls.is_empty() && spec.tcp.is_empty() {
        let message = "http, tcp or tls must be provided in virtual service";
        findings.error(
            &field,
            "missing-rules",
            message,
            "add a rule that says where requests go",
        );
    }
    let place = Place {
        in_delegate: spec.hosts.is_empty(),
        converted,
    };
    let rules = field.name("http");
    for (index, rule) in spec.http.iter().enumerate() {
        http_route::check(rule, place, &rules.index(index), findings);
    }
    connection_routes::check(spec, metadata::is_converted_route(meta), findings);
}
