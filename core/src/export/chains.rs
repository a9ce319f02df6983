//! Filter chains: which connections of a listener are treated alike.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::{dynamic_dns, tls};
use crate::diagnostic::Diagnostic;
use crate::settings::Decides;
use crate::table::{ConnectionRule, ConnectionRules, PortConnections, RouteTable, Subnet};

/// Some of the connections of a listener.
#[derive(Default)]
pub(super) struct Chain {
    /// The port that clients have connected to; any where it is not said.
    pub(super) port: Option<u16>,
    /// The addresses, if only some are meant.
    pub(super) subnets: Vec<Subnet>,
    /// The names that clients ask for in TLS; empty where any will do.
    pub(super) server_names: Vec<String>,
    /// The protocols that clients may offer in TLS; empty where any will do.
    pub(super) application_protocols: &'static [&'static str],
    /// What ends TLS.
    pub(super) transport_socket: Option<Value>,
    /// Whether HTTP is read.
    pub(super) decides: Decides,
    /// The port where the hosts are whose names are looked up as clients ask for them.
    pub(super) looks_up: Option<u16>,
    /// Where all of it goes; `None` where the filter says so.
    pub(super) cluster: Option<String>,
}

/// Where a listener looks for the name that clients ask for in TLS. It costs servers that speak first a while.
#[derive(PartialEq)]
pub(super) enum Inspects {
    /// Nowhere.
    Nothing,
    /// On all connections.
    All,
    /// On those to some ports.
    Ports(Vec<u16>),
}

impl Chain {
    /// The chain with its network filters.
    pub(super) fn value(&self, filters: &[Value]) -> Value {
        let mut matched = Map::new();
        if let Some(port) = self.port {
            matched.insert("destination_port".into(), json!(port));
        }
        if !self.subnets.is_empty() {
            let ranges: Vec<Value> = self.subnets.iter().map(range).collect();
            matched.insert("prefix_ranges".into(), Value::Array(ranges));
        }
        if !self.server_names.is_empty() {
            matched.insert("server_names".into(), json!(self.server_names));
        }
        if !self.application_protocols.is_empty() {
            matched.insert("application_protocols".into(), json!(self.application_protocols));
        }
        let (end, before) = match filters.split_last() {
            Some((end, before)) => (Some(end.clone()), before),
            None => (None, filters),
        };
        let lookup = self.looks_up.map(dynamic_dns::network_filter);
        let filters = before.iter().cloned().chain(lookup).chain(end);
        let mut chain = Map::new();
        chain.insert("filters".into(), filters.collect());
        if !matched.is_empty() {
            chain.insert("filter_chain_match".into(), Value::Object(matched));
        }
        if let Some(socket) = &self.transport_socket {
            chain.insert("transport_socket".into(), socket.clone());
        }
        Value::Object(chain)
    }
}

fn range(subnet: &Subnet) -> Value {
    json!({"address_prefix": subnet.address(), "prefix_len": subnet.bits()})
}

impl Inspects {
    /// The listener filter.
    pub(super) fn filter(&self) -> Option<Value> {
        let mut filter = tls::inspector();
        if let (Self::Ports(ports), Some(fields)) = (self, filter.as_object_mut()) {
            let port =
                |port: &u16| json!({"destination_port_range": {"start": port, "end": u32::from(*port) + 1}});
            let ports: Vec<Value> = ports.iter().map(port).collect();
            // Envoy wants two of them at least.
            let meant = match ports.as_slice() {
                [only] => only.clone(),
                _ => json!({"or_match": {"rules": ports}}),
            };
            fields.insert("filter_disabled".into(), json!({"not_match": meant}));
        }
        (*self != Self::Nothing).then_some(filter)
    }
}

/// The chains of a sidecar for ports that carry no HTTP. Where a port carries both, addresses tell them apart.
pub(super) fn of_sidecar(table: &RouteTable, diagnostics: &mut Vec<Diagnostic>) -> Vec<Chain> {
    let mut chains = Vec::new();
    for (port, connections) in &table.connections.ports {
        let mut subnets = Vec::new();
        if table.route_configs.contains_key(port) {
            let own = connections.by_address.keys().copied().map(Subnet::of_address);
            let shared = connections.others.rules().iter();
            subnets.extend(own.chain(shared.clone().flat_map(|rule| rule.subnets.iter().copied())));
            if shared.clone().any(|rule| rule.subnets.is_empty()) {
                diagnostics.push(taken_as_http(*port));
            }
            if subnets.is_empty() {
                continue;
            }
            subnets.sort_unstable();
            subnets.dedup();
        }
        chains.push(Chain {
            port: Some(*port),
            subnets,
            decides: Decides::Connections,
            ..Chain::default()
        });
    }
    chains
}

fn taken_as_http(port: u16) -> Diagnostic {
    let message = format!(
        "port {port} carries HTTP for one service and none for another that has no address: all is read as HTTP"
    );
    Diagnostic::warning("port-conflict", message)
        .help("give one of the services addresses or a port of its own")
}

/// The chain of a listener for one port of a sidecar; `None` where the port has no rules.
pub(super) fn of_port(table: &RouteTable, port: u16) -> Option<Chain> {
    let requests = table.route_configs.contains_key(&port);
    let connections = table.connections.ports.contains_key(&port);
    (requests || connections).then(|| Chain {
        decides: if requests {
            Decides::Requests
        } else {
            Decides::Connections
        },
        ..Chain::default()
    })
}

/// Whether that listener has to know the names that clients ask for.
pub(super) fn inspected_on(table: &RouteTable, chain: &Chain, port: u16) -> Inspects {
    let connections = table.connections.ports.get(&port);
    let named = connections.filter(|_| chain.decides == Decides::Connections);
    if named.is_some_and(has_names) {
        Inspects::All
    } else {
        Inspects::Nothing
    }
}

/// Where a sidecar has to know the names that clients ask for.
pub(super) fn inspected(table: &RouteTable) -> Inspects {
    let ports = table.connections.ports.iter();
    let named = ports.filter(|(_, connections)| has_names(connections));
    let ports: Vec<u16> = named.map(|(port, _)| *port).collect();
    if ports.is_empty() {
        Inspects::Nothing
    } else {
        Inspects::Ports(ports)
    }
}

fn has_names(connections: &PortConnections) -> bool {
    let own = connections.by_address.values().flat_map(ConnectionRules::rules);
    let is_named = |rule: &ConnectionRule| rule.names.iter().any(|name| name != "*");
    own.chain(connections.others.rules()).any(is_named)
}
