//! Connections to ports of services that carry no HTTP. Source: Istio `core/tls.go`,
//! `buildSidecarOutboundTLSFilterChainOpts` and `buildSidecarOutboundTCPFilterChainOpts`.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::{any, check, lower_case, rule, source, subnets};
use crate::action::Split;
use crate::compile::listener::{KnownServices, Listener};
use crate::compile::{Proxy, cluster_name};
use crate::mesh::names::{self, MESH};
use crate::mesh::{EgressListener, Mesh, Protocol, Service, SidecarScope, VirtualService, is_subset};
use crate::report::Report;
use crate::resources::Labels;
use crate::resources::virtual_service::{L4MatchAttributes, TCPRoute, TLSMatchAttributes};
use crate::table::{ConnectionRule, ConnectionRules, ConnectionTable, PortConnections, Subnet, UnknownPort};

/// Compiles all outbound ports that carry no HTTP. A port belongs to the first listener that serves it.
pub(in crate::compile) fn compile(
    mesh: &Mesh,
    proxy: &Proxy,
    seen: &SidecarScope<'_>,
    unknown: UnknownPort,
    report: &mut Report,
) -> ConnectionTable {
    let listeners = seen.listeners.iter();
    for virtual_service in listeners.flat_map(|listener| &listener.virtual_services) {
        check(virtual_service, report);
    }
    let all = mesh.registry.by_hostname(&proxy.namespace);
    let known = KnownServices::new(&all);
    let mut ports = BTreeMap::new();
    let opaque = seen.listeners.iter();
    for egress in opaque.filter(|egress| proxy.egress.is_none() && !egress.is_http_proxy) {
        for port in ports_of(egress) {
            let listener = Listener {
                proxy,
                port,
                gateway: MESH.into(),
                tls: false,
                services: &egress.services,
                known: &known,
            };
            let scope = Scope { egress, listener };
            ports.entry(port).or_insert_with(|| scope.port());
        }
    }
    ConnectionTable { ports, unknown }
}

fn is_opaque(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::Tcp | Protocol::Tls | Protocol::Https)
}

fn ports_of(egress: &EgressListener<'_>) -> BTreeSet<u16> {
    let ports = egress.services.values().flat_map(|service| &service.ports);
    ports
        .filter(|port| is_opaque(port.protocol))
        .map(|port| port.number)
        .filter(|port| egress.port.is_none_or(|only| *port == only))
        .collect()
}

/// One port of an outbound listener.
struct Scope<'m> {
    egress: &'m EgressListener<'m>,
    listener: Listener<'m>,
}

impl Scope<'_> {
    /// Services with addresses are told apart by those; others share the rest, the first by the alphabet before others.
    fn port(&self) -> PortConnections {
        let mut by_address: BTreeMap<IpAddr, ConnectionRules> = BTreeMap::new();
        let mut others = Vec::new();
        for service in self.egress.services.values() {
            let Some(port) = service.port(self.listener.port) else {
                continue;
            };
            if !is_opaque(port.protocol) {
                continue;
            }
            let ranges: Vec<Subnet> = ranges(service);
            // Who connects to the listener itself has chosen no other address.
            let redirected = self.egress.bind.is_none();
            let addresses = service.listening_addresses().into_iter().filter(|_| redirected);
            let addresses: Vec<IpAddr> = addresses.filter_map(|address| address.parse().ok()).collect();
            let shared = addresses.is_empty() || !ranges.is_empty();
            let rules = if port.protocol == Protocol::Tcp {
                self.tcp(service, &ranges)
            } else {
                self.tls(service, &ranges, shared)
            };
            for address in addresses {
                let own = || ConnectionRules::new(rules.clone());
                by_address.entry(address).or_insert_with(own);
            }
            if shared {
                others.extend(rules);
            }
        }
        PortConnections {
            by_address,
            others: ConnectionRules::new(others),
        }
    }

    fn virtual_services(&self, service: &Service) -> impl Iterator<Item = &VirtualService> {
        let hostname = service.hostname.clone();
        let all = self.egress.virtual_services.iter().copied();
        all.filter(move |virtual_service| {
            let mut hosts = virtual_service.hosts.iter();
            hosts.any(|host| names::overlap(host, &hostname))
        })
    }

    /// Whether a match block with these conditions on the client is for connections here.
    fn accepts(&self, asked: u32, gateways: &[String], labels: &Labels, namespace: &str) -> bool {
        let Listener { proxy, port, .. } = &self.listener;
        (asked == 0 || asked == u32::from(*port))
            && (gateways.is_empty() || gateways.iter().any(|gateway| gateway == MESH))
            && is_subset(labels, &proxy.labels)
            && (namespace.is_empty() || namespace == proxy.namespace)
    }

    /// By names, and by addresses. Of blocks with the same names and addresses the first one counts.
    fn tls(&self, service: &Service, ranges: &[Subnet], shared: bool) -> Vec<ConnectionRule> {
        let mut rules = Vec::new();
        for virtual_service in self.virtual_services(service) {
            for (index, route) in virtual_service.tls.iter().enumerate() {
                let accepts = |block: &TLSMatchAttributes| {
                    let (labels, namespace) = (&block.source_labels, &block.source_namespace);
                    self.accepts(block.port, &block.gateways, labels, namespace)
                };
                let blocks = route.matches.iter().enumerate();
                for (block, condition) in blocks.filter(|(_, block)| accepts(block)) {
                    let written = subnets(&condition.destination_subnets);
                    let subnets = if written.is_empty() {
                        ranges.to_vec()
                    } else {
                        written
                    };
                    let names = lower_case(&condition.sni_hosts);
                    let source = source(virtual_service, "tls", index, Some(block));
                    rules.extend(rule(&self.listener, source, subnets, names, &route.route));
                }
            }
        }
        if rules.is_empty() {
            // Without an address of its own, only its name tells the service from others.
            let names = if shared { names_of(service) } else { any() };
            rules.push(self.default_rule(service, ranges, names));
        }
        rules
    }

    /// The first rule that is for all addresses ends the list.
    fn tcp(&self, service: &Service, ranges: &[Subnet]) -> Vec<ConnectionRule> {
        let mut rules = Vec::new();
        for virtual_service in self.virtual_services(service) {
            for (index, route) in virtual_service.tcp.iter().enumerate() {
                let Some((block, written)) = self.addresses(route) else {
                    continue;
                };
                let is_last = written.is_empty();
                let subnets = if is_last { ranges.to_vec() } else { written };
                let source = source(virtual_service, "tcp", index, block);
                rules.extend(rule(&self.listener, source, subnets, any(), &route.route));
                if is_last {
                    return rules;
                }
            }
        }
        rules.push(self.default_rule(service, ranges, any()));
        rules
    }

    /// The block that decides and the addresses of a TCP rule, no addresses for all of them; `None` where it does not
    /// apply.
    fn addresses(&self, route: &TCPRoute) -> Option<(Option<usize>, Vec<Subnet>)> {
        if route.matches.is_empty() {
            return Some((None, Vec::new()));
        }
        let mut found = None;
        let accepts = |block: &L4MatchAttributes| {
            let (labels, namespace) = (&block.source_labels, &block.source_namespace);
            self.accepts(block.port, &block.gateways, labels, namespace)
        };
        let blocks = route.matches.iter().enumerate();
        for (block, condition) in blocks.filter(|(_, block)| accepts(block)) {
            if condition.destination_subnets.is_empty() {
                return Some((Some(block), Vec::new()));
            }
            let (_, written) = found.get_or_insert((Some(block), Vec::new()));
            written.extend(subnets(&condition.destination_subnets));
        }
        found.filter(|(_, written)| !written.is_empty())
    }

    /// The service itself, at its only port or at that of the listener.
    fn default_rule(&self, service: &Service, ranges: &[Subnet], names: Vec<String>) -> ConnectionRule {
        let port = match service.ports.as_slice() {
            [only] => only.number,
            _ => self.listener.port,
        };
        ConnectionRule {
            source: None,
            subnets: ranges.to_vec(),
            names,
            split: Split::to_cluster(cluster_name(port, "", &service.hostname)),
        }
    }
}

/// The addresses of a service that are ranges.
fn ranges(service: &Service) -> Vec<Subnet> {
    let addresses = service.addresses.iter().filter(|address| address.contains('/'));
    addresses.filter_map(|address| Subnet::parse(address)).collect()
}

fn names_of(service: &Service) -> Vec<String> {
    let aliases = service.aliases.iter().map(|alias| alias.hostname.clone());
    core::iter::once(service.hostname.clone())
        .chain(aliases)
        .collect()
}
