//! Near endpoints before far ones. Source: Istio `core/loadbalancer/loadbalancer.go`.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::Fields;
use crate::export::endpoints::Host;
use crate::mesh::{Endpoint, Labels, Locality};
use crate::resources::destination_rule::{Distribute, Failover, LocalityLoadBalancerSetting};

/// Priorities by place are this many; those by labels come before them.
const PRIORITIES_BY_PLACE: u32 = 5;
/// The priority of another region that is no substitute.
const NO_SUBSTITUTE: u32 = 4;

/// The hosts of one place and one priority.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::export) struct Group {
    locality: Locality,
    priority: u32,
    /// Its share of the traffic, where shares of places are asked for.
    weight: u32,
    hosts: Vec<Host>,
}

impl Group {
    fn new(locality: &Locality, priority: u32, hosts: Vec<Host>) -> Self {
        let weight = hosts.iter().map(Host::weight).fold(0, u32::saturating_add);
        Self {
            locality: locality.clone(),
            priority,
            weight,
            hosts,
        }
    }

    /// A single host that is nowhere else.
    pub(super) fn only(host: Host) -> Self {
        Self::new(&Locality::default(), 0, Vec::from([host]))
    }

    /// `LocalityLbEndpoints`.
    pub(in crate::export) fn to_value(&self) -> Value {
        let hosts: Vec<Value> = self.hosts.iter().map(Host::to_value).collect();
        let mut fields = Fields::new();
        fields.insert("lb_endpoints".into(), json!(hosts));
        fields.insert("load_balancing_weight".into(), json!(self.weight));
        if !self.locality.is_unknown() {
            fields.insert("locality".into(), self.place());
        }
        if self.priority > 0 {
            fields.insert("priority".into(), json!(self.priority));
        }
        Value::Object(fields)
    }

    fn place(&self) -> Value {
        let Locality {
            region,
            zone,
            sub_zone,
        } = &self.locality;
        json!({"region": region, "zone": zone, "sub_zone": sub_zone})
    }
}

/// Which places a client prefers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Preference<'p> {
    /// What the rule says, or the mesh; nothing where it is off.
    pub(super) setting: Option<&'p LocalityLoadBalancerSetting>,
    /// Whether endpoints are ever found to be down.
    pub(super) fails_over: bool,
    /// Where the client is.
    pub(super) locality: &'p Locality,
    /// The client's labels.
    pub(super) labels: &'p Labels,
}

impl<'p> Preference<'p> {
    /// The same, by places only.
    pub(super) fn without_labels(self) -> Self {
        const NONE: &Labels = &Labels::new();
        Self { labels: NONE, ..self }
    }

    /// The hosts by place, in the order of their names, with priorities and shares.
    pub(super) fn groups(&self, hosts: Vec<(Host, &Endpoint)>) -> Vec<Group> {
        let mut places: BTreeMap<&Locality, BTreeMap<u32, Vec<Host>>> = BTreeMap::new();
        for (host, endpoint) in hosts {
            let priority = self.priority(&endpoint.labels);
            let place = places.entry(&endpoint.locality).or_default();
            place.entry(priority).or_default().push(host);
        }
        let of_place = |(locality, hosts): (&Locality, BTreeMap<u32, Vec<Host>>)| {
            let group = |(priority, hosts)| Group::new(locality, priority, hosts);
            hosts.into_iter().map(group).collect::<Vec<Group>>()
        };
        let mut groups: Vec<Group> = places.into_iter().flat_map(of_place).collect();
        close_gaps(&mut groups);
        self.apply(&mut groups);
        groups
    }

    fn apply(&self, groups: &mut Vec<Group>) {
        let Some(setting) = self.setting else { return };
        if !setting.distribute.is_empty() {
            let from = |shares: &&Distribute| self.locality.matches(&shares.from);
            if let Some(shares) = setting.distribute.iter().find(from) {
                distribute(groups, shares);
            }
        } else if self.fails_over && (setting.failover_priority.is_empty() || !setting.failover.is_empty()) {
            self.fail_over(groups, &setting.failover);
        }
    }

    /// By `failoverPriority`: the further on in the list the first label is that differs, the better.
    fn priority(&self, labels: &Labels) -> u32 {
        let by_labels = |setting: &&LocalityLoadBalancerSetting| {
            self.fails_over && setting.distribute.is_empty() && !self.labels.is_empty()
        };
        let Some(setting) = self.setting.filter(by_labels) else {
            return 0;
        };
        let differs = |label: &&String| {
            let (name, wanted) = match label.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (
                    label.as_str(),
                    self.labels.get(label.as_str()).map(|own| own.as_str()),
                ),
            };
            wanted.unwrap_or_default() != labels.get(name).map_or("", |value| value.as_str())
        };
        let labels = &setting.failover_priority;
        let first = labels.iter().position(|label| differs(&label));
        first.map_or(0, |first| u32::try_from(labels.len() - first).unwrap_or(u32::MAX))
    }

    /// Nearer places first, and among other regions the one that is named.
    fn fail_over(&self, groups: &mut [Group], failover: &[Failover]) {
        let substitute = failover.iter().find(|rule| rule.from == self.locality.region);
        for group in &mut *groups {
            let mut distance = self.locality.distance(&group.locality);
            if distance == 3 && substitute.is_some_and(|rule| rule.to != group.locality.region) {
                distance = NO_SUBSTITUTE;
            }
            group.priority = group.priority * PRIORITIES_BY_PLACE + distance;
        }
        close_gaps(groups);
    }
}

/// Envoy wants priorities without gaps.
fn close_gaps(groups: &mut [Group]) {
    let mut used: Vec<u32> = groups.iter().map(|group| group.priority).collect();
    used.sort_unstable();
    used.dedup();
    for group in groups {
        let rank = used.iter().take_while(|used| **used < group.priority).count();
        group.priority = u32::try_from(rank).unwrap_or(u32::MAX);
    }
}

/// Gives places their shares; those without one get nothing. Source: Istio `applyLocalityWeights`.
fn distribute(groups: &mut Vec<Group>, shares: &Distribute) {
    let mut named = Vec::new();
    for (pattern, share) in &shares.to {
        let (mut places, others) = core::mem::take(groups)
            .into_iter()
            .partition::<Vec<Group>, _>(|group| group.locality.matches(pattern));
        *groups = others;
        let total: u64 = places.iter().map(|group| u64::from(group.weight)).sum();
        for group in places.iter_mut().filter(|_| *share > 0 && total > 0) {
            let own = (u64::from(group.weight) * u64::from(*share)).div_ceil(total);
            group.weight = u32::try_from(own).unwrap_or(u32::MAX);
        }
        named.extend(places);
    }
    named.sort_by(|one, other| one.locality.cmp(&other.locality));
    *groups = named;
}
