//! The names by which clients in the mesh call the services of a VirtualService.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use crate::compile::service_names;
use crate::mesh::names::MESH;
use crate::mesh::{Mesh, Protocol, VirtualService, kubernetes_domain};

/// `None` where any name may lead to it: at a gateway, for services that are not known, and on ports that do not
/// declare their protocol, where Istio listens on single addresses.
pub(super) fn of_services(mesh: &Mesh, service: &VirtualService, gateway: &str) -> Option<Vec<String>> {
    if gateway != MESH {
        return None;
    }
    let domain = kubernetes_domain(&mesh.config);
    let known = mesh.registry.by_hostname(service.namespace());
    let mut names = BTreeSet::new();
    for host in &service.hosts {
        let service = known.get(host.as_str())?;
        if service
            .ports
            .iter()
            .any(|port| port.protocol == Protocol::Sniffed)
        {
            return None;
        }
        // Its neighbours have a shorter name for it than all others.
        for namespace in [service.namespace.as_str(), ""] {
            names.extend(service_names(service, namespace, domain));
        }
    }
    Some(names.into_iter().collect())
}
