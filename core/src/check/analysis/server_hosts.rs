//! Which hosts the servers of a Gateway accept. Source: Istio `sanitizeServerHostNamespace`, `NamesForNamespace`.

use crate::resources::gateway::Server;

/// The hosts of a server that VirtualServices of `namespace` may use, without what says so.
pub(super) fn for_namespace<'b>(
    server: &'b Server,
    gateway_namespace: &str,
    namespace: &str,
) -> impl Iterator<Item = &'b str> {
    server.hosts.iter().filter_map(move |written| {
        let (owner, host) = written.split_once('/').unwrap_or(("*", written));
        let owner = if owner == "." { gateway_namespace } else { owner };
        (owner == "*" || owner == namespace).then_some(host)
    })
}
