//! Watching the decision: `()` costs nothing, [`Trace`](crate::trace::Trace) records.

use crate::matcher::{ClaimMatcher, HeaderMatcher, PathMatcher, QueryMatcher};
use crate::request::Request;
use crate::table::{HostPattern, Route, RouteConfig, VirtualHost};

/// One condition of a match block.
#[derive(Clone, Copy, Debug)]
pub enum Condition<'t> {
    /// `uri`.
    Path(&'t PathMatcher),
    /// `headers`, `withoutHeaders`, `method`, `authority`, `scheme`.
    Header(&'t HeaderMatcher),
    /// `queryParams`.
    Query(&'t QueryMatcher),
    /// `headers` and `withoutHeaders` that name a claim.
    Claim(&'t ClaimMatcher),
}

impl Condition<'_> {
    /// Whether the request satisfies it.
    pub fn is_match(&self, request: &Request<'_>) -> bool {
        match self {
            Self::Path(path) => path.is_match(request.path),
            Self::Header(header) => header.is_match(request),
            Self::Query(query) => query.is_match(request),
            Self::Claim(claim) => claim.is_match(request),
        }
    }
}

/// Is told what the loop that decides sees, as it sees it.
pub trait Observer {
    /// Whether to be shown also what the decision does not need: rules that the index passes over, and
    /// conditions behind one that failed.
    const EXPLAINS: bool = false;
    /// Whether to be shown also the rules behind the one that wins. Only for those that explain.
    const EXHAUSTIVE: bool = false;

    /// The port has led to a route configuration.
    fn route_config(&mut self, _config: &RouteConfig) {}
    /// The host has led to a virtual host, or to none.
    fn virtual_host(&mut self, _host: &[u8], _found: Option<(&VirtualHost, HostPattern)>) {}
    /// A route is about to be tried.
    fn route(&mut self, _route: &Route) {}
    /// A condition of that route has been tried.
    fn condition(&mut self, _condition: Condition<'_>, _request: &Request<'_>, _matched: bool) {}
    /// All conditions of that route hold, or not. The first that holds wins.
    fn verdict(&mut self, _matched: bool) {}
}

/// Observes nothing.
impl Observer for () {}
