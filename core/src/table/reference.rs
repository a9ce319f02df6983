//! The linear oracle: what the table means, without any index. Tests hold the table against it.

use alloc::string::String;
use alloc::vec::Vec;

use super::{OwnRoutes, Route, RouteConfig, RouteTable, ServerRoutes, VirtualHost};
use crate::request::Request;

impl RouteTable {
    /// The virtual host and the route of a request, found by trying every domain and every route in turn.
    pub fn find_linear(&self, request: &Request<'_>) -> (Option<&VirtualHost>, Option<&Route>) {
        let host = request.host();
        let config = match self.by_server.get(&request.port) {
            Some(servers) => servers.find_linear(request.address, &request.server_name()),
            None => self.route_config(request.port, request.address),
        };
        let virtual_host = config.and_then(|config| config.virtual_host_linear(&host));
        let route = virtual_host.and_then(|virtual_host| {
            virtual_host
                .routes
                .routes()
                .iter()
                .find(|route| route.matcher.is_match(request, &mut ()))
        });
        (virtual_host, route)
    }
}

impl RouteConfig {
    /// The virtual host of the best domain: an exact one, else the longest wildcard, else `*`.
    fn virtual_host_linear(&self, host: &[u8]) -> Option<&VirtualHost> {
        let virtual_hosts = self.virtual_hosts().iter();
        best(
            virtual_hosts.map(|virtual_host| (virtual_host.domains.as_slice(), virtual_host)),
            host,
        )
    }
}

impl ServerRoutes {
    /// The routes of the server at the address with the best name, as above.
    fn find_linear(&self, address: Option<&[u8]>, name: &[u8]) -> Option<&RouteConfig> {
        let bound = |server: &OwnRoutes| server.address.as_ref().map(|own| own.as_bytes().to_vec());
        let mut all: Vec<Option<Vec<u8>>> = self.servers().iter().map(bound).collect();
        all.sort_unstable();
        let asked = address.map(<[u8]>::to_vec);
        let meant = match asked {
            Some(_) if all.contains(&asked) => asked,
            Some(_) => None,
            // Those without come first, if there are any.
            None => all.into_iter().next()?,
        };
        let servers = self.servers().iter().filter(|server| bound(server) == meant);
        best(
            servers.map(|server| (server.names.as_slice(), &server.config)),
            name,
        )
    }
}

/// The first of those with the best domain.
pub(super) fn best<'d, T>(all: impl DoubleEndedIterator<Item = (&'d [String], T)>, host: &[u8]) -> Option<T> {
    let scores = all.filter_map(|(domains, of)| {
        let scores = domains.iter().filter_map(|domain| score(domain, host));
        Some((scores.max()?, of))
    });
    // `max_by_key` keeps the last of equals, and the first one owns a domain.
    let best = scores.rev().max_by_key(|(score, _)| *score);
    best.map(|(_, of)| of)
}

fn score(domain: &str, host: &[u8]) -> Option<usize> {
    match domain.strip_prefix('*') {
        None => (domain.as_bytes() == host).then_some(usize::MAX),
        Some("") => Some(0),
        Some(suffix) => {
            (host.len() > suffix.len() && host.ends_with(suffix.as_bytes())).then_some(suffix.len())
        }
    }
}
