//! `AUTO_PASSTHROUGH`: TLS goes on to the cluster that the client asks for by name, and only Istio's own TLS.
//! Source: Istio `builtAutoPassthroughFilterChains`.

use alloc::string::String;
use alloc::vec::Vec;

use super::chains::Chain;
use crate::compile::{GatewayServer, Proxy, sni_name};
use crate::mesh::{Mesh, SelectedRules, names};
use crate::settings::Decides;

/// What Istio's proxies offer in their TLS. The workload behind the cluster may serve TLS that is no part of the mesh,
/// which nobody is let through to. Source: Istio `allIstioMtlsALPNs`.
const ISTIO: [&str; 5] = [
    "istio",
    "istio-peer-exchange",
    "istio-http/1.0",
    "istio-http/1.1",
    "istio-h2",
];

/// A chain for each cluster of the services in the mesh that the server has a host for.
pub(super) fn chains(mesh: &Mesh, proxy: &Proxy, server: &GatewayServer<'_>) -> Vec<Chain> {
    let hosts = server.server_names();
    let mut chains = Vec::new();
    for scoped in proxy.services(mesh).into_values() {
        let service = scoped.service;
        let is_served = hosts.iter().any(|host| names::contains(host, &service.hostname));
        // Envoy takes no name with a wildcard within.
        if service.external || !is_served || names::is_wildcard(&service.hostname) {
            continue;
        }
        let rules = SelectedRules::new(mesh, &service.hostname, &service.namespace, proxy.client());
        let subsets = rules.subsets().into_iter().map(|subset| subset.name.as_str());
        let subsets: Vec<&str> = core::iter::once("").chain(subsets).collect();
        for port in &service.ports {
            let names = subsets
                .iter()
                .map(|subset| sni_name(port.number, subset, &service.hostname));
            chains.extend(names.map(chain));
        }
    }
    chains
}

fn chain(cluster: String) -> Chain {
    Chain {
        server_names: Vec::from([cluster.clone()]),
        application_protocols: &ISTIO,
        decides: Decides::Connections,
        cluster: Some(cluster),
        ..Chain::default()
    }
}
