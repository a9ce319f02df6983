//! A VirtualService with all its names made full.

use alloc::string::String;
use alloc::vec::Vec;

use super::gateway_api::Precedence;
use super::names::{self, MESH};
use super::{ExportTo, Semantics, subject};
use crate::report::Subject;
use crate::resources::virtual_service::{Destination, HTTPRoute, RouteDestination, TCPRoute, TLSRoute};
use crate::resources::{self, MeshConfig, Object};

/// A VirtualService.
#[derive(Clone, Debug)]
pub struct VirtualService {
    /// Its name and place.
    pub subject: Subject,
    /// Full names, lower-case; wildcards start with `*`. A delegate has none.
    pub hosts: Vec<String>,
    /// The same in the case that they are written in, which gateways heed.
    pub written_hosts: Vec<String>,
    /// `mesh` and `namespace/name`; never empty.
    pub gateways: Vec<String>,
    /// Who sees it.
    pub export_to: ExportTo,
    /// How it is written.
    pub semantics: Semantics,
    /// Its HTTP rules, in order.
    pub http: Vec<Rule>,
    /// Its rules for TLS that is passed on; hosts and gateways resolved.
    pub tls: Vec<TLSRoute>,
    /// Its rules for TCP; hosts and gateways resolved.
    pub tcp: Vec<TCPRoute>,
}

/// One HTTP rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The VirtualService it is written in, or the Gateway API's route.
    pub subject: Subject,
    /// How it is written.
    pub semantics: Semantics,
    /// Its index in `spec.http`, or in `spec.rules`.
    pub index: usize,
    /// For each match block its index in that rule; a block that is not written there has none.
    pub blocks: Vec<Option<usize>>,
    /// As written, hosts and gateways resolved.
    pub route: HTTPRoute,
}

impl VirtualService {
    pub(super) fn new(object: &Object<resources::VirtualService>, config: &MeshConfig) -> Self {
        let namespace = object.metadata.namespace.as_str();
        let spec = &object.spec;
        let subject = subject(object);
        let host = |host: &String| names::resolve_host(host, namespace, &config.domain);
        let written_hosts: Vec<String> = spec.hosts.iter().map(host).collect();
        let gateway = |gateway: &String| names::resolve_gateway(gateway, namespace, &config.domain);
        let gateways: Vec<String> = spec.gateways.iter().map(gateway).collect();
        Self {
            hosts: written_hosts
                .iter()
                .map(|host| host.to_ascii_lowercase())
                .collect(),
            written_hosts,
            gateways: if gateways.is_empty() {
                alloc::vec![MESH.into()]
            } else {
                gateways
            },
            export_to: ExportTo::new(
                &spec.export_to,
                &config.default_virtual_service_export_to,
                namespace,
            ),
            semantics: Semantics::Istio,
            http: spec
                .http
                .iter()
                .enumerate()
                .map(|(index, route)| Rule {
                    subject: subject.clone(),
                    semantics: Semantics::Istio,
                    index,
                    blocks: (0..route.matches.len()).map(Some).collect(),
                    route: resolve_rule(route, namespace, &config.domain),
                })
                .collect(),
            tls: spec
                .tls
                .iter()
                .map(|route| resolve_tls(route, namespace, &config.domain))
                .collect(),
            tcp: spec
                .tcp
                .iter()
                .map(|route| resolve_tcp(route, namespace, &config.domain))
                .collect(),
            subject,
        }
    }

    /// The namespace it is written in.
    pub fn namespace(&self) -> &str {
        &self.subject.resource.namespace
    }

    /// Where its rules send connections, requests and copies of clients of `namespace`: hosts, and ports where they are
    /// named. Source: Istio `virtualServiceDestinationsFilteredBySourceNamespace`.
    pub fn destinations(&self, namespace: &str) -> impl Iterator<Item = (&str, Option<u16>)> {
        let named = |destination: &Destination| {
            let port = destination.port.as_ref()?;
            u16::try_from(port.number).ok().filter(|port| *port != 0)
        };
        let is_meant = move |rule: &&Rule| {
            let mut blocks = rule.route.matches.iter();
            blocks.all(|block| block.source_namespace.is_empty() || block.source_namespace == namespace)
        };
        self.http
            .iter()
            .filter(is_meant)
            .flat_map(|rule| destinations(&rule.route))
            .chain(self.connection_destinations())
            .map(move |destination| (destination.host.as_str(), named(destination)))
    }

    fn connection_destinations(&self) -> impl Iterator<Item = &Destination> {
        let tls = self.tls.iter().flat_map(|rule| &rule.route);
        let tcp = self.tcp.iter().flat_map(|rule| &rule.route);
        tls.chain(tcp)
            .filter_map(|weighted| weighted.destination.as_ref())
    }

    /// Whether it is bound to a gateway, or to `mesh`.
    pub fn is_bound_to(&self, gateway: &str) -> bool {
        self.gateways.iter().any(|bound| bound == gateway)
    }
}

fn destinations(route: &HTTPRoute) -> impl Iterator<Item = &Destination> {
    let weighted = route
        .route
        .iter()
        .filter_map(|weighted| weighted.destination.as_ref());
    let mirrors = route
        .mirrors
        .iter()
        .filter_map(|mirror| mirror.destination.as_ref());
    weighted.chain(&route.mirror).chain(mirrors)
}

fn resolve_rule(route: &HTTPRoute, namespace: &str, domain: &str) -> HTTPRoute {
    let mut route = route.clone();
    let resolve = |destination: &mut Destination| resolve_destination(destination, namespace, domain);
    route
        .route
        .iter_mut()
        .filter_map(|weighted| weighted.destination.as_mut())
        .for_each(resolve);
    route.mirror.iter_mut().for_each(resolve);
    route
        .mirrors
        .iter_mut()
        .filter_map(|mirror| mirror.destination.as_mut())
        .for_each(resolve);
    for gateway in route.matches.iter_mut().flat_map(|block| &mut block.gateways) {
        *gateway = names::resolve_gateway(gateway, namespace, domain);
    }
    route
}

fn resolve_tls(route: &TLSRoute, namespace: &str, domain: &str) -> TLSRoute {
    let mut route = route.clone();
    resolve_connections(&mut route.route, namespace, domain);
    for gateway in route.matches.iter_mut().flat_map(|block| &mut block.gateways) {
        *gateway = names::resolve_gateway(gateway, namespace, domain);
    }
    route
}

fn resolve_tcp(route: &TCPRoute, namespace: &str, domain: &str) -> TCPRoute {
    let mut route = route.clone();
    resolve_connections(&mut route.route, namespace, domain);
    for gateway in route.matches.iter_mut().flat_map(|block| &mut block.gateways) {
        *gateway = names::resolve_gateway(gateway, namespace, domain);
    }
    route
}

fn resolve_connections(route: &mut [RouteDestination], namespace: &str, domain: &str) {
    let destinations = route
        .iter_mut()
        .filter_map(|weighted| weighted.destination.as_mut());
    destinations.for_each(|destination| resolve_destination(destination, namespace, domain));
}

/// Services are known in lower case, and so are the clusters that are named after them.
fn resolve_destination(destination: &mut Destination, namespace: &str, domain: &str) {
    destination.host = names::resolve_host(&destination.host, namespace, domain).to_ascii_lowercase();
}

impl super::Mesh {
    /// The VirtualServices that a proxy of `namespace` sees at a gateway, or at `mesh`: private ones, then
    /// those exported by name, then public ones, each oldest first and not sorted across the three. The
    /// Gateway API's routes of that namespace come before other public ones.
    /// Source: Istio `VirtualServicesForGateway`.
    pub fn virtual_services_for<'m>(&'m self, gateway: &str, namespace: &str) -> Vec<&'m VirtualService> {
        let mut visible: Vec<(Precedence, &VirtualService)> = self
            .virtual_services
            .iter()
            .filter(|service| service.is_bound_to(gateway))
            .filter_map(|service| Some((service.precedence(namespace)?, service)))
            .collect();
        visible.sort_by_key(|(precedence, _)| *precedence);
        visible.into_iter().map(|(_, service)| service).collect()
    }
}
