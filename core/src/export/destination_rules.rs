//! Which DestinationRules a client applies to a service. Source: Istio `push_context.go destinationRule`,
//! `mergeDestinationRule`.

use alloc::vec::Vec;

use crate::compile::Proxy;
use crate::mesh::{DestinationRule, ExportTo, Mesh, Service, is_subset, names};
use crate::resources::destination_rule::Subset;

/// The rules of one service together: those of one host and one namespace, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Selected<'m> {
    rules: Vec<&'m DestinationRule>,
}

impl<'m> Selected<'m> {
    /// The first of these that has any: the client's namespace, the service's, the root namespace.
    pub(super) fn new(mesh: &'m Mesh, service: &Service, proxy: &Proxy) -> Self {
        let (client, root) = (proxy.namespace.as_str(), mesh.config.root_namespace.as_str());
        let own = |rule: &DestinationRule| {
            let private =
                matches!(&rule.export_to, ExportTo::Namespaces(list) if list.as_slice() == [client]);
            is_in(rule, client) && (client != root || private)
        };
        let exported =
            |rule: &DestinationRule, owner: &str| is_in(rule, owner) && rule.export_to.is_visible(client);
        let levels = [
            best(mesh, service, proxy, own),
            best(mesh, service, proxy, |rule| exported(rule, &service.namespace)),
            best(mesh, service, proxy, |rule| exported(rule, root)),
        ];
        let rules = levels.into_iter().find(|rules| !rules.is_empty());
        Self {
            rules: rules.unwrap_or_default(),
        }
    }

    /// The subsets of all of them; of several of one name the first.
    pub(super) fn subsets(&self) -> Vec<&'m Subset> {
        let mut subsets: Vec<&Subset> = Vec::new();
        for subset in self.rules.iter().flat_map(|rule| &rule.spec.subsets) {
            if subsets.iter().all(|known| known.name != subset.name) {
                subsets.push(subset);
            }
        }
        subsets
    }
}

fn is_in(rule: &DestinationRule, namespace: &str) -> bool {
    rule.subject.resource.namespace == namespace
}

/// Among the rules of one level: those of the host that suits best; one that selects the client by its
/// labels stands alone, before those for everyone.
fn best<'m>(
    mesh: &'m Mesh,
    service: &Service,
    proxy: &Proxy,
    level: impl Fn(&DestinationRule) -> bool,
) -> Vec<&'m DestinationRule> {
    let candidates = || {
        mesh.destination_rules.iter().filter(|rule| {
            level(rule) && names::contains(&rule.host, &service.hostname) && applies(rule, proxy)
        })
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
fn applies(rule: &DestinationRule, proxy: &Proxy) -> bool {
    let selector = rule.spec.workload_selector.as_ref();
    selector.is_none_or(|selector| is_subset(&selector.match_labels, &proxy.labels))
}
