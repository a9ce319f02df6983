//! The one policy that holds for a port of a host or of a subset.

use super::SelectedRules;
use crate::report::Subject;
use crate::resources::destination_rule::{PortTrafficPolicy, Subset, TrafficPolicy, TunnelSettings};

impl<'m> SelectedRules<'m> {
    /// The policy for a port: of the rules, or of a subset, which overrides them block by block. It has no settings
    /// for single ports any more. Source: Istio `GetPortLevelTrafficPolicy`, `MergeSubsetTrafficPolicy`.
    pub fn traffic_policy(&self, subset: Option<&Subset>, port: u16) -> TrafficPolicy {
        let mut merged = self
            .policy()
            .map(|policy| for_port(policy, port).0)
            .unwrap_or_default();
        merged.tunnel = self.tunnel(subset).cloned();
        let Some(own) = subset.and_then(|subset| subset.traffic_policy.as_ref()) else {
            return merged;
        };
        let (own, of_port) = for_port(own, port);
        replace(&mut merged.load_balancer, own.load_balancer, of_port);
        replace(&mut merged.connection_pool, own.connection_pool, of_port);
        replace(&mut merged.outlier_detection, own.outlier_detection, of_port);
        replace(&mut merged.tls, own.tls, of_port);
        replace(&mut merged.proxy_protocol, own.proxy_protocol, false);
        replace(&mut merged.retry_budget, own.retry_budget, false);
        merged
    }

    /// The tunnel for connections, whatever their port: a subset does not inherit it.
    /// Source: Istio `tunnelingconfig.Apply`.
    fn tunnel<'s>(&'s self, subset: Option<&'s Subset>) -> Option<&'s TunnelSettings> {
        let policy = match subset {
            Some(subset) => subset.traffic_policy.as_ref(),
            None => self.policy(),
        };
        policy?.tunnel.as_ref()
    }

    /// The policy of the first rule that has one.
    pub(super) fn policy(&self) -> Option<&'m TrafficPolicy> {
        self.rules()
            .iter()
            .find_map(|rule| rule.spec.traffic_policy.as_ref())
    }

    /// The rule to be named where something is wrong with the policy of a subset, or with that of the host.
    pub fn subject(&self, subset: Option<&Subset>) -> Option<&'m Subject> {
        let has_subset = |name: &str| {
            self.rules()
                .iter()
                .find(|rule| rule.spec.subsets.iter().any(|subset| subset.name == name))
        };
        let with_policy = || {
            self.rules()
                .iter()
                .find(|rule| rule.spec.traffic_policy.is_some())
        };
        let own = subset.filter(|subset| subset.traffic_policy.is_some());
        own.and_then(|subset| has_subset(&subset.name))
            .or_else(with_policy)
            .map(|rule| &rule.subject)
    }
}

/// A block of its own takes the place of the other; settings of a port do so even where they have none.
fn replace<T>(block: &mut Option<T>, own: Option<T>, always: bool) {
    if always || own.is_some() {
        *block = own;
    }
}

/// What a policy says of a port, and whether it does so by settings for that port. Those inherit nothing.
fn for_port(policy: &TrafficPolicy, port: u16) -> (TrafficPolicy, bool) {
    let is_for = |settings: &&PortTrafficPolicy| {
        let number = settings.port.as_ref().map(|port| port.number);
        number == Some(u32::from(port))
    };
    match policy.port_level_settings.iter().find(is_for) {
        Some(own) => (alone(own), true),
        None => {
            let mut policy = policy.clone();
            policy.port_level_settings.clear();
            (policy, false)
        }
    }
}

fn alone(settings: &PortTrafficPolicy) -> TrafficPolicy {
    TrafficPolicy {
        load_balancer: settings.load_balancer.clone(),
        connection_pool: settings.connection_pool.clone(),
        outlier_detection: settings.outlier_detection.clone(),
        tls: settings.tls.clone(),
        ..TrafficPolicy::default()
    }
}
