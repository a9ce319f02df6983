//! Sidecar resources: which of them speaks for a proxy, and what it lets the proxy see.
//! Source: Istio `pilot/pkg/model/sidecar.go`.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};

use super::names::{self, MESH};
use super::{Client, Mesh, Service, VirtualService, is_subset, subject};
use crate::report::Subject;
use crate::resources::mesh_config::MeshOutboundTrafficPolicyMode;
use crate::resources::sidecar::{CaptureMode, IstioEgressListener, OutboundTrafficPolicyMode};
use crate::resources::{self, Object};

/// A Sidecar resource.
#[derive(Clone, Debug)]
pub struct Sidecar {
    /// Its name and place.
    pub subject: Subject,
    /// As written.
    pub spec: resources::Sidecar,
}

impl From<&Object<resources::Sidecar>> for Sidecar {
    fn from(object: &Object<resources::Sidecar>) -> Self {
        Self {
            subject: subject(object),
            spec: object.spec.clone(),
        }
    }
}

/// What a sidecar proxy sees.
#[derive(Clone, Debug)]
pub struct SidecarScope<'m> {
    /// The Sidecar that says so; `None` where everything is seen.
    pub sidecar: Option<&'m Sidecar>,
    /// Its outbound listeners; only the last may be for all ports.
    pub listeners: Vec<EgressListener<'m>>,
    /// What happens to unknown destinations.
    pub outbound: MeshOutboundTrafficPolicyMode,
    /// The ports of each service that there are clusters for: of what it sees, and of what the VirtualServices
    /// that it sees send traffic to.
    pub clusters: BTreeMap<&'m str, ScopedService<'m>>,
}

/// A service, or some of its ports.
#[derive(Clone, Debug)]
pub struct ScopedService<'m> {
    /// The service.
    pub service: &'m Service,
    /// Its ports as far as they are seen; `None` for all.
    pub ports: Option<Vec<u16>>,
}

/// What one outbound listener reaches.
#[derive(Clone, Debug)]
pub struct EgressListener<'m> {
    /// Its port; `None` for all that no other listener has, and for HTTP proxies.
    pub port: Option<u16>,
    /// Where clients connect to it by themselves: `captureMode: NONE`. Connections to others are redirected.
    pub bind: Option<IpAddr>,
    /// Whether each request says which port it means.
    pub is_http_proxy: bool,
    /// The services, by full name.
    pub services: BTreeMap<&'m str, &'m Service>,
    /// The VirtualServices, in the order in which they count.
    pub virtual_services: Vec<&'m VirtualService>,
}

impl<'m> SidecarScope<'m> {
    /// The listeners that one table is for: an HTTP proxy by its index, or all others.
    pub fn outbound(&self, http_proxy: Option<usize>) -> impl Iterator<Item = &EgressListener<'m>> {
        let listeners = self.listeners.iter().enumerate();
        let meant = listeners.filter(move |(index, listener)| match http_proxy {
            Some(only) => *index == only,
            None => !listener.is_http_proxy,
        });
        meant.map(|(_, listener)| listener)
    }
}

/// Whether clients say in each request which port they mean: they cannot by that of the listener.
/// Source: Istio `buildSidecarOutboundHTTPListenerOpts`.
pub fn is_http_proxy(written: &IstioEgressListener) -> bool {
    let protocol = written.port.as_ref().map_or("", |port| port.protocol.as_str());
    protocol.eq_ignore_ascii_case("HTTP_PROXY") || written.bind.starts_with("unix://")
}

impl ScopedService<'_> {
    /// Whether a port is seen.
    pub fn has_port(&self, port: u16) -> bool {
        self.ports.as_ref().is_none_or(|ports| ports.contains(&port))
    }
}

/// The hosts of an outbound listener, each of a namespace.
struct ImportedHosts<'s> {
    hosts: Vec<(&'s str, &'s str)>,
    /// Hosts that are left out again. Since Istio 1.31.
    excluded: Vec<(&'s str, &'s str)>,
}

impl<'s> ImportedHosts<'s> {
    fn new(hosts: &'s [String], own: &'s str) -> Self {
        let split = |host: &'s str| host.split_once('/').unwrap_or(("*", host));
        let resolve =
            |(namespace, host): (&'s str, &'s str)| (if namespace == "." { own } else { namespace }, host);
        let (excluded, included): (Vec<&String>, Vec<&String>) = hosts
            .iter()
            .partition(|host| host.starts_with('~') && !host.starts_with("~/"));
        Self {
            hosts: included.into_iter().map(|host| resolve(split(host))).collect(),
            excluded: excluded
                .into_iter()
                .map(|host| resolve(split(host.trim_start_matches('~'))))
                .collect(),
        }
    }

    fn has_service(&self, namespace: &str, hostname: &str) -> bool {
        let of = |list: &[(&str, &str)]| {
            let mut hosts = list.iter();
            hosts.any(|(owner, host)| is_of(owner, namespace) && names::contains(host, hostname))
        };
        of(&self.hosts) && !of(&self.excluded)
    }

    /// One host in common is enough, and brings all others of the VirtualService with it.
    fn has_virtual_service(&self, virtual_service: &VirtualService) -> bool {
        let mut imported = self
            .hosts
            .iter()
            .filter(|(owner, _)| is_of(owner, virtual_service.namespace()));
        imported.any(|(_, host)| virtual_service.hosts.iter().any(|own| names::overlap(host, own)))
    }
}

/// `~` is no namespace at all.
fn is_of(owner: &str, namespace: &str) -> bool {
    owner == "*" || owner == namespace
}

impl Mesh {
    /// What a sidecar proxy sees.
    pub fn sidecar_scope(&self, client: Client<'_>) -> SidecarScope<'_> {
        let sidecar = self.sidecar_for(client);
        let everything = IstioEgressListener {
            hosts: Vec::from(["*/*".to_string()]),
            ..IstioEgressListener::default()
        };
        let written = sidecar
            .map(|sidecar| sidecar.spec.egress.as_slice())
            .unwrap_or_default();
        let listeners: Vec<EgressListener<'_>> = if written.is_empty() {
            Vec::from([self.egress_listener(&everything, client)])
        } else {
            written
                .iter()
                .map(|listener| self.egress_listener(listener, client))
                .collect()
        };
        SidecarScope {
            sidecar,
            outbound: self.outbound_of(sidecar),
            clusters: self.scoped_services(&listeners, client),
            listeners,
        }
    }

    /// The Sidecar of a proxy: one of its namespace that selects it, else one of its namespace for all, else
    /// one of the root namespace for all; the oldest of each.
    fn sidecar_for(&self, client: Client<'_>) -> Option<&Sidecar> {
        let of = |namespace: &str, selects: &dyn Fn(&Sidecar) -> bool| {
            let mut sidecars = self.sidecars.iter();
            sidecars.find(|sidecar| sidecar.subject.resource.namespace == namespace && selects(sidecar))
        };
        let selecting = |sidecar: &Sidecar| {
            let selector = sidecar.spec.workload_selector.as_ref();
            selector.is_some_and(|selector| is_subset(&selector.labels, client.labels))
        };
        let for_all = |sidecar: &Sidecar| sidecar.spec.workload_selector.is_none();
        of(client.namespace, &selecting)
            .or_else(|| of(client.namespace, &for_all))
            .or_else(|| of(&self.config.root_namespace, &for_all))
    }

    /// The Sidecar's policy if it has one, even an empty one; else the mesh's.
    fn outbound_of(&self, sidecar: Option<&Sidecar>) -> MeshOutboundTrafficPolicyMode {
        let policy = sidecar.and_then(|sidecar| sidecar.spec.outbound_traffic_policy.as_ref());
        match policy.map(|policy| policy.mode) {
            Some(OutboundTrafficPolicyMode::RegistryOnly) => MeshOutboundTrafficPolicyMode::RegistryOnly,
            Some(OutboundTrafficPolicyMode::AllowAny) => MeshOutboundTrafficPolicyMode::AllowAny,
            None => self.config.outbound_mode(),
        }
    }

    fn egress_listener(&self, written: &IstioEgressListener, client: Client<'_>) -> EgressListener<'_> {
        let hosts = ImportedHosts::new(&written.hosts, client.namespace);
        let port = written
            .port
            .as_ref()
            .and_then(|port| u16::try_from(port.number).ok());
        let is_http_proxy = is_http_proxy(written);
        let port = port.filter(|port| *port != 0 && !is_http_proxy);
        let imported = self.registry.visible(client.namespace).filter(|service| {
            hosts.has_service(&service.namespace, &service.hostname)
                && port.is_none_or(|port| service.port(port).is_some())
        });
        let seen = self.virtual_services_for(MESH, client.namespace);
        EgressListener {
            port,
            bind: port.and_then(|_| bind(written)),
            is_http_proxy,
            services: one_per_name(imported, client.namespace),
            virtual_services: seen
                .into_iter()
                .filter(|virtual_service| hosts.has_virtual_service(virtual_service))
                .collect(),
        }
    }

    /// What listeners reach, then what the VirtualServices of listeners send traffic to.
    fn scoped_services<'m>(
        &'m self,
        listeners: &[EgressListener<'m>],
        client: Client<'_>,
    ) -> BTreeMap<&'m str, ScopedService<'m>> {
        let mut scoped: BTreeMap<&str, ScopedService<'_>> = BTreeMap::new();
        for listener in listeners {
            for (name, service) in &listener.services {
                add(
                    &mut scoped,
                    name,
                    service,
                    listener.port.map(|port| Vec::from([port])),
                );
            }
        }
        let known = self.registry.by_hostname(client.namespace);
        let virtual_services = listeners.iter().flat_map(|listener| &listener.virtual_services);
        for (host, port) in
            virtual_services.flat_map(|virtual_service| virtual_service.destinations(client.namespace))
        {
            if let Some((name, service)) = known.get_key_value(host)
                && scoped.get(name).is_none_or(|known| known.ports.is_some())
            {
                add(&mut scoped, name, service, port.map(|port| Vec::from([port])));
            }
        }
        scoped
    }
}

/// The address that clients use. Source: Istio `buildSidecarOutboundListeners`.
fn bind(written: &IstioEgressListener) -> Option<IpAddr> {
    match written.bind.as_str() {
        _ if written.capture_mode != CaptureMode::None => None,
        "" => Some(Ipv4Addr::LOCALHOST.into()),
        address => address.parse().ok(),
    }
}

/// Adds ports to what is seen of a service.
fn add<'m>(
    scoped: &mut BTreeMap<&'m str, ScopedService<'m>>,
    name: &'m str,
    service: &'m Service,
    ports: Option<Vec<u16>>,
) {
    let known = scoped.entry(name).or_insert_with(|| ScopedService {
        service,
        ports: Some(Vec::new()),
    });
    match (&mut known.ports, ports) {
        (Some(known), Some(further)) => known.extend(further),
        (all, None) => *all = None,
        (None, Some(_)) => {}
    }
}

/// Of several services of one name that of the proxy's own namespace, else the first.
pub(super) fn one_per_name<'m>(
    services: impl Iterator<Item = &'m Service>,
    namespace: &str,
) -> BTreeMap<&'m str, &'m Service> {
    let mut chosen: BTreeMap<&str, &Service> = BTreeMap::new();
    for service in services {
        let known = chosen.entry(&service.hostname).or_insert(service);
        if known.namespace != namespace && service.namespace == namespace {
            *known = service;
        }
    }
    chosen
}
