//! WorkloadEntries, and endpoints of ServiceEntries. Source: Istio `validateWorkloadEntry`.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;

use super::findings::Findings;
use super::{addresses, labels, names, numbers};
use crate::report::Field;
use crate::resources::service_entry::WorkloadEntry;

const ADDRESS: &str = "invalid-address";
const ADDRESS_HELP: &str = "write an IP address or the name of a host";

/// One entry. `ports`: the names that its ServiceEntry declares.
pub(super) fn check(
    entry: &WorkloadEntry,
    ports: Option<&BTreeSet<&str>>,
    may_be_name: bool,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    let address = field.name("address");
    if entry.address.is_empty() && entry.network.is_empty() {
        findings.error(&address, "missing-address", "address is required", ADDRESS_HELP);
        return;
    }
    if entry.address.is_empty() {
        let message = format!("address is unset with network {:?}", entry.network);
        let help = "give an address, unless the gateways of the network shall be asked";
        findings.warn(&address, "missing-address", message, help);
    } else if let Some(path) = entry.address.strip_prefix(addresses::UNIX) {
        check_socket(entry, path, ports, field, findings);
    } else {
        check_address(&entry.address, may_be_name, &address, findings);
    }
    check_ports(&entry.ports, ports, &field.name("ports"), findings);
    labels::check(&entry.labels, &field.name("labels"), findings);
}

/// The address of an endpoint: of a host, or where names are taken also its name.
pub(super) fn check_address(address: &str, may_be_name: bool, field: &Field<'_>, findings: &mut Findings) {
    let message = if addresses::is_ip(address) || may_be_name && names::fqdn(address).is_ok() {
        return;
    } else if may_be_name {
        format!("endpoint address {address:?} is not a valid FQDN or an IP address")
    } else {
        format!("endpoint address {address:?} is not a valid IP address")
    };
    let help = if may_be_name {
        ADDRESS_HELP
    } else {
        "write an IP address, or `resolution: DNS` for names"
    };
    findings.error(field, ADDRESS, message, help);
}

fn check_socket(
    entry: &WorkloadEntry,
    path: &str,
    ports: Option<&BTreeSet<&str>>,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    findings.judge(addresses::unix_path(path), &field.name("address"));
    if !entry.ports.is_empty() {
        let address = &entry.address;
        let message = format!("UDS may not include ports: unix endpoint {address} must not include ports");
        findings.error(
            &field.name("ports"),
            "conflicting-fields",
            message,
            "remove `ports`",
        );
    }
    if ports.is_some_and(|ports| ports.len() != 1) {
        let message = "exactly 1 service port required for unix endpoints";
        let help = "declare one port in the ServiceEntry";
        findings.error(field, "conflicting-fields", message, help);
    }
}

/// Numbers by the names of ports.
pub(super) fn check_ports(
    written: &BTreeMap<String, u32>,
    declared: Option<&BTreeSet<&str>>,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    for (name, number) in written {
        let field = field.key(name);
        if declared.is_some_and(|declared| !declared.contains(name.as_str())) {
            let message = format!("endpoint port {number} is not defined by the service entry");
            let help = "use the name of a port of the ServiceEntry";
            findings.error(&field, "unknown-port", message, help);
        }
        findings.judge(names::port_name(name), &field);
        findings.judge(numbers::schema_port(*number), &field);
    }
}
