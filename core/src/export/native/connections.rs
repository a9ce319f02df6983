//! `tls` and `tcp` rules as filter chains: Envoy chooses among chains by address and name as a rule says, and its TCP
//! proxy draws the destination.

use alloc::collections::BTreeSet;
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
    let opaque = opaque.filter(|chain| chain.decides == Decides::Connections);
    let ported = opaque.filter_map(|chain| {
        let port = chain.port.or(match listener.port {
            PortSource::Fixed(port) => Some(port),
            PortSource::Authority | PortSource::Destination => None,
        })?;
        Some((chain, table.connections.ports.get(&port)?))
    });
    ported
        .flat_map(|(chain, connections)| of_port(mesh, chain, connections))
        .collect()
}

fn of_port<'c>(mesh: &'c Mesh, chain: &'c Chain, connections: &'c PortConnections) -> Vec<Value> {
    let mut written = Written {
        mesh,
        chain,
        taken: BTreeSet::new(),
        chains: Vec::new(),
    };
    for (address, rules) in &connections.by_address {
        for rule in rules.at(*address) {
            written.add(rule, Some(Subnet::of_address(*address)));
        }
    }
    for rule in connections.others.rules() {
        let ranges = match rule.subnets.as_slice() {
            [] => chain.subnets.as_slice(),
            own => own,
        };
        match ranges {
            [] => written.add(rule, None),
            ranges => ranges.iter().for_each(|range| written.add(rule, Some(*range))),
        }
    }
    written.chains
}

/// Envoy refuses two chains for the same connections; the first rule counts.
struct Written<'c> {
    mesh: &'c Mesh,
    chain: &'c Chain,
    taken: BTreeSet<(Option<Subnet>, &'c str)>,
    chains: Vec<Value>,
}

impl<'c> Written<'c> {
    fn add(&mut self, rule: &'c ConnectionRule, range: Option<Subnet>) {
        let names = rule.names.iter().map(AsRef::<str>::as_ref);
        let free: Vec<&str> = names.filter(|name| self.taken.insert((range, name))).collect();
        let (any, named): (Vec<&str>, Vec<&str>) = free.into_iter().partition(|name| *name == "*");
        for names in [any, named].into_iter().filter(|names| !names.is_empty()) {
            let names = names.into_iter().filter(|name| *name != "*");
            let chain = Chain {
                port: self.chain.port,
                subnets: range.into_iter().collect(),
                server_names: names.map(Into::into).collect(),
                ..Chain::default()
            };
            self.chains.push(chain.value(&[proxy(self.mesh, &rule.split)]));
        }
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
