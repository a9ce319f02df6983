//! Where routes will be served, and what the destinations of rules mean there.

use alloc::collections::BTreeMap;
use alloc::string::String;

use super::place::Place;
use super::{Proxy, ProxyKind, cluster_name};
use crate::mesh::{Alias, Service};
use crate::resources::virtual_service::{Destination, HTTPMatchRequest};

/// Services by full name.
pub(super) type Services<'m> = BTreeMap<&'m str, &'m Service>;

/// All services that a proxy knows.
pub(super) struct KnownServices<'m> {
    pub(super) by_name: &'m Services<'m>,
    /// ExternalName Services by full name, each with the one service that it leads to.
    aliases: BTreeMap<&'m str, (&'m Alias, &'m Service)>,
}

impl<'m> KnownServices<'m> {
    pub(super) fn new(by_name: &'m Services<'m>) -> Self {
        let services = by_name.values();
        let aliases = services.flat_map(|service| service.aliases.iter().map(move |alias| (alias, *service)));
        Self {
            by_name,
            aliases: aliases
                .map(|(alias, service)| (alias.hostname.as_str(), (alias, service)))
                .collect(),
        }
    }
}

/// Where routes will be served.
pub(super) struct Listener<'m> {
    /// The proxy.
    pub(super) proxy: &'m Proxy,
    /// What `match.port` and unsaid destination ports mean here.
    pub(super) port: u16,
    /// `mesh`, or `namespace/name` of the Gateway.
    pub(super) gateway: String,
    /// Whether `https` is the scheme where none is said: of servers with `tls`, whatever their protocol.
    pub(super) tls: bool,
    /// The services that a destination's port can be looked up in, by full name.
    pub(super) services: &'m Services<'m>,
    /// All services that the proxy knows.
    pub(super) known: &'m KnownServices<'m>,
}

impl Listener<'_> {
    /// The port of a destination that names none: on a gateway the only port of its service, else the
    /// port of the listener.
    fn destination_port(&self, host: &str) -> u16 {
        match self.services.get(host).map(|service| service.ports.as_slice()) {
            Some([only]) if self.is_gateway() => only.number,
            _ => self.port,
        }
    }

    /// The port of a destination.
    pub(super) fn port_of(&self, destination: &Destination) -> u16 {
        named_port(destination).unwrap_or_else(|| self.destination_port(&destination.host))
    }

    /// The cluster of a destination. Whether it exists is not asked: a missing one is a 503 at request time,
    /// as in Istio. Source: Istio `GetDestinationCluster`.
    pub(super) fn cluster(&self, destination: &Destination) -> String {
        let host = if destination.host.is_empty() {
            "UnknownService"
        } else {
            destination.host.as_str()
        };
        let port = self.port_of(destination);
        cluster_name(port, &destination.subset, self.concrete(host, port))
    }

    /// The cluster of a destination of connections, whose only port counts at a sidecar too.
    /// Source: Istio `buildOutboundNetworkFilters`.
    pub(super) fn connection_cluster(&self, destination: &Destination) -> String {
        let host = destination.host.as_str();
        let ports = self
            .known
            .by_name
            .get(host)
            .map(|service| service.ports.as_slice());
        let port = named_port(destination).unwrap_or(match ports {
            Some([only]) => only.number,
            _ => self.port,
        });
        cluster_name(port, &destination.subset, self.concrete(host, port))
    }

    /// The service that an ExternalName Service leads to, if it is one; for a sidecar it has to declare the
    /// port. Source: Istio `GetDestinationCluster` on aliases.
    fn concrete<'h>(&'h self, host: &'h str, port: u16) -> &'h str {
        match self.known.aliases.get(host) {
            Some((alias, service)) if self.is_gateway() || alias.ports.contains(&port) => &service.hostname,
            _ => host,
        }
    }

    fn is_gateway(&self) -> bool {
        self.proxy.kind == ProxyKind::Gateway
    }

    /// Whether a match block applies here at all.
    pub(super) fn accepts(&self, block: &HTTPMatchRequest) -> bool {
        let place = Place {
            proxy: self.proxy,
            port: self.port,
            gateway: &self.gateway,
        };
        place.refuses(block).is_none()
    }
}

/// The port that a destination names.
pub(super) fn named_port(destination: &Destination) -> Option<u16> {
    let port = destination.port.as_ref()?;
    u16::try_from(port.number).ok().filter(|port| *port != 0)
}
