//! ServiceEntries. Source: Istio `ValidateServiceEntry`.

use alloc::collections::BTreeSet;
use alloc::format;

use super::export_to::{self, Owner};
use super::findings::Findings;
use super::protocols::{self, Declared};
use super::{addresses, labels, names, numbers, resolution};
use crate::report::Field;
use crate::resources::Object;
use crate::resources::service_entry::{Resolution, ServiceEntry, ServicePort};

const CONFLICT: &str = "conflicting-fields";
/// `istioctl analyze`: ServiceEntryAddressesRequired.
const ADDRESSES_REQUIRED: &str = "IST0134";
/// The label that switches Istio's own addresses off.
const AUTO_ALLOCATE: &str = "networking.istio.io/enable-autoallocate-ip";

/// One ServiceEntry.
pub(super) fn check(object: &Object<ServiceEntry>, findings: &mut Findings) {
    let spec = &object.spec;
    let field = Field::SPEC;
    if !check_selector(spec, findings) {
        return;
    }
    check_hosts(spec, &field.name("hosts"), findings);
    check_addresses(spec, &field.name("addresses"), findings);
    check_ports(object, &field.name("ports"), findings);
    resolution::check(object, findings);
    check_hosts_of_tcp(spec, &field.name("ports"), findings);
    let namespace = object.metadata.namespace.as_str();
    export_to::check(
        &spec.export_to,
        Owner::ServiceEntry,
        namespace,
        &field.name("exportTo"),
        findings,
    );
}

/// Says whether Istio looks at anything else.
fn check_selector(spec: &ServiceEntry, findings: &mut Findings) -> bool {
    let Some(selector) = &spec.workload_selector else {
        return true;
    };
    let field = Field::SPEC.name("workloadSelector");
    if !labels::selector(&selector.labels, &field.name("labels"), findings) {
        return false;
    }
    let effect = ", will be applied to all services in namespace";
    labels::warn_of_empty(&selector.labels, "service entry: ", effect, &field, findings);
    if !spec.endpoints.is_empty() {
        let message = "only one of WorkloadSelector or Endpoints can be set in a service entry";
        findings.error(
            &Field::SPEC.name("endpoints"),
            CONFLICT,
            message,
            "remove one of them",
        );
    }
    true
}

fn check_hosts(spec: &ServiceEntry, field: &Field<'_>, findings: &mut Findings) {
    if spec.hosts.is_empty() {
        let message = "service entry must have at least one host";
        findings.error(field, "missing-hosts", message, "name a host");
    }
    for (index, host) in spec.hosts.iter().enumerate() {
        let field = field.index(index);
        if host == "*" {
            let help = "name hosts, with `*.` for a part of them";
            findings.error(
                &field,
                "invalid-host",
                "hostname cannot be wildcard: invalid host *",
                help,
            );
            continue;
        }
        findings.judge(names::wildcard_domain(host), &field);
        if let Err(refusal) = names::whole_wildcard(host) {
            findings.warn(&field, refusal.code, refusal.message, refusal.help);
        }
    }
}

fn check_addresses(spec: &ServiceEntry, field: &Field<'_>, findings: &mut Findings) {
    for (index, address) in spec.addresses.iter().enumerate() {
        findings.judge(addresses::subnet(address), &field.index(index));
    }
    let ranges = spec.addresses.iter().any(|address| address.contains('/'));
    if ranges && !matches!(spec.resolution, Resolution::None | Resolution::Static) {
        let message = "CIDR addresses are allowed only for NONE/STATIC resolution types";
        let help = "write single addresses, or `resolution: STATIC` with `endpoints`";
        findings.error(field, CONFLICT, message, help);
    }
}

fn check_ports(object: &Object<ServiceEntry>, field: &Field<'_>, findings: &mut Findings) {
    let (mut seen_names, mut seen_numbers) = (BTreeSet::new(), BTreeSet::new());
    let needs_addresses = object.spec.addresses.is_empty() && !gets_addresses(object);
    for (index, port) in object.spec.ports.iter().enumerate() {
        let field = field.index(index);
        if !seen_names.insert(port.name.as_str()) {
            let message = format!("service entry port name {:?} already defined", port.name);
            let help = "give each port a name of its own";
            findings.error(&field.name("name"), "duplicate-name", message, help);
        }
        if !seen_numbers.insert(port.number) {
            let message = format!(
                "port number cannot be duplicated: service entry port {} already defined",
                port.number
            );
            let help = "declare each port once";
            findings.error(&field.name("number"), "duplicate-port", message, help);
        }
        check_port(port, &field, findings);
        if needs_addresses && matches!(port.protocol.as_str(), "" | "TCP") {
            let message = "addresses are required for ports serving TCP (or unset) protocol when IP Autoallocation is \
                           not enabled";
            let help = "add `addresses`: without them connections of any service on this port are taken";
            findings.warn_as(ADDRESSES_REQUIRED, &field, "missing-addresses", message, help);
        }
    }
}

fn check_port(port: &ServicePort, field: &Field<'_>, findings: &mut Findings) {
    if port.target_port != 0 {
        findings.judge(numbers::schema_port(port.target_port), &field.name("targetPort"));
    }
    findings.judge(names::port_name(&port.name), &field.name("name"));
    findings.judge(protocols::known(&port.protocol), &field.name("protocol"));
    findings.judge(numbers::schema_port(port.number), &field.name("number"));
}

/// Whether Istio gives it addresses. Source: Istio `ShouldV2AutoAllocateIP`.
fn gets_addresses(object: &Object<ServiceEntry>) -> bool {
    let label = object.metadata.labels.get(AUTO_ALLOCATE);
    object.spec.resolution != Resolution::None
        && label.is_none_or(|value| !value.eq_ignore_ascii_case("false"))
}

/// Connections that nobody looks into do not say which of several hosts they are for.
fn check_hosts_of_tcp(spec: &ServiceEntry, field: &Field<'_>, findings: &mut Findings) {
    if spec.resolution == Resolution::None || spec.hosts.len() < 2 {
        return;
    }
    let told_apart =
        |port: &ServicePort| matches!(Declared::parse(&port.protocol), Declared::Http | Declared::Tls);
    if let Some(index) = spec.ports.iter().position(|port| !told_apart(port)) {
        let message = "multiple hosts provided with non-HTTP, non-TLS ports";
        let help = "make a ServiceEntry of each host, or declare HTTP or TLS";
        findings.error(&field.index(index).name("protocol"), CONFLICT, message, help);
    }
}
