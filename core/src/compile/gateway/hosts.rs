//! Virtual hosts of a gateway's port: routes of several VirtualServices on one host are joined, oldest first.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::servers::GatewayServer;
use crate::compile::listener::Listener;
use crate::compile::rules;
use crate::mesh::{Mesh, VirtualService, names};
use crate::report::{Field, Report};
use crate::table::{Route, RouteList, VirtualHost};

/// The hosts of one port.
#[derive(Default)]
pub(super) struct JoinedHosts {
    hosts: BTreeMap<String, JoinedHost>,
    /// The routes of a VirtualService at a Gateway are made once: what depends on the port follows the first of
    /// its servers.
    made: BTreeMap<(String, String), Vec<Route>>,
}

#[derive(Default)]
struct JoinedHost {
    /// The server port, which is part of the name.
    port: u16,
    routes: Vec<Route>,
    require_tls: bool,
}

/// What makes two hosts one: the same rules, and the same answer to plain requests.
type Identity = (Vec<(usize, Option<usize>)>, bool);

impl JoinedHost {
    fn identity(&self) -> Identity {
        let block = |route: &Route| route.source.as_ref().and_then(|source| source.block);
        let routes = self.routes.iter();
        let routes = routes.map(|route| (Arc::as_ptr(&route.action).addr(), block(route)));
        (routes.collect(), self.require_tls)
    }
}

impl JoinedHosts {
    /// Adds the rules of every VirtualService that is bound to the server's Gateway and has a host of it.
    pub(super) fn add_server(
        &mut self,
        mesh: &Mesh,
        listener: &Listener<'_>,
        bound: &GatewayServer<'_>,
        report: &mut Report,
    ) {
        let https_redirect = bound.server.tls.as_ref().is_some_and(|tls| tls.https_redirect);
        for virtual_service in mesh.virtual_services_for(&listener.gateway, &listener.proxy.namespace) {
            let hosts = server_hosts(bound, virtual_service);
            if hosts.is_empty() {
                continue;
            }
            let key = (
                listener.gateway.clone(),
                virtual_service.subject.resource.to_string(),
            );
            let made = self.made.entry(key);
            let routes = made
                .or_insert_with(|| rules::routes(mesh, virtual_service, listener, report))
                .clone();
            if routes.is_empty() {
                continue;
            }
            for host in hosts {
                let joined = self.host(host, bound.number);
                joined.routes.extend(routes.iter().cloned());
                joined.require_tls |= https_redirect;
            }
        }
        if https_redirect {
            // Also hosts that no VirtualService serves are redirected, under the name as it is written.
            for host in bound.hosts() {
                let host = host.to_ascii_lowercase();
                self.host(host, bound.number).require_tls = true;
            }
        }
    }

    fn host(&mut self, host: String, port: u16) -> &mut JoinedHost {
        let joined = self.hosts.entry(host).or_default();
        if joined.port == 0 {
            joined.port = port;
        }
        joined
    }

    /// The virtual hosts of the port, by name.
    /// Source: Istio `SortVHostRoutes`, `collapseDuplicateRoutes`, `SortVirtualHosts`.
    pub(super) fn finish(
        self,
        port: u16,
        report: &mut Report,
        servers: &[GatewayServer<'_>],
    ) -> Vec<VirtualHost> {
        if self.hosts.is_empty() {
            return vec![VirtualHost {
                name: format!("blackhole:{port}"),
                domains: vec!["*".into()],
                routes: Arc::new(RouteList::default()),
                require_tls: false,
            }];
        }
        let mut virtual_hosts: Vec<VirtualHost> = Vec::with_capacity(self.hosts.len());
        let mut known: BTreeMap<Identity, usize> = BTreeMap::new();
        for (host, mut joined) in most_specific_first(self.hosts) {
            let position = *known.entry(joined.identity()).or_insert(virtual_hosts.len());
            if let Some(same) = virtual_hosts.get_mut(position) {
                same.domains.push(host);
                continue;
            }
            // Routes that take everything go last, so that they do not hide those of younger resources.
            joined.routes.sort_by_key(|route| route.matcher.is_catch_all());
            virtual_hosts.push(VirtualHost {
                name: format!("{host}:{}", joined.port),
                domains: vec![host],
                routes: Arc::new(index(joined.routes, servers, report)),
                require_tls: joined.require_tls,
            });
        }
        virtual_hosts.sort_by(|a, b| a.name.cmp(&b.name));
        virtual_hosts
    }
}

/// Full names before wildcards, longer before shorter, then by the alphabet. Source: Istio `MoreSpecific`.
fn most_specific_first(hosts: BTreeMap<String, JoinedHost>) -> Vec<(String, JoinedHost)> {
    let mut hosts: Vec<(String, JoinedHost)> = hosts.into_iter().collect();
    hosts.sort_by_key(|(host, _)| (names::is_wildcard(host), Reverse(host.len())));
    hosts
}

fn index(routes: Vec<Route>, servers: &[GatewayServer<'_>], report: &mut Report) -> RouteList {
    RouteList::new(routes).unwrap_or_else(|error| {
        if let Some(bound) = servers.first() {
            let message = format!("the regexes of all paths of one of its hosts together: {error}");
            let help = "use fewer or simpler regexes";
            report.error(
                &bound.gateway.subject,
                &Field::SPEC.name("servers"),
                "regexes-too-large",
                message,
                help,
            );
        }
        RouteList::default()
    })
}

/// The hosts that both the server and the VirtualService have, the narrower of each pair; their case counts.
/// Source: Istio `NamesForNamespace`, `Names.Intersection`.
pub(crate) fn server_hosts(bound: &GatewayServer<'_>, virtual_service: &VirtualService) -> Vec<String> {
    let gateway_namespace = bound.gateway.subject.resource.namespace.as_str();
    let mut found: Vec<String> = Vec::new();
    for written in &bound.server.hosts {
        let (owner, host) = written.split_once('/').unwrap_or(("*", written));
        let owner = if owner == "." { gateway_namespace } else { owner };
        if owner != "*" && owner != virtual_service.namespace() {
            continue;
        }
        let hosts = virtual_service.written_hosts.iter();
        for host in hosts.filter_map(|other| names::intersection(host, other)) {
            let host = host.to_ascii_lowercase();
            if !found.contains(&host) {
                found.push(host);
            }
        }
    }
    found
}
