//! Connections that are passed on as they are: `tls` and `tcp` rules. Port, address and the name that the client asks
//! for in TLS decide, once a connection.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::net::IpAddr;

use super::{HostIndex, Subnet, UnknownPort};
use crate::action::{Destination, Split};
use crate::compile::{BLACKHOLE_CLUSTER, PASSTHROUGH_CLUSTER};
use crate::diagnostic::ResourceRef;
use crate::entropy::Entropy;

/// A connection, before anything was sent on it but the beginning of TLS.
#[derive(Clone, Copy, Debug, Default)]
pub struct Connection<'a> {
    /// The port that the client has connected to.
    pub port: u16,
    /// The address, where it is known.
    pub address: Option<IpAddr>,
    /// The name that the client asks for in TLS, in lower case; empty without one.
    pub server_name: &'a [u8],
}

/// Everything one proxy needs to decide a connection.
#[derive(Clone, Debug, Default)]
pub struct ConnectionTable {
    /// By the port.
    pub ports: BTreeMap<u16, PortConnections>,
    /// For all connections that no rule takes.
    pub unknown: UnknownPort,
}

/// The rules of one port. Source: Istio `buildSidecarOutboundListener`, which listens on addresses of services.
#[derive(Clone, Debug, Default)]
pub struct PortConnections {
    /// By the address that is a service's own, or that a gateway's servers are bound to.
    pub by_address: BTreeMap<IpAddr, ConnectionRules>,
    /// For all other addresses.
    pub others: ConnectionRules,
}

impl PortConnections {
    /// The rules for connections to an address.
    pub fn rules_at(&self, address: Option<IpAddr>) -> &ConnectionRules {
        let own = address.and_then(|address| self.by_address.get(&address));
        own.unwrap_or(&self.others)
    }
}

/// One rule, or what becomes of a service without rules.
#[derive(Clone, Debug)]
pub struct ConnectionRule {
    /// Where it is written; `None` where nothing is.
    pub source: Option<ConnectionSource>,
    /// The addresses that it is for; empty for all.
    pub subnets: Vec<Subnet>,
    /// The names in TLS that it is for, in lower case; `*` for all, and for connections without.
    pub names: Vec<String>,
    /// Where they go.
    pub split: Split,
}

/// Where a rule for connections is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionSource {
    /// The VirtualService.
    pub resource: ResourceRef,
    /// `tls` or `tcp`.
    pub list: &'static str,
    /// Index into that list.
    pub rule: usize,
    /// Index into the rule's `match`; `None` where it has none.
    pub block: Option<usize>,
}

impl ConnectionSource {
    /// Field path of the match block: `spec.tls[0].match[1]`.
    pub fn path(&self) -> String {
        let Self { list, rule, .. } = self;
        match self.block {
            Some(block) => format!("spec.{list}[{rule}].match[{block}]"),
            None => format!("spec.{list}[{rule}]"),
        }
    }
}

/// Rules in order, with an index.
///
/// The narrowest range of addresses counts, and within it the most precise name; nothing is looked for in a wider range
/// then. Of equal rules the first one counts. Source: Envoy `FilterChainManagerImpl::findFilterChain`.
#[derive(Clone, Debug, Default)]
pub struct ConnectionRules {
    rules: Vec<ConnectionRule>,
    /// Narrow ranges first.
    ranges: Vec<Range>,
}

/// The rules for one range of addresses.
#[derive(Clone, Debug)]
struct Range {
    subnet: Option<Subnet>,
    /// Positions of the rules.
    rules: Vec<usize>,
    names: HostIndex,
}

impl ConnectionRules {
    /// Indexes `rules`.
    pub fn new(rules: Vec<ConnectionRule>) -> Self {
        let mut ranges: BTreeMap<Option<Subnet>, Vec<usize>> = BTreeMap::new();
        for (position, rule) in rules.iter().enumerate() {
            let all = rule.subnets.is_empty().then_some(None);
            for subnet in all.into_iter().chain(rule.subnets.iter().copied().map(Some)) {
                ranges.entry(subnet).or_default().push(position);
            }
        }
        let range = |(subnet, positions): (Option<Subnet>, Vec<usize>)| {
            let names = positions.iter().filter_map(|position| rules.get(*position));
            let names = HostIndex::new(names.map(|rule| rule.names.as_slice()));
            Range {
                subnet,
                rules: positions,
                names,
            }
        };
        let mut ranges: Vec<Range> = ranges.into_iter().map(range).collect();
        ranges.sort_by_key(|range| Reverse(range.subnet.map(|subnet| subnet.bits())));
        Self { rules, ranges }
    }

    /// All rules, in order.
    pub fn rules(&self) -> &[ConnectionRule] {
        &self.rules
    }

    /// The rules for one address, in order: those of the narrowest range that it is in.
    pub fn at(&self, address: IpAddr) -> impl Iterator<Item = &ConnectionRule> {
        let mut ranges = self.ranges.iter();
        let narrowest = ranges.find(|range| is_in(range.subnet, Some(address)));
        let positions = narrowest.into_iter().flat_map(|range| &range.rules);
        positions.filter_map(|position| self.rules.get(*position))
    }

    fn find(&self, connection: &Connection<'_>) -> Option<&ConnectionRule> {
        let range = self
            .ranges
            .iter()
            .find(|range| is_in(range.subnet, connection.address))?;
        let (position, _) = range.names.find(connection.server_name)?;
        self.rules.get(*range.rules.get(position)?)
    }

    /// The same without index: every range and every name of every rule is tried.
    fn find_linear(&self, connection: &Connection<'_>) -> Option<&ConnectionRule> {
        let narrowness = |rule: &ConnectionRule| {
            let subnets = rule.subnets.iter();
            let bits = subnets
                .filter(|subnet| is_in(Some(**subnet), connection.address))
                .map(|subnet| Some(subnet.bits()));
            let everywhere = rule.subnets.is_empty().then_some(None);
            bits.chain(everywhere).max()
        };
        let narrowest = self.rules.iter().filter_map(narrowness).max()?;
        let rules = self.rules.iter();
        let narrow = rules.filter(|rule| narrowness(rule) == Some(narrowest));
        let all = narrow.map(|rule| (rule.names.as_slice(), rule));
        super::reference::best(all, connection.server_name)
    }
}

fn is_in(subnet: Option<Subnet>, address: Option<IpAddr>) -> bool {
    match (subnet, address) {
        (None, _) => true,
        (Some(subnet), Some(address)) => subnet.contains(address),
        (Some(_), None) => false,
    }
}

/// What becomes of a connection.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionDecision<'t> {
    /// The rule.
    pub rule: Option<&'t ConnectionRule>,
    /// What happens.
    pub outcome: ConnectionOutcome<'t>,
}

/// What happens to a connection.
#[derive(Clone, Copy, Debug)]
pub enum ConnectionOutcome<'t> {
    /// To a cluster.
    Forward(&'t Destination),
    /// To the address that the client has chosen.
    Passthrough,
    /// Closed, by `REGISTRY_ONLY`.
    Blackhole,
    /// A gateway serves no such connection.
    NoListener,
}

impl<'t> ConnectionDecision<'t> {
    /// The cluster; what goes nowhere goes to one without endpoints.
    pub fn cluster(&self) -> &'t str {
        match self.outcome {
            ConnectionOutcome::Forward(destination) => &destination.cluster,
            ConnectionOutcome::Passthrough => PASSTHROUGH_CLUSTER,
            ConnectionOutcome::Blackhole | ConnectionOutcome::NoListener => BLACKHOLE_CLUSTER,
        }
    }
}

impl ConnectionTable {
    /// Whether a VirtualService has rules for any connection.
    pub fn has_rules(&self) -> bool {
        let ports = self.ports.values();
        let mut rules = ports.flat_map(|port| port.by_address.values().chain([&port.others]));
        rules.any(|rules| rules.rules().iter().any(|rule| rule.source.is_some()))
    }

    /// Decides one connection: the same for the same connection, draws and table.
    pub fn decide(&self, connection: &Connection<'_>, entropy: &mut Entropy) -> ConnectionDecision<'_> {
        let rules = self.rules_for(connection);
        self.carry_out(rules.and_then(|rules| rules.find(connection)), entropy)
    }

    /// The decision of the linear oracle, which uses no index for addresses and names.
    pub fn decide_linear(
        &self,
        connection: &Connection<'_>,
        entropy: &mut Entropy,
    ) -> ConnectionDecision<'_> {
        let rules = self.rules_for(connection);
        self.carry_out(rules.and_then(|rules| rules.find_linear(connection)), entropy)
    }

    fn rules_for(&self, connection: &Connection<'_>) -> Option<&ConnectionRules> {
        let port = self.ports.get(&connection.port)?;
        Some(port.rules_at(connection.address))
    }

    fn carry_out<'t>(
        &self,
        rule: Option<&'t ConnectionRule>,
        entropy: &mut Entropy,
    ) -> ConnectionDecision<'t> {
        let chosen = rule.and_then(|rule| rule.split.choose(entropy));
        let outcome = match (chosen, self.unknown) {
            (Some(destination), _) => ConnectionOutcome::Forward(destination),
            (None, UnknownPort::Passthrough) => ConnectionOutcome::Passthrough,
            (None, UnknownPort::Blackhole) => ConnectionOutcome::Blackhole,
            (None, UnknownPort::NoListener) => ConnectionOutcome::NoListener,
        };
        ConnectionDecision { rule, outcome }
    }
}
