//! The linear oracle: what the table means, without any index. Tests hold the table against it.

use super::{Route, RouteConfig, RouteTable, VirtualHost};
use crate::request::Request;

impl RouteTable {
    /// The virtual host and the route of a request, found by trying every domain and every route in turn.
    pub fn find_linear(&self, request: &Request<'_>) -> (Option<&VirtualHost>, Option<&Route>) {
        let host = request.host();
        let virtual_host = self
            .route_config(request.port, request.address)
            .and_then(|config| config.virtual_host_linear(&host));
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
        let scores = self.virtual_hosts().iter().map(|virtual_host| {
            let best = virtual_host
                .domains
                .iter()
                .filter_map(|domain| score(domain, host))
                .max();
            (best, virtual_host)
        });
        // `max_by_key` keeps the last of equals, and the first virtual host owns a domain.
        let best = scores
            .rev()
            .filter(|(score, _)| score.is_some())
            .max_by_key(|(score, _)| *score);
        best.map(|(_, virtual_host)| virtual_host)
    }
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
