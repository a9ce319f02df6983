//! `serviceentry.ProtocolAddressesAnalyzer`: opaque TCP is told apart by addresses only.

use alloc::string::ToString;

use crate::check::analysis::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::report::Field;
use crate::resources::{MeshConfig, Object, ServiceEntry};

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    if allocates(input.config) {
        return;
    }
    let ports = Field::SPEC.name("ports");
    for object in &input.bundle.service_entries {
        if !object.spec.addresses.is_empty() || is_allocated(input, object) {
            continue;
        }
        for (index, port) in object.spec.ports.iter().enumerate() {
            if !port.protocol.is_empty() && !port.protocol.eq_ignore_ascii_case("TCP") {
                continue;
            }
            let finding = Diagnostic::warning(
                "addresses-required",
                "ServiceEntry addresses are required for this protocol",
            )
            .alias("IST0134")
            .at(ports.index(index).to_string())
            .help("add `addresses`, or say the protocol: without them the port takes connections to all addresses");
            findings.add(object, finding);
        }
    }
}

/// Whether proxies give addresses to hosts that have none.
fn allocates(config: &MeshConfig) -> bool {
    let metadata = &config.default_config.proxy_metadata;
    let is_on = |name: &str| metadata.get(name).is_some_and(|value| value == "true");
    is_on("ISTIO_META_DNS_CAPTURE")
        && (is_on("ISTIO_META_DNS_AUTO_ALLOCATE") || is_on("PILOT_ENABLE_IP_AUTOALLOCATE"))
}

/// Whether the cluster has given it addresses.
fn is_allocated(input: &Input<'_>, object: &Object<ServiceEntry>) -> bool {
    let mut statuses = input.bundle.surroundings.service_entry_statuses.iter();
    statuses.any(|known| {
        let (meta, own) = (&known.metadata, &object.metadata);
        (&meta.namespace, &meta.name) == (&own.namespace, &own.name)
            && !known.spec.status.addresses.is_empty()
    })
}
