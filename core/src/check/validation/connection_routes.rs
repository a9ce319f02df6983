//! Rules for TLS and TCP. Source: Istio `validateTLSRoute`, `validateSniHost`, `validateTCPRoute`.

use alloc::format;
use alloc::string::String;

use super::findings::{Findings, Refusal};
use super::{addresses, destinations, gateway_names, labels, names, numbers};
use crate::mesh::names::{MESH, contains};
use crate::report::Field;
use crate::resources::Labels;
use crate::resources::virtual_service::{
    RouteDestination, TCPRoute, TLSMatchAttributes, TLSRoute, VirtualService,
};

/// The rules for connections of a VirtualService.
pub(super) fn check(spec: &VirtualService, converted: bool, findings: &mut Findings) {
    let rules = Field::SPEC.name("tls");
    for (index, rule) in spec.tls.iter().enumerate() {
        check_tls(rule, spec, converted, &rules.index(index), findings);
    }
    let rules = Field::SPEC.name("tcp");
    for (index, rule) in spec.tcp.iter().enumerate() {
        check_tcp(rule, converted, &rules.index(index), findings);
    }
}

fn check_tls(
    rule: &TLSRoute,
    spec: &VirtualService,
    converted: bool,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    if rule.matches.is_empty() {
        let message = "TLS route must have at least one match condition";
        findings.error(field, "missing-match", message, "add a match with `sniHosts`");
    }
    let blocks = field.name("match");
    for (index, block) in rule.matches.iter().enumerate() {
        let field = blocks.index(index);
        check_server_names(block, spec, &field, findings);
        let (subnets, port) = (&block.destination_subnets, block.port);
        check_block(
            subnets,
            port,
            &block.source_labels,
            &block.gateways,
            &field,
            findings,
        );
    }
    check_route(&rule.route, "TLS route is required", converted, field, findings);
}

/// Where a rule sends connections.
fn check_route(
    route: &[RouteDestination],
    missing: &str,
    converted: bool,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    if route.is_empty() {
        let help = "add a route with a destination";
        findings.error(field, "missing-action", missing, help);
    }
    destinations::of_connections(route, converted, &field.name("route"), findings);
}

fn check_tcp(rule: &TCPRoute, converted: bool, field: &Field<'_>, findings: &mut Findings) {
    let blocks = field.name("match");
    for (index, block) in rule.matches.iter().enumerate() {
        let (subnets, port) = (&block.destination_subnets, block.port);
        let field = blocks.index(index);
        check_block(
            subnets,
            port,
            &block.source_labels,
            &block.gateways,
            &field,
            findings,
        );
    }
    check_route(&rule.route, "TCP route is required", converted, field, findings);
}

/// What match blocks of both have.
fn check_block(
    subnets: &[String],
    port: u32,
    source_labels: &Labels,
    gateways: &[String],
    field: &Field<'_>,
    findings: &mut Findings,
) {
    let list = field.name("destinationSubnets");
    for (index, subnet) in subnets.iter().enumerate() {
        let verdict = addresses::subnet(subnet);
        let verdict = verdict.map_err(|refusal| Refusal {
            code: "invalid-subnet",
            ..refusal
        });
        findings.judge(verdict, &list.index(index));
    }
    if port != 0 {
        findings.judge(numbers::port(port), &field.name("port"));
    }
    labels::check(source_labels, &field.name("sourceLabels"), findings);
    gateway_names::check(gateways, false, &field.name("gateways"), findings);
}

fn check_server_names(
    block: &TLSMatchAttributes,
    spec: &VirtualService,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    if block.sni_hosts.is_empty() {
        let message = "TLS match must have at least one SNI host";
        findings.error(field, "missing-match", message, "add `sniHosts`");
    }
    let list = field.name("sniHosts");
    for (index, name) in block.sni_hosts.iter().enumerate() {
        check_server_name(name, spec, &list.index(index), findings);
    }
}

fn check_server_name(name: &str, spec: &VirtualService, field: &Field<'_>, findings: &mut Findings) {
    let at_gateways = spec.gateways.iter().all(|gateway| gateway != MESH);
    let verdict = if at_gateways {
        names::gateway_domain(true, name)
    } else {
        names::wildcard_domain(name)
    };
    if verdict.is_err() {
        if addresses::is_ip(name) {
            let message = format!(
                "using an IP address ({name:?}) goes against SNI spec and most clients do not support this"
            );
            let help = "name a host, or match the address in a `tcp` rule";
            findings.warn(field, "address-as-server-name", message, help);
        } else {
            findings.judge(verdict, field);
        }
    } else if !spec.hosts.iter().any(|host| contains(host, name)) {
        let hosts = spec.hosts.join(", ");
        let message = format!(
            "SNI host {name:?} is not a compatible subset of any of the virtual service hosts: [{hosts}]"
        );
        findings.error(field, "invalid-host", message, "add it to `hosts`");
    }
}
