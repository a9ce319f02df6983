//! A sidecar's outbound routes, port by port.
//! Source: Istio `core/httproute.go`, `BuildSidecarOutboundVirtualHosts`.

use alloc::collections::btree_map::Entry;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::assemble::{self, VirtualHosts, single};
use super::domains::{self, Caller};
use super::listener::{KnownServices, Listener, Services};
use super::{Proxy, cluster_name, connections, hashes, retries, rules};
use crate::action::{Action, ForwardAction};
use crate::mesh::names::{self, MESH};
use crate::mesh::{Mesh, Protocol, Semantics, Service, VirtualService, kubernetes_domain};
use crate::report::{Field, Report};
use crate::resources::mesh_config::MeshOutboundTrafficPolicyMode;
use crate::table::{AddressedRoutes, RouteConfig, RouteList, RouteTable, UnknownPort};

/// The port on which VirtualServices speak for hosts that are no services.
const DEFAULT_HTTP_PORT: u16 = 80;

/// One outbound listener, and who asks.
struct Scope<'m> {
    mesh: &'m Mesh,
    proxy: &'m Proxy,
    known: KnownServices<'m>,
    virtual_services: &'m [&'m VirtualService],
    unknown: UnknownPort,
}

/// Compiles all outbound ports. A port belongs to the first listener that serves it.
pub(super) fn compile(mesh: &Mesh, proxy: &Proxy, report: &mut Report) -> RouteTable {
    let seen = mesh.sidecar_scope(proxy.client());
    let unknown_port = match seen.outbound {
        MeshOutboundTrafficPolicyMode::RegistryOnly => UnknownPort::Blackhole,
        _ => UnknownPort::Passthrough,
    };
    let (mut route_configs, mut by_address) = (BTreeMap::new(), BTreeMap::new());
    let mut refused = BTreeMap::new();
    for listener in seen.outbound(proxy.egress) {
        let scope = Scope {
            mesh,
            proxy,
            known: KnownServices::new(&listener.services),
            virtual_services: &listener.virtual_services,
            unknown: unknown_port,
        };
        for port in scope.http_ports(listener.port) {
            if let Entry::Vacant(free) = route_configs.entry(port) {
                let mut config = scope.route_config(port, report);
                if config.is_refused() {
                    let served = assemble::refused(config.name.clone());
                    refused.insert(port, core::mem::replace(&mut config, served));
                }
                let addressed = scope.addressed(port, &config);
                by_address.extend(addressed.map(|addressed| (port, addressed)));
                free.insert(config);
            }
        }
    }
    RouteTable {
        connections: connections::of_sidecar(mesh, proxy, &seen, unknown_port, report),
        route_configs,
        by_address,
        by_server: BTreeMap::new(),
        refused,
        unknown_port,
    }
}

impl<'m> Scope<'m> {
    /// The ports of its services, or the only one that the listener has.
    fn http_ports(&self, only: Option<u16>) -> BTreeSet<u16> {
        let ports = self.known.by_name.values().flat_map(|service| &service.ports);
        ports
            .filter(|port| port.protocol.is_http())
            .map(|port| port.number)
            .filter(|port| only.is_none_or(|only| *port == only))
            .collect()
    }

    /// The routes of single addresses, where services do not declare what the port carries.
    fn addressed(&self, port: u16, config: &RouteConfig) -> Option<AddressedRoutes> {
        let mut routes = AddressedRoutes::default();
        for service in self.services_of(port).values() {
            let declared = service
                .port(port)
                .is_some_and(|port| port.protocol != Protocol::Sniffed);
            let addresses = service.listening_addresses();
            if declared || addresses.is_empty() {
                routes.others = true;
                continue;
            }
            let name = format!("{}:{port}", service.hostname);
            if let Some(own) = config.only(name, &service.hostname) {
                let of_address = |address: &str| (address.as_bytes().into(), own.clone());
                routes.addresses.extend(addresses.into_iter().map(of_address));
            }
        }
        (!routes.addresses.is_empty()).then_some(routes)
    }

    fn services_of(&self, port: u16) -> Services<'m> {
        let listens = |service: &Service| service.port(port).is_some_and(|port| port.protocol.is_http());
        let services = self.known.by_name.iter();
        services
            .filter(|(_, service)| listens(service))
            .map(|(name, service)| (*name, *service))
            .collect()
    }

    fn route_config(&self, port: u16, report: &mut Report) -> RouteConfig {
        let services = self.services_of(port);
        let mut remaining = services.clone();
        let mut owners = Owners::default();
        let full_names = services
            .keys()
            .flat_map(|name| [name.to_string(), format!("{name}.")]);
        let mut hosts = VirtualHosts::new(port, full_names.collect());
        let wildcard_owners = self.wildcard_owners(&services);
        let caller = Caller {
            namespace: &self.proxy.namespace,
            domain: kubernetes_domain(&self.mesh.config),
        };
        let listener = Listener {
            proxy: self.proxy,
            port,
            gateway: MESH.into(),
            tls: false,
            services: &services,
            known: &self.known,
        };
        for virtual_service in self.virtual_services_of(port, &services) {
            let routes = rules::compile(self.mesh, virtual_service, &listener, report);
            let (matched, others) = split_hosts(virtual_service, &services, &wildcard_owners);
            if routes.routes().is_empty() || (matched.is_empty() && port != DEFAULT_HTTP_PORT) {
                continue;
            }
            let routes = Arc::new(routes);
            owners.take(virtual_service, &matched, &others, report);
            for host in others {
                hosts.add(host, domains::of_name(host), &routes);
            }
            for service in matched {
                remaining.remove(service.hostname.as_str());
                let domains = domains::of_service(service, caller);
                hosts.add(&service.hostname, domains, &routes);
            }
        }
        for service in remaining.values() {
            let domains = domains::of_service(service, caller);
            hosts.add(
                &service.hostname,
                domains,
                &self.default_route(&listener, service),
            );
        }
        RouteConfig::new(port.to_string(), hosts.finish(self.unknown))
    }

    /// Port 80 keeps all VirtualServices, other ports those that name one of their services.
    fn virtual_services_of(
        &self,
        port: u16,
        services: &BTreeMap<&str, &Service>,
    ) -> impl Iterator<Item = &'m VirtualService> {
        self.virtual_services
            .iter()
            .copied()
            .filter(move |virtual_service| {
                port == DEFAULT_HTTP_PORT
                    || virtual_service
                        .hosts
                        .iter()
                        .any(|host| services.keys().any(|service| names::overlap(host, service)))
            })
    }

    /// For each service the VirtualService whose wildcard host suits it best, unless one names it exactly.
    /// That one counts even if none of its rules applies here.
    /// Source: Istio `computeWildcardHostVirtualServiceIndex`.
    fn wildcard_owners(
        &self,
        services: &BTreeMap<&'m str, &'m Service>,
    ) -> BTreeMap<&'m str, &'m VirtualService> {
        let best = |service: &str| {
            let mut best: Option<(&str, &'m VirtualService)> = None;
            for virtual_service in self.virtual_services {
                for host in virtual_service
                    .hosts
                    .iter()
                    .filter(|host| names::contains(host, service))
                {
                    let better = best.is_none_or(|(current, _)| is_more_specific(host, current));
                    if better {
                        best = Some((host, virtual_service));
                    }
                }
            }
            best.filter(|(host, _)| names::is_wildcard(host))
                .map(|(_, owner)| owner)
        };
        services
            .keys()
            .filter_map(|service| Some((*service, best(service)?)))
            .collect()
    }

    /// The route of a service that no VirtualService speaks for.
    fn default_route(&self, listener: &Listener<'_>, service: &Service) -> Arc<RouteList> {
        let cluster = cluster_name(listener.port, "", &service.hostname);
        let retries = retries::compile(None, &self.mesh.config, true);
        let mut action = ForwardAction::to_cluster(cluster, retries);
        action.hash_by(hashes::of_destination(
            self.mesh,
            listener,
            &service.hostname,
            "",
            listener.port,
            true,
        ));
        single("default", Action::Forward(action.with_profile()))
    }
}

/// Routes of the Gateway API that clients write take the place of those of the service's own namespace: that
/// is what they are for.
fn is_override(owner: &VirtualService, other: &VirtualService) -> bool {
    let gateway_api = |service: &VirtualService| service.semantics == Semantics::GatewayApi;
    gateway_api(owner) && gateway_api(other) && owner.namespace() != other.namespace()
}

/// Which VirtualService serves a host.
#[derive(Default)]
struct Owners<'m>(BTreeMap<&'m str, &'m VirtualService>);

impl<'m> Owners<'m> {
    /// Gives hosts to a VirtualService, and warns of those that another has already.
    fn take(
        &mut self,
        virtual_service: &'m VirtualService,
        matched: &[&'m Service],
        others: &[&'m String],
        report: &mut Report,
    ) {
        let matched = matched.iter().map(|service| &service.hostname);
        for host in matched.chain(others.iter().copied()) {
            match self.0.get(host.as_str()) {
                Some(owner)
                    if owner.subject != virtual_service.subject && !is_override(owner, virtual_service) =>
                {
                    warn_of_shadow(virtual_service, owner, host, report);
                }
                Some(_) => {}
                None => drop(self.0.insert(host, virtual_service)),
            }
        }
    }
}

/// A sidecar takes one VirtualService a host. Istio's analyzer says so as IST0109.
fn warn_of_shadow(virtual_service: &VirtualService, owner: &VirtualService, host: &str, report: &mut Report) {
    let message = format!(
        "{host} is served by {}, so the rules here have no effect for it",
        owner.subject.resource
    );
    let help = "a sidecar takes the oldest VirtualService of a host and joins none: put the rules into one";
    let field = Field::SPEC.name(virtual_service.semantics.hosts());
    report.warn(&virtual_service.subject, &field, "shadowed-host", message, help);
}

/// An exact host before a wildcard, a longer one before a shorter one. Source: Istio `MoreSpecific`.
fn is_more_specific(host: &str, other: &str) -> bool {
    let rank = |host: &str| (!names::is_wildcard(host), host.len());
    rank(host) > rank(other)
}

/// The services that a VirtualService speaks for, and its hosts that are none.
/// Source: Istio `separateVSHostsAndServices`.
fn split_hosts<'m>(
    virtual_service: &'m VirtualService,
    services: &BTreeMap<&'m str, &'m Service>,
    wildcard_owners: &BTreeMap<&str, &VirtualService>,
) -> (Vec<&'m Service>, Vec<&'m String>) {
    let mut matched: Vec<&Service> = Vec::new();
    let mut others = Vec::new();
    for host in &virtual_service.hosts {
        if !names::is_wildcard(host) {
            match services.get(host.as_str()) {
                Some(service) => matched.push(service),
                // A route of the Gateway API speaks for Services only.
                None if virtual_service.semantics == Semantics::GatewayApi => {}
                None => others.push(host),
            }
            continue;
        }
        let covered: Vec<_> = services
            .iter()
            .filter(|(name, _)| names::contains(host, name))
            .collect();
        if covered.is_empty() && virtual_service.semantics == Semantics::Istio {
            others.push(host);
        }
        let owned = covered.into_iter().filter(|(name, _)| {
            wildcard_owners
                .get(**name)
                .is_some_and(|owner| owner.subject == virtual_service.subject)
        });
        matched.extend(owned.map(|(_, service)| *service));
    }
    (matched, others)
}
