//! One route: a match block of a rule, or a route that Istio adds itself.

use alloc::string::String;
use alloc::vec::Vec;

use super::SharedAction;
use crate::diagnostic::ResourceRef;
use crate::matcher::{ClaimMatcher, HeaderMatcher, PathMatcher, QueryMatcher};
use crate::mesh::Semantics;
use crate::observe::{Condition, Observer};
use crate::request::Request;

/// One route of a virtual host.
#[derive(Clone, Debug)]
pub struct Route {
    /// `rule.match` as Istio names Envoy's route; empty where neither has a name.
    pub name: String,
    /// The rule that it comes from; `None` for routes that no VirtualService wrote.
    pub source: Option<RouteSource>,
    /// When it is taken.
    pub matcher: RouteMatcher,
    /// What then happens.
    pub action: SharedAction,
    /// Whether Envoy would refuse it, and with it all routes of its port.
    pub refused: bool,
}

/// Where a route is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteSource {
    /// The VirtualService, or the Gateway API's route.
    pub resource: ResourceRef,
    /// The VirtualService that has the hosts: another one where the rule is a delegate's.
    pub root: ResourceRef,
    /// How it is written.
    pub semantics: Semantics,
    /// Index into `spec.http` or `spec.rules`.
    pub rule: usize,
    /// Index into the rule's `match` or `matches`; `None` where it has none.
    pub block: Option<usize>,
}

/// The conditions of one match block; all of them have to hold.
#[derive(Clone, Debug)]
pub struct RouteMatcher {
    /// `uri`.
    pub path: PathMatcher,
    /// `headers`, `withoutHeaders`, then `:method`, `:authority`, `:scheme`.
    pub headers: Vec<HeaderMatcher>,
    /// `queryParams`.
    pub query: Vec<QueryMatcher>,
    /// `headers` and `withoutHeaders` that name a claim of the request's token.
    pub claims: Vec<ClaimMatcher>,
}

impl RouteMatcher {
    /// Matches every request, as a rule without `match` does.
    pub fn any() -> Self {
        Self {
            path: PathMatcher::any(),
            headers: Vec::new(),
            query: Vec::new(),
            claims: Vec::new(),
        }
    }

    /// Whether no later route can be reached.
    /// Source: Istio `IsCatchAllRoute`: prefix `/` or the literal regex `.*`, and nothing else.
    pub fn is_catch_all(&self) -> bool {
        let any_path = match &self.path {
            PathMatcher::Prefix { prefix, .. } => &**prefix == "/",
            PathMatcher::Regex(regex) => regex.as_str() == ".*",
            PathMatcher::Exact { .. } | PathMatcher::Segments { .. } => false,
        };
        any_path && self.headers.is_empty() && self.query.is_empty() && self.claims.is_empty()
    }

    /// Whether all conditions hold. An observer that explains is shown every one of them; otherwise the
    /// first that fails ends the search.
    pub fn is_match<O: Observer>(&self, request: &Request<'_>, observer: &mut O) -> bool {
        let path = self.path.is_match(request.path);
        observer.condition(Condition::Path(&self.path), request, path);
        self.rest_matches(path, request, observer)
    }

    /// As [`is_match`](Self::is_match), for a candidate whose path the index has proven.
    pub fn is_match_beyond_path<O: Observer>(&self, request: &Request<'_>, observer: &mut O) -> bool {
        self.rest_matches(true, request, observer)
    }

    fn rest_matches<O: Observer>(&self, path: bool, request: &Request<'_>, observer: &mut O) -> bool {
        let headers = self.headers.iter().map(Condition::Header);
        let query = self.query.iter().map(Condition::Query);
        let claims = self.claims.iter().map(Condition::Claim);
        let mut all = path;
        for condition in headers.chain(query).chain(claims) {
            if !all && !O::EXPLAINS {
                return false;
            }
            let matched = condition.is_match(request);
            observer.condition(condition, request, matched);
            all &= matched;
        }
        all
    }
}
