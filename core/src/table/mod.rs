//! The table of one proxy: immutable, indexed, nothing left to parse.
//!
//! Ports lead to [`RouteConfig`]s, hosts to [`VirtualHost`]s, paths to candidate [`Route`]s in list order.

mod connections;
mod hosts;
mod paths;
mod reference;
mod route;
mod servers;
mod subnet;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

pub use connections::{
    Connection, ConnectionDecision, ConnectionOutcome, ConnectionRule, ConnectionRules, ConnectionSource,
    ConnectionTable, PortConnections,
};
pub use hosts::{HostIndex, HostPattern};
pub use paths::{Candidates, PathCache, PathIndex};
pub use route::{Route, RouteMatcher, RouteSource};
pub use servers::{OwnRoutes, ServerRoutes};
pub use subnet::Subnet;

use crate::action::{Action, ForwardAction, Profile};
use crate::matcher::InvalidRegex;
use crate::request::Request;

/// What happens to a connection on a port without routes. Source: Istio `outboundTrafficPolicy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownPort {
    /// `ALLOW_ANY`: the original destination.
    Passthrough,
    /// `REGISTRY_ONLY`.
    Blackhole,
    /// A gateway has no listener there.
    #[default]
    NoListener,
}

/// Everything one proxy needs to decide a request.
#[derive(Clone, Debug)]
pub struct RouteTable {
    /// By the port a connection arrives on.
    pub route_configs: BTreeMap<u16, RouteConfig>,
    /// By the port, for ports of services that do not declare their protocol.
    pub by_address: BTreeMap<u16, AddressedRoutes>,
    /// By the port, for ports of a gateway whose servers differ by address, or several of which end TLS.
    pub by_server: BTreeMap<u16, ServerRoutes>,
    /// Ports whose rules Envoy would refuse, with those rules: they answer 503, unless they had routes before.
    pub refused: BTreeMap<u16, RouteConfig>,
    /// For all other ports.
    pub unknown_port: UnknownPort,
    /// Connections that carry no HTTP, or none that can be read.
    pub connections: ConnectionTable,
}

/// The routes of a port whose protocol is not declared, where Istio listens on single addresses.
/// Source: Istio `buildSidecarOutboundListener`, route names such as `reviews.default.svc.cluster.local:9080`.
#[derive(Clone, Debug, Default)]
pub struct AddressedRoutes {
    /// By IP address as text.
    pub addresses: BTreeMap<Box<[u8]>, RouteConfig>,
    /// Whether the port's own routes are there for all other addresses.
    pub others: bool,
}

impl RouteTable {
    /// The routes for a port, and for an address where that matters. Where the address is not known, all
    /// services of the port are told apart by their names.
    pub fn route_config(&self, port: u16, address: Option<&[u8]>) -> Option<&RouteConfig> {
        if let (Some(addressed), Some(address)) = (self.by_address.get(&port), address) {
            let own = addressed.addresses.get(address);
            if own.is_some() || !addressed.others {
                return own;
            }
        }
        self.route_configs.get(&port)
    }

    /// The routes for a request.
    pub fn routes_for(&self, request: &Request<'_>) -> Option<&RouteConfig> {
        match self.by_server.get(&request.port) {
            Some(servers) => servers.find(request.address, &request.server_name()),
            None => self.route_config(request.port, request.address),
        }
    }

    /// Whether the address matters that a client of a gateway has connected to.
    pub fn is_bound(&self, port: u16) -> bool {
        self.by_server.get(&port).is_some_and(ServerRoutes::has_addresses)
    }

    /// Keeps the routes that refused ports had in an older table, as Envoy does.
    pub fn keep_refused(&mut self, old: &Self) {
        for port in self.refused.keys() {
            if let Some(config) = old.route_configs.get(port) {
                self.route_configs.insert(*port, config.clone());
            }
            if let Some(addressed) = old.by_address.get(port) {
                self.by_address.insert(*port, addressed.clone());
            }
        }
        for (port, servers) in &mut self.by_server {
            if let Some(old) = old.by_server.get(port) {
                servers.keep_refused(old);
            }
        }
    }

    /// Whether any rule holds requests back.
    pub fn has_delays(&self) -> bool {
        self.forwards().any(|forward| forward.fault.delay.is_some())
    }

    /// Whether any rule holds requests back that Envoy's fault filter is not left to answer: preflights, and
    /// aborts whose [body is withheld](crate::reply::LocalReply::withhold_body).
    pub fn has_delayed_answers(&self) -> bool {
        let answered = |forward: &ForwardAction| {
            let abort = forward.fault.abort;
            forward.cors.is_some() || abort.is_some_and(|(abort, _)| abort.rules_out_body())
        };
        self.forwards()
            .any(|forward| forward.fault.delay.is_some() && answered(forward))
    }

    /// The route profiles that rules need beside the default one, by name.
    pub fn profiles(&self) -> BTreeMap<String, Profile> {
        let named = |forward: &ForwardAction| Some((forward.profile.clone()?, forward.profile()));
        self.forwards().filter_map(named).collect()
    }

    /// The clusters that keep requests on endpoints by hash.
    pub fn hashing_clusters(&self) -> BTreeSet<String> {
        let destinations = self.forwards().flat_map(|forward| forward.split.destinations());
        destinations
            .filter(|destination| destination.hashes)
            .map(|destination| destination.cluster.clone())
            .collect()
    }

    /// All routes, those again that stand in several places.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        let addressed = self.by_address.values();
        let addressed = addressed.flat_map(|routes| routes.addresses.values());
        let of_servers = self.by_server.values().flat_map(ServerRoutes::servers);
        let configs = self.route_configs.values().chain(addressed);
        let configs = configs.chain(of_servers.map(|server| &server.config));
        let hosts = configs.flat_map(RouteConfig::virtual_hosts);
        hosts.flat_map(|host| host.routes.routes())
    }

    fn forwards(&self) -> impl Iterator<Item = &ForwardAction> {
        self.routes().filter_map(|route| match &*route.action {
            Action::Forward(forward) => Some(forward),
            Action::Redirect(_) | Action::Respond(_) => None,
        })
    }
}

/// The routes of one port: what Envoy calls a RouteConfiguration.
#[derive(Clone, Debug)]
pub struct RouteConfig {
    /// Istio's name of it: `9080`, `http.8080`, `https.443.https.gateway.ns`.
    pub name: String,
    /// In Istio's order; the index below refers to it.
    virtual_hosts: Vec<VirtualHost>,
    hosts: HostIndex,
}

impl RouteConfig {
    /// Indexes `virtual_hosts` by their domains. Where a domain occurs twice the first one keeps it.
    pub fn new(name: String, virtual_hosts: Vec<VirtualHost>) -> Self {
        let hosts = HostIndex::new(virtual_hosts.iter().map(|host| host.domains.as_slice()));
        Self {
            name,
            virtual_hosts,
            hosts,
        }
    }

    /// Whether Envoy would refuse one of the routes.
    pub fn is_refused(&self) -> bool {
        let mut routes = self.virtual_hosts.iter().flat_map(|host| host.routes.routes());
        routes.any(|route| route.refused)
    }

    /// The same routes under another name, for one of its virtual hosts and whatever host is asked for.
    #[must_use]
    pub fn only(&self, name: String, domain: &str) -> Option<Self> {
        let mut hosts = self.virtual_hosts.iter();
        let mut host = hosts
            .find(|host| host.domains.iter().any(|own| own == domain))?
            .clone();
        host.domains = Vec::from([String::from("*")]);
        Some(Self::new(name, Vec::from([host])))
    }

    /// The virtual hosts in Istio's order.
    pub fn virtual_hosts(&self) -> &[VirtualHost] {
        &self.virtual_hosts
    }

    /// The virtual host of a lower-case host name without port, and the kind of domain that led to it.
    pub fn virtual_host(&self, host: &[u8]) -> Option<(&VirtualHost, HostPattern)> {
        let (position, pattern) = self.hosts.find(host)?;
        Some((self.virtual_hosts.get(position)?, pattern))
    }
}

/// A set of domains with one list of routes.
#[derive(Clone, Debug)]
pub struct VirtualHost {
    /// Istio's name of it: `reviews.default.svc.cluster.local:9080`.
    pub name: String,
    /// Lower-case; `*.suffix` and `*` are wildcards.
    pub domains: Vec<String>,
    /// Shared by the hosts of one VirtualService.
    pub routes: Arc<RouteList>,
    /// `httpsRedirect`: plain requests are sent to `https` before any route is looked at.
    pub require_tls: bool,
}

/// Routes in the order in which they are tried, and the index that skips those whose path cannot match.
#[derive(Clone, Debug, Default)]
pub struct RouteList {
    routes: Vec<Route>,
    index: PathIndex,
}

impl RouteList {
    /// Indexes `routes`.
    ///
    /// # Errors
    /// When the regexes of all paths together are too large for one automaton.
    pub fn new(routes: Vec<Route>) -> Result<Self, InvalidRegex> {
        let index = PathIndex::new(routes.iter().map(|route| &route.matcher.path))?;
        Ok(Self { routes, index })
    }

    /// All routes, in order.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The routes whose path condition `path` satisfies, in order.
    pub fn candidates<'t, 's>(
        &'t self,
        path: &'s [u8],
        cache: &'s mut PathCache,
    ) -> impl Iterator<Item = &'t Route> + use<'t, 's>
    where
        't: 's,
    {
        self.index
            .candidates(path, cache)
            .filter_map(|position| self.routes.get(position))
    }
}

/// The action a route shares with the other match blocks of its rule.
pub type SharedAction = Arc<Action>;
