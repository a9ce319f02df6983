//! Which DestinationRules a client applies to a service. Source: Istio `push_context.go destinationRule`,
//! `mergeDestinationRule`.

use alloc::vec::Vec;

use super::{DestinationRule, ExportTo, Labels, Mesh, is_subset, names};
use crate::resources::destination_rule::{ConsistentHashLB, LoadBalancerSettings, Subset};

/// Who asks for the rules of a service.
#[derive(Clone, Copy, Debug)]
pub struct Client<'c> {
    /// Its namespace.
    pub namespace: &'c str,
    /// Its labels.
    pub labels: &'c Labels,
}

/// The rules of one service together: those of one host and one namespace, oldest first.
#[derive(Clone, Debug, Default)]
pub struct SelectedRules<'m> {
    rules: Vec<&'m DestinationRule>,
}

impl<'m> SelectedRules<'m> {
    /// The rules for `host`, a service of `namespace`: the first of these that has any: the client's
    /// namespace, the service's, the root namespace.
    pub fn new(mesh: &'m Mesh, host: &str, namespace: &str, asking: Client<'_>) -> Self {
        let (client, root) = (asking.namespace, mesh.config.root_namespace.as_str());
        let own = |rule: &DestinationRule| {
            let private =
                matches!(&rule.export_to, ExportTo::Namespaces(list) if list.as_slice() == [client]);
            is_in(rule, client) && (client != root || private)
        };
        let exported =
            |rule: &DestinationRule, owner: &str| is_in(rule, owner) && rule.export_to.is_visible(client);
        let levels = [
            best(mesh, host, asking, own),
            best(mesh, host, asking, |rule| exported(rule, namespace)),
            best(mesh, host, asking, |rule| exported(rule, root)),
        ];
        let rules = levels.into_iter().find(|rules| !rules.is_empty());
        Self {
            rules: rules.unwrap_or_default(),
        }
    }

    /// The rules, oldest first.
    pub(super) fn rules(&self) -> &[&'m DestinationRule] {
        &self.rules
    }

    /// Whether they are for chosen workloads only.
    pub fn select_workloads(&self) -> bool {
        let mut rules = self.rules.iter();
        rules.any(|rule| rule.spec.workload_selector.is_some())
    }

    /// The subsets of all of them; of several of one name the first.
    pub fn subsets(&self) -> Vec<&'m Subset> {
        let mut subsets: Vec<&Subset> = Vec::new();
        for subset in self.rules.iter().flat_map(|rule| &rule.spec.subsets) {
            if subsets.iter().all(|known| known.name != subset.name) {
                subsets.push(subset);
            }
        }
        subsets
    }

    /// What keeps requests for a destination on one endpoint: the subset's policy for the port, the subset's,
    /// the host's for the port, the host's. `port` is the one that the destination names, if it does.
    /// Source: Istio `GetHashForHTTPDestination`.
    pub fn consistent_hash(&self, subset: &str, port: Option<u32>) -> Option<&'m ConsistentHashLB> {
        let policy = self.policy();
        let subset = self.subsets().into_iter().find(|known| known.name == subset);
        let policies = [subset.and_then(|subset| subset.traffic_policy.as_ref()), policy];
        policies.into_iter().flatten().find_map(|policy| {
            let of_port = policy.port_level_settings.iter().find(|setting| {
                let number = setting.port.as_ref().map(|port| port.number);
                port.is_some() && number == port
            });
            let of_port = of_port.and_then(|setting| hash_of(setting.load_balancer.as_ref()));
            of_port.or_else(|| hash_of(policy.load_balancer.as_ref()))
        })
    }
}

fn hash_of(settings: Option<&LoadBalancerSettings>) -> Option<&ConsistentHashLB> {
    settings?.consistent_hash.as_ref()
}

fn is_in(rule: &DestinationRule, namespace: &str) -> bool {
    rule.subject.resource.namespace == namespace
}

/// Among the rules of one level: those of the host that suits best; one that selects the client by its
/// labels stands alone, before those for everyone.
fn best<'m>(
    mesh: &'m Mesh,
    host: &str,
    asking: Client<'_>,
    level: impl Fn(&DestinationRule) -> bool,
) -> Vec<&'m DestinationRule> {
    let candidates = || {
        mesh.destination_rules
            .iter()
            .filter(|rule| level(rule) && names::contains(&rule.host, host) && applies(rule, asking))
    };
    let rank = |host: &str| (!names::is_wildcard(host), host.len());
    let Some(best) = candidates().map(|rule| rank(&rule.host)).max() else {
        return Vec::new();
    };
    let of_host = || candidates().filter(|rule| rank(&rule.host) == best);
    if let Some(selecting) = of_host().find(|rule| rule.spec.workload_selector.is_some()) {
        return Vec::from([selecting]);
    }
    let first = of_host().next().map(|rule| &rule.export_to);
    of_host().filter(|rule| Some(&rule.export_to) == first).collect()
}

/// Whether the rule is for this client.
fn applies(rule: &DestinationRule, asking: Client<'_>) -> bool {
    let selector = rule.spec.workload_selector.as_ref();
    selector.is_none_or(|selector| is_subset(&selector.match_labels, asking.labels))
}
