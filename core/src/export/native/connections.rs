//! `tls` and `tcp` rules as filter chains: Envoy chooses among chains by address and name as a rule says, and its TCP
//! proxy draws the destination.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::said;
use crate::action::{Destination, Split};
use crate::export::Routing;
use crate::export::chains::Chain;
use crate::export::connection::tcp_proxy;
use crate::export::listeners::Listener;
use crate::mesh::Mesh;
use crate::settings::{Decides, PortSource};
use crate::table::{ConnectionRule, PortConnections, RouteTable, Subnet};

/// The chains of a listener for connections that are passed on as they are.
pub(super) fn chains(mesh: &Mesh, listener: &Listener<'_>, table: &RouteTable) -> Vec<Value> {
    let opaque = listener.chains.iter();
    let opaque = opaque.filter(|chain| chain.decides == Decides::Connections && chain.cluster.is_none());
    let opaque: Vec<&Chain> = opaque.collect();
    let ports = match listener.port {
        PortSource::Fixed(port) if !opaque.is_empty() => BTreeSet::from([port]),
        PortSource::Destination => opaque.iter().filter_map(|chain| chain.port).collect(),
        PortSource::Fixed(_) | PortSource::Authority => BTreeSet::new(),
    };
    let of_port = |port: u16| {
        let connections = table.connections.ports.get(&port)?;
        let mut written = Written::new(mesh, &opaque);
        match listener.port {
            PortSource::Destination => written.add_redirected(port, connections),
            _ => written.add_own(connections.rules_at(listener.own_ip()).rules()),
        }
        Some(written.chains)
    };
    ports.into_iter().filter_map(of_port).flatten().collect()
}

/// Envoy refuses two chains for the same connections; the first rule counts.
struct Written<'c> {
    mesh: &'c Mesh,
    /// The chains of the filter in whose place they are.
    opaque: &'c [&'c Chain],
    taken: BTreeSet<(Option<Subnet>, &'c str)>,
    chains: Vec<Value>,
}

impl<'c> Written<'c> {
    fn new(mesh: &'c Mesh, opaque: &'c [&'c Chain]) -> Self {
        Self {
            mesh,
            opaque,
            taken: BTreeSet::new(),
            chains: Vec::new(),
        }
    }

    /// The rules of a listener that has a port of its own.
    fn add_own(&mut self, rules: &'c [ConnectionRule]) {
        for rule in rules {
            self.add_at(None, rule, &rule.subnets);
        }
    }

    /// The rules of one port of a listener for all ports.
    fn add_redirected(&mut self, port: u16, connections: &'c PortConnections) {
        for (address, rules) in &connections.by_address {
            for rule in rules.at(*address) {
                self.add(Some(port), rule, Some(Subnet::of_address(*address)));
            }
        }
        let mut of_port = self.opaque.iter().filter(|chain| chain.port == Some(port));
        // Where a port carries HTTP too, addresses tell connections apart.
        let shared: Vec<Subnet> = match of_port.clone().any(|chain| chain.subnets.is_empty()) {
            true => Vec::new(),
            false => of_port
                .by_ref()
                .flat_map(|chain| chain.subnets.iter().copied())
                .collect(),
        };
        for rule in connections.others.rules() {
            let ranges = if rule.subnets.is_empty() {
                &shared
            } else {
                &rule.subnets
            };
            self.add_at(Some(port), rule, ranges);
        }
    }

    fn add_at(&mut self, port: Option<u16>, rule: &'c ConnectionRule, ranges: &[Subnet]) {
        if ranges.is_empty() {
            self.add(port, rule, None);
        }
        for range in ranges {
            self.add(port, rule, Some(*range));
        }
    }

    fn add(&mut self, port: Option<u16>, rule: &'c ConnectionRule, range: Option<Subnet>) {
        let names = rule.names.iter().map(AsRef::<str>::as_ref);
        let free: Vec<&str> = names.filter(|name| self.taken.insert((range, name))).collect();
        let (any, named): (Vec<&str>, Vec<&str>) = free.into_iter().partition(|name| *name == "*");
        for names in [any, named].into_iter().filter(|names| !names.is_empty()) {
            let names = names.into_iter().filter(|name| *name != "*");
            let names: Vec<String> = names.map(Into::into).collect();
            let chain = Chain {
                port,
                subnets: range.into_iter().collect(),
                looks_up: self.looks_up(&names),
                server_names: names,
                ..Chain::default()
            };
            self.chains.push(chain.value(&[proxy(self.mesh, &rule.split)]));
        }
    }

    /// The port where the hosts are that clients ask for, if they are looked up.
    fn looks_up(&self, names: &[String]) -> Option<u16> {
        let mut chains = self.opaque.iter();
        chains.find_map(|chain| {
            let is_meant =
                chain.server_names.is_empty() || names.iter().any(|name| chain.server_names.contains(name));
            chain.looks_up.filter(|_| is_meant)
        })
    }
}

fn proxy(mesh: &Mesh, split: &Split) -> Value {
    let destinations = split.destinations();
    let (cluster, weighted) = match destinations {
        [only] => (Some(&only.cluster), None),
        several => {
            let weighted = |destination: &Destination| json!({"name": destination.cluster, "weight": destination.weight});
            let clusters: Vec<Value> = several.iter().map(weighted).collect();
            (None, Some(json!({"clusters": clusters})))
        }
    };
    let named = destinations.first().map(|first| &first.cluster);
    let settings = json!({"stat_prefix": named, "cluster": cluster, "weighted_clusters": weighted});
    tcp_proxy(mesh, Routing::Native, said(settings))
}
