//! What the resolution of a ServiceEntry asks of its other fields. Source: Istio `ValidateServiceEntry`.

use alloc::collections::BTreeSet;
use alloc::format;

use super::findings::Findings;
use super::protocols::Declared;
use super::{labels, names, workload_entry};
use crate::mesh::names::is_wildcard;
use crate::report::Field;
use crate::resources::Object;
use crate::resources::service_entry::{Location, Resolution, ServiceEntry};

const CONFLICT: &str = "conflicting-fields";
/// The label that sends a service's traffic through a waypoint.
const USE_WAYPOINT: &str = "istio.io/use-waypoint";

/// One ServiceEntry.
pub(super) fn check(object: &Object<ServiceEntry>, findings: &mut Findings) {
    let spec = &object.spec;
    match spec.resolution {
        Resolution::None => check_none(spec, findings),
        Resolution::Static => {
            let ports = port_names(spec);
            let list = Field::SPEC.name("endpoints");
            for (index, endpoint) in spec.endpoints.iter().enumerate() {
                workload_entry::check(endpoint, Some(&ports), false, &list.index(index), findings);
            }
        }
        Resolution::Dns => check_dns(spec, "DNS", findings),
        Resolution::DnsRoundRobin => check_dns(spec, "DNS_ROUND_ROBIN", findings),
        Resolution::DynamicDns => check_dynamic(object, findings),
    }
}

fn port_names(spec: &ServiceEntry) -> BTreeSet<&str> {
    spec.ports.iter().map(|port| port.name.as_str()).collect()
}

fn check_none(spec: &ServiceEntry, findings: &mut Findings) {
    if !spec.endpoints.is_empty() {
        let message =
            "NONE mode cannot set endpoints: no endpoints should be provided for resolution type none";
        let help = "write `resolution: STATIC` for addresses, or `DNS` for names";
        findings.error(&Field::SPEC.name("endpoints"), CONFLICT, message, help);
    }
    if spec.workload_selector.is_some() {
        let message = "workloadSelector should not be set when resolution mode is NONE";
        let help = "write `resolution: STATIC`, so that requests go to the selected workloads";
        findings.warn(&Field::SPEC.name("workloadSelector"), "no-effect", message, help);
    }
}

fn check_dns(spec: &ServiceEntry, mode: &str, findings: &mut Findings) {
    let field = Field::SPEC;
    if spec.endpoints.is_empty() {
        let hosts = field.name("hosts");
        for (index, _) in spec
            .hosts
            .iter()
            .enumerate()
            .filter(|(_, host)| names::fqdn(host).is_err())
        {
            let message =
                format!("hosts must be FQDN if no endpoints are provided for resolution mode {mode}");
            let help = "name the host in full, or add `endpoints`";
            findings.error(&hosts.index(index), "invalid-host", message, help);
        }
    }
    if spec.resolution == Resolution::DnsRoundRobin && spec.endpoints.len() > 1 {
        let message = format!(
            "{mode} mode cannot have multiple endpoints: there must only be 0 or 1 endpoint for resolution mode {mode}"
        );
        let help = "keep one endpoint, or write `resolution: DNS`";
        findings.error(&field.name("endpoints"), CONFLICT, message, help);
    }
    check_dns_endpoints(spec, findings);
    let tcp = spec
        .ports
        .iter()
        .position(|port| Declared::parse(&port.protocol).is_tcp());
    if let Some(index) = tcp.filter(|_| !spec.addresses.is_empty() && spec.hosts.len() > 1) {
        let message = "service entry can not have more than one host specified simultaneously with address and tcp port";
        let help = "make a ServiceEntry of each host";
        findings.warn(&field.name("ports").index(index), CONFLICT, message, help);
    }
}

fn check_dns_endpoints(spec: &ServiceEntry, findings: &mut Findings) {
    let ports = port_names(spec);
    let list = Field::SPEC.name("endpoints");
    for (index, endpoint) in spec.endpoints.iter().enumerate() {
        let field = list.index(index);
        workload_entry::check_address(&endpoint.address, true, &field.name("address"), findings);
        labels::check(&endpoint.labels, &field.name("labels"), findings);
        workload_entry::check_ports(&endpoint.ports, Some(&ports), &field.name("ports"), findings);
    }
}

/// The client names the host, so nothing else can say where it is.
fn check_dynamic(object: &Object<ServiceEntry>, findings: &mut Findings) {
    let spec = &object.spec;
    let field = Field::SPEC;
    let hosts = field.name("hosts");
    for (index, _) in spec
        .hosts
        .iter()
        .enumerate()
        .filter(|(_, host)| !is_wildcard(host))
    {
        let message = "hosts must be wildcards for resolution mode DYNAMIC_DNS";
        let help = "write `*.example.com`, or `resolution: DNS` for one host";
        findings.error(&hosts.index(index), "invalid-host", message, help);
    }
    for (name, given) in [
        ("addresses", !spec.addresses.is_empty()),
        ("endpoints", !spec.endpoints.is_empty()),
        ("workloadSelector", spec.workload_selector.is_some()),
    ] {
        if given {
            let message = format!("no {name} should be provided for resolution mode DYNAMIC_DNS");
            findings.error(
                &field.name(name),
                CONFLICT,
                message,
                "remove it: the client names the host",
            );
        }
    }
    let ports = field.name("ports");
    for (index, port) in spec.ports.iter().enumerate() {
        if !matches!(Declared::parse(&port.protocol), Declared::Http | Declared::Tls) {
            let message = format!(
                "protocol {:?} is not supported for resolution mode DYNAMIC_DNS, only HTTP and TLS are",
                port.protocol
            );
            let help = "declare HTTP, HTTP2, GRPC, HTTPS or TLS: the host is read from the request";
            findings.error(
                &ports.index(index).name("protocol"),
                "invalid-protocol",
                message,
                help,
            );
        }
    }
    if spec.location == Location::MeshInternal && object.metadata.labels.contains_key(USE_WAYPOINT) {
        let message =
            "resolution mode DYNAMIC_DNS is not supported for MESH_INTERNAL services with a waypoint";
        let help = "write `location: MESH_EXTERNAL`, or remove the label `istio.io/use-waypoint`";
        findings.error(&field.name("location"), CONFLICT, message, help);
    }
}
