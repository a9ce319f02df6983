//! Services with resolution DYNAMIC_DNS: the name that a request or a connection asks for is looked up when it is asked
//! for. Envoy's filters look it up into a cache, and the service's cluster takes it from there.
//!
//! Istio has a cache for each service, because its sidecars have a listener for each port. Here one listener serves all
//! ports, and its filter fills one cache: the one of all. Istio 1.30 has the filters in sidecars; here gateways have
//! them too.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::chains::Chain;
use super::files::typed;
use crate::compile::Proxy;
use crate::mesh::{Mesh, Protocol, Resolution, Service, ServicePort};
use crate::settings::Decides;
use crate::table::{ConnectionRule, PortConnections, RouteTable, Subnet};

/// The name of the cache.
const CACHE: &str = "dynamic_dns";

/// Whether a port can be served: its clients have to say a name. Source: Istio `TestSidecarDynamicDNSClusters`.
pub(super) fn serves(port: &ServicePort) -> bool {
    port.protocol.is_http() || port.protocol == Protocol::Tls
}

/// `DnsCacheConfig`, which has to be the same wherever the cache is named.
pub(super) fn cache() -> Value {
    json!({"name": CACHE, "dns_lookup_family": "V4_ONLY"})
}

/// The HTTP filter before the router, where the proxy has a service for it. It leaves requests to other clusters alone.
/// Source: Istio `buildHTTPConnectionManager`.
pub(super) fn http_filter(mesh: &Mesh, proxy: &Proxy) -> Option<Value> {
    let services = proxy.services(mesh).into_values();
    let mut services = services.filter(|scoped| is_dynamic(scoped.service));
    let has_http = |service: &Service| service.ports.iter().any(|port| port.protocol.is_http());
    services.any(|scoped| has_http(scoped.service)).then(|| {
        let filter = "envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig";
        json!({
            "name": "envoy.filters.http.dynamic_forward_proxy",
            "typed_config": typed(filter, json!({"dns_cache_config": cache()})),
        })
    })
}

fn is_dynamic(service: &Service) -> bool {
    service.resolution == Resolution::DynamicDns
}

/// The network filter before the TCP proxy. Source: Istio `buildSNIDFPFilter`.
pub(super) fn network_filter(port: u16) -> Value {
    let filter = "envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig";
    json!({
        "name": "envoy.filters.network.sni_dynamic_forward_proxy",
        "typed_config": typed(filter, json!({"dns_cache_config": cache(), "port_value": port})),
    })
}

/// The destinations of connections whose names are to be looked up.
pub(super) struct Destinations(BTreeSet<(String, u16)>);

impl Destinations {
    /// The services that the proxy knows, with their ports.
    pub(super) fn new(mesh: &Mesh, proxy: &Proxy) -> Self {
        let services = proxy.services(mesh).into_values();
        let services = services.map(|scoped| scoped.service);
        let ports_of = |service: &Service| {
            let ports = service.ports.iter().filter(|port| serves(port));
            let names = ports.map(|port| (service.hostname.clone(), port.number));
            names.collect::<Vec<_>>()
        };
        Self(
            services
                .filter(|service| is_dynamic(service))
                .flat_map(ports_of)
                .collect(),
        )
    }

    /// The port where a rule sends connections whose name is to be looked up.
    fn port(&self, rule: &ConnectionRule) -> Option<u16> {
        let mut destinations = rule.split.destinations().iter();
        destinations.find_map(|destination| {
            let mut parts = destination.cluster.split('|').skip(1);
            let port = parts.next()?.parse().ok()?;
            let host = parts.nth(1)?.to_string();
            self.0.contains(&(host, port)).then_some(port)
        })
    }

    /// The same of all rules of a port, for a listener that serves no other.
    pub(super) fn port_of(&self, connections: Option<&PortConnections>) -> Option<u16> {
        all_rules(connections?).find_map(|(_, rule)| self.port(rule))
    }

    /// Chains of a sidecar for the names that are looked up: other names of a port do not have to wait for that.
    pub(super) fn chains(&self, table: &RouteTable) -> Vec<Chain> {
        let ports = table.connections.ports.iter();
        let of_port = |(port, connections): (&u16, &PortConnections)| {
            self.chains_of(*port, connections, table.route_configs.contains_key(port))
        };
        ports.flat_map(of_port).collect()
    }

    /// Those of a port, which may be shared with HTTP.
    fn chains_of(&self, port: u16, connections: &PortConnections, is_shared: bool) -> Vec<Chain> {
        let mut chains = Vec::new();
        let mut taken = BTreeSet::new();
        for (place, rule) in all_rules(connections) {
            // What has no address on a port with HTTP is read as HTTP.
            let looks_up = self.port(rule).filter(|_| place.is_some() || !is_shared);
            let server_names = new_names(place, rule, &mut taken);
            if looks_up.is_some() && !server_names.is_empty() {
                chains.push(chain(port, place, server_names, looks_up));
            }
        }
        if !is_shared {
            // Of the chains for an address, one has to take the other names.
            let places: BTreeSet<Subnet> = chains.iter().flat_map(|chain| chain.subnets.clone()).collect();
            let others = places
                .into_iter()
                .map(|place| chain(port, Some(place), Vec::new(), None));
            chains.extend(others);
        }
        chains
    }
}

fn chain(port: u16, place: Option<Subnet>, server_names: Vec<String>, looks_up: Option<u16>) -> Chain {
    Chain {
        port: Some(port),
        subnets: place.into_iter().collect(),
        server_names,
        decides: Decides::Connections,
        looks_up,
        ..Chain::default()
    }
}

/// The names of a rule that no rule before it has at that place: Envoy refuses two chains for the same connections.
fn new_names(
    place: Option<Subnet>,
    rule: &ConnectionRule,
    taken: &mut BTreeSet<(Option<Subnet>, String)>,
) -> Vec<String> {
    let names = rule.names.iter().filter(|name| *name != "*");
    let new = names.filter(|name| taken.insert((place, (*name).clone())));
    new.cloned().collect()
}

/// All rules of a port, at each place that they are for; `None` stands for all.
fn all_rules(connections: &PortConnections) -> impl Iterator<Item = (Option<Subnet>, &ConnectionRule)> {
    let own = connections.by_address.iter().flat_map(|(address, rules)| {
        let place = Some(Subnet::of_address(*address));
        rules.rules().iter().map(move |rule| (place, rule))
    });
    let others = connections.others.rules().iter();
    let others = others.flat_map(|rule| {
        let all = rule.subnets.is_empty().then_some(None);
        let places = all.into_iter().chain(rule.subnets.iter().copied().map(Some));
        places.map(move |place| (place, rule))
    });
    own.chain(others)
}
