//! Consistent hashing: what the route has to hash for the clusters of its destinations.
//! Source: Istio `HashForHTTPDestination`, `consistentHashToHashPolicy`.

use super::actions::duration_of;
use super::listener::Listener;
use crate::action::{ForwardAction, HashCookie, HashPolicy};
use crate::mesh::{Mesh, SelectedRules};
use crate::resources::destination_rule::ConsistentHashLB;

/// What is hashed for a destination, and whether its cluster hashes at all.
#[derive(Debug, Default)]
pub(super) struct Hashing {
    /// What the route hashes.
    pub(super) policy: Option<HashPolicy>,
    /// Whether the cluster picks endpoints by it.
    pub(super) cluster_hashes: bool,
}

impl ForwardAction {
    /// Hashes for its only destination.
    pub(super) fn hash_by(&mut self, hashing: Hashing) {
        self.split.set_hashes(hashing.cluster_hashes);
        self.hash_policies.extend(hashing.policy);
    }
}

/// Looks up the hashing of a destination. A policy for a port counts in the route where the destination
/// `names_port`, and in the cluster always.
pub(super) fn of_destination(
    mesh: &Mesh,
    listener: &Listener<'_>,
    host: &str,
    subset: &str,
    port: u16,
    names_port: bool,
) -> Hashing {
    let Some(service) = listener.known.by_name.get(host) else {
        return Hashing::default();
    };
    let rules = SelectedRules::new(mesh, host, &service.namespace, listener.proxy.client());
    let port = u32::from(port);
    Hashing {
        policy: rules
            .consistent_hash(subset, names_port.then_some(port))
            .and_then(policy),
        cluster_hashes: rules.consistent_hash(subset, Some(port)).is_some(),
    }
}

fn policy(hash: &ConsistentHashLB) -> Option<HashPolicy> {
    if let Some(name) = &hash.http_header_name {
        return Some(HashPolicy::Header(name.clone()));
    }
    if let Some(cookie) = &hash.http_cookie {
        return Some(HashPolicy::Cookie(HashCookie {
            name: cookie.name.clone(),
            path: cookie.path.clone(),
            ttl: cookie.ttl.map(duration_of),
            attributes: cookie
                .attributes
                .iter()
                .map(|attribute| (attribute.name.clone(), attribute.value.clone()))
                .collect(),
        }));
    }
    if let Some(name) = &hash.http_query_parameter_name {
        return Some(HashPolicy::QueryParameter(name.clone()));
    }
    (hash.use_source_ip == Some(true)).then_some(HashPolicy::SourceIp)
}
