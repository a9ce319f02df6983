//! Putting virtual hosts together so that no name and no domain occurs twice.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use super::domains::Domain;
use crate::action::{Action, DirectResponse, ForwardAction, HeaderMutations, Retries};
use crate::compile::{BLOCK_ALL, PASSTHROUGH_CLUSTER};
use crate::table::{Route, RouteConfig, RouteList, RouteMatcher, UnknownPort, VirtualHost};

/// Virtual hosts of one port. Whoever comes first keeps a name or a domain.
pub(super) struct VirtualHosts {
    port: u16,
    hosts: Vec<VirtualHost>,
    names: BTreeSet<String>,
    domains: BTreeSet<String>,
    /// Full names of all services of the port, which short names of others do not displace.
    full_names: BTreeSet<String>,
}

impl VirtualHosts {
    pub(super) fn new(port: u16, full_names: BTreeSet<String>) -> Self {
        Self {
            port,
            hosts: Vec::new(),
            names: BTreeSet::new(),
            domains: BTreeSet::new(),
            full_names,
        }
    }

    /// Adds the virtual host of `host` unless its name, or all its domains, are taken.
    /// Source: Istio `BuildSidecarOutboundVirtualHosts`, `dedupeDomainsWithKnownFQDN`.
    pub(super) fn add(&mut self, host: &str, domains: Vec<Domain>, routes: &Arc<RouteList>) {
        let name = format!("{host}:{}", self.port);
        if !self.names.insert(name.clone()) {
            return;
        }
        let free: Vec<String> = domains
            .into_iter()
            .filter(|domain| !domain.short || !self.full_names.contains(&domain.name))
            .map(|domain| domain.name.to_ascii_lowercase())
            .filter(|name| self.domains.insert(name.clone()))
            .collect();
        if !free.is_empty() {
            self.hosts.push(VirtualHost {
                name,
                domains: free,
                routes: routes.clone(),
                require_tls: false,
            });
        }
    }

    /// All of them, sorted by name, with the answer for unknown hosts at the end.
    pub(super) fn finish(mut self, unknown: UnknownPort) -> Vec<VirtualHost> {
        self.hosts.sort_by(|a, b| a.name.cmp(&b.name));
        self.hosts.push(catch_all(unknown));
        self.hosts
    }
}

/// The virtual host of unknown hosts. Source: Istio `outboundTrafficPolicy`.
fn catch_all(unknown: UnknownPort) -> VirtualHost {
    let (name, action) = match unknown {
        UnknownPort::Passthrough => (
            "allow_any",
            Action::Forward(ForwardAction::to_cluster(
                PASSTHROUGH_CLUSTER.into(),
                Retries::Disabled,
            )),
        ),
        UnknownPort::Blackhole | UnknownPort::NoListener => (
            BLOCK_ALL,
            Action::Respond(DirectResponse {
                status: 502,
                body: Vec::new(),
                response_headers: HeaderMutations::default(),
            }),
        ),
    };
    VirtualHost {
        name: name.into(),
        domains: vec!["*".into()],
        routes: single(name, action),
        require_tls: false,
    }
}

/// The routes of a port whose rules Envoy would refuse, where there are no older ones to keep.
pub(super) fn refused(name: String) -> RouteConfig {
    let host = VirtualHost {
        name: "refused".into(),
        domains: vec!["*".into()],
        routes: single("refused", refusal()),
        require_tls: false,
    };
    RouteConfig::new(name, vec![host])
}

/// What is answered where there is no route that Envoy would take.
fn refusal() -> Action {
    Action::Respond(DirectResponse {
        status: 503,
        body: Vec::new(),
        response_headers: HeaderMutations::default(),
    })
}

/// A list of one route that takes everything.
pub(super) fn single(name: &str, action: Action) -> Arc<RouteList> {
    let route = Route {
        name: name.into(),
        source: None,
        matcher: RouteMatcher::any(),
        action: Arc::new(action),
        refused: false,
    };
    // One prefix always makes an index.
    Arc::new(RouteList::new(vec![route]).unwrap_or_default())
}
