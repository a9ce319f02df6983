//! Who tries the rules of a VirtualService: the proxies and virtual hosts that are most favourable to a block.
//!
//! What a proxy is like can only add rules before a block, never take one away: those that ask for labels,
//! namespaces and ports that the block does not ask for. So a block that is reached anywhere is reached by a
//! proxy with just the labels that the block asks for, in a namespace that no other rule names.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::ptr;

use super::{Arena, Entry, names};
use crate::compile::{GatewayServer, Proxy, gateway_servers, server_hosts};
use crate::mesh::{ExportTo, Gateway, Labels, Mesh, VirtualService, is_subset};
use crate::report::Report;

/// A virtual host of some proxies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::check::routes) struct View {
    /// The VirtualServices whose rules it has, by number, in order.
    pub(in crate::check::routes) sources: Vec<usize>,
    /// `mesh`, or `namespace/name` of the Gateway.
    pub(in crate::check::routes) gateway: String,
    /// The names that lead to it, where it is known which they are.
    pub(in crate::check::routes) hosts: Vec<String>,
    /// The ports, where they are known.
    pub(in crate::check::routes) ports: Vec<u16>,
    /// The namespace of the proxies, where rules of others depend on it.
    pub(in crate::check::routes) namespace: Option<String>,
}

/// A proxy of a view, and the port that the request arrives on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::check::routes) struct Pass {
    /// `None`: one that no rule names.
    pub(in crate::check::routes) port: Option<u32>,
    pub(in crate::check::routes) labels: Labels,
    /// `None`: one that no rule names.
    pub(in crate::check::routes) namespace: Option<String>,
}

impl Pass {
    /// Whether a block applies. Source: Istio `sourceMatchHTTP`.
    pub(in crate::check::routes) fn accepts(&self, entry: &Entry, view: &View) -> bool {
        let block = &entry.block;
        if block.port != 0 && self.port != Some(block.port) {
            return false;
        }
        if !block.gateways.is_empty() {
            return block.gateways.contains(&view.gateway);
        }
        is_subset(&block.source_labels, &self.labels)
            && (block.source_namespace.is_empty() || self.namespace.as_ref() == Some(&block.source_namespace))
    }
}

/// The proxies that are most favourable to a block, one for each port and namespace that it can have.
pub(in crate::check::routes) fn passes(entry: &Entry, view: &View) -> Vec<Pass> {
    let block = &entry.block;
    let ports: Vec<Option<u32>> = match (block.port, view.ports.as_slice()) {
        (0, []) => Vec::from([None]),
        (0, known) => known.iter().map(|port| Some(u32::from(*port))).collect(),
        (port, known) => Some(Some(port))
            .into_iter()
            .filter(|_| known.is_empty() || known.iter().any(|known| u32::from(*known) == port))
            .collect(),
    };
    let anyone = !block.gateways.is_empty();
    let labels = if anyone {
        Labels::new()
    } else {
        block.source_labels.clone()
    };
    let asked = Some(block.source_namespace.clone()).filter(|namespace| !anyone && !namespace.is_empty());
    let namespace = match (&view.namespace, asked) {
        (Some(own), Some(asked)) if *own != asked => return Vec::new(),
        (own, asked) => asked.or_else(|| own.clone()),
    };
    let pass = |port| Pass {
        port,
        labels: labels.clone(),
        namespace: namespace.clone(),
    };
    let passes = ports.into_iter().map(pass);
    passes.filter(|pass| pass.accepts(entry, view)).collect()
}

/// All views that the VirtualServices have.
pub(in crate::check::routes) fn views(arena: &Arena<'_>) -> BTreeSet<View> {
    let numbers = Numbers::new(arena.mesh);
    let mut views = BTreeSet::new();
    for gateway in &arena.mesh.gateways {
        of_gateway(arena, &numbers, gateway, &mut views);
    }
    let served: BTreeSet<(String, usize)> = views
        .iter()
        .flat_map(|view| view.sources.iter().map(|source| (view.gateway.clone(), *source)))
        .collect();
    for (number, service) in arena.mesh.virtual_services.iter().enumerate() {
        for gateway in &service.gateways {
            if !served.contains(&(gateway.clone(), number)) {
                let asks = arena.of(number).iter().any(asks_authority);
                let hosts = asks.then(|| names::of_services(arena.mesh, service, gateway));
                let hosts = hosts.flatten().unwrap_or_default();
                views.extend(alone(number, service, gateway, &hosts));
            }
        }
    }
    views
}

/// The numbers of VirtualServices, by their address.
struct Numbers(BTreeMap<usize, usize>);

impl Numbers {
    fn new(mesh: &Mesh) -> Self {
        let services = mesh.virtual_services.iter().enumerate();
        Self(
            services
                .map(|(number, service)| (ptr::from_ref(service).addr(), number))
                .collect(),
        )
    }

    fn of(&self, service: &VirtualService) -> Option<usize> {
        self.0.get(&ptr::from_ref(service).addr()).copied()
    }
}

/// A sidecar takes one VirtualService a host. Where a Gateway is not known, or has none of its hosts, a
/// VirtualService is taken to be alone too.
fn alone(number: usize, service: &VirtualService, gateway: &str, hosts: &[String]) -> Vec<View> {
    let view = |namespace: Option<String>| View {
        sources: Vec::from([number]),
        gateway: gateway.into(),
        hosts: hosts.to_vec(),
        ports: Vec::new(),
        namespace,
    };
    match &service.export_to {
        ExportTo::Namespaces(namespaces) => namespaces
            .iter()
            .map(|namespace| view(Some(namespace.clone())))
            .collect(),
        ExportTo::All | ExportTo::None => Vec::from([view(None)]),
    }
}

/// The virtual hosts of a Gateway, each with the rules of all VirtualServices that have its host.
fn of_gateway(arena: &Arena<'_>, numbers: &Numbers, gateway: &Gateway, views: &mut BTreeSet<View>) {
    let (mesh, key) = (arena.mesh, gateway.key());
    let servers = servers(mesh, gateway);
    for namespace in namespaces(arena, gateway) {
        let bound = mesh.virtual_services_for(&key, namespace.as_deref().unwrap_or_default());
        for server in &servers {
            let mut hosts: BTreeMap<String, Vec<usize>> = BTreeMap::new();
            for service in &bound {
                for host in server_hosts(server, service) {
                    hosts.entry(host).or_default().extend(numbers.of(service));
                }
            }
            for (host, sources) in hosts {
                let asks = |asks: fn(&Entry) -> bool| {
                    let mut entries = sources.iter().flat_map(|source| arena.of(*source));
                    entries.any(asks)
                };
                views.insert(View {
                    hosts: (sources.len() > 1 || asks(asks_authority))
                        .then_some(host)
                        .into_iter()
                        .collect(),
                    ports: asks(asks_port).then_some(server.number).into_iter().collect(),
                    gateway: key.clone(),
                    namespace: namespace.clone(),
                    sources,
                });
            }
        }
    }
}

/// The servers of one Gateway that speak HTTP, as a proxy plays them that its selector selects.
fn servers<'m>(mesh: &'m Mesh, gateway: &Gateway) -> Vec<GatewayServer<'m>> {
    let namespace = gateway.subject.resource.namespace.clone();
    let proxy = Proxy::gateway(namespace, gateway.spec.selector.clone());
    let mut servers = gateway_servers(mesh, &proxy, &mut Report::default());
    servers.retain(|server| server.traffic.is_http() && server.gateway.subject == gateway.subject);
    servers
}

/// The namespaces in which the proxies of a Gateway may be, as far as it matters to its VirtualServices.
fn namespaces(arena: &Arena<'_>, gateway: &Gateway) -> BTreeSet<Option<String>> {
    let own = gateway.subject.resource.namespace.clone();
    let mut namespaces = BTreeSet::from([Some(own), None]);
    let key = gateway.key();
    let services = arena.mesh.virtual_services.iter().enumerate();
    for (number, service) in services.filter(|(_, service)| service.is_bound_to(&key)) {
        if let ExportTo::Namespaces(seen) = &service.export_to {
            namespaces.extend(seen.iter().cloned().map(Some));
        }
        let asked = arena.of(number).iter().map(|entry| &entry.block.source_namespace);
        namespaces.extend(asked.filter(|asked| !asked.is_empty()).cloned().map(Some));
    }
    namespaces
}

fn asks_authority(entry: &Entry) -> bool {
    let mut headers = entry.matcher.headers.iter();
    headers.any(|header| &*header.name == ":authority")
}

fn asks_port(entry: &Entry) -> bool {
    entry.block.port != 0
}
