//! The outcome of one request: pure data, borrowed from the table.

use alloc::vec::Vec;
use core::time::Duration;

use crate::action::{
    Abort, Destination, DirectResponse, ForwardAction, HeaderMap, HeaderMutations, Redirect,
};
use crate::request::Request;
use crate::table::{Route, RouteConfig, VirtualHost};

/// What happens to a request, and which rule says so.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'t> {
    /// The routes of the port; `None` where the port has none.
    pub route_config: Option<&'t RouteConfig>,
    /// The virtual host of the authority.
    pub virtual_host: Option<&'t VirtualHost>,
    /// The route that matched.
    pub route: Option<&'t Route>,
    /// What follows from it.
    pub outcome: Outcome<'t>,
}

/// What happens to a request.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'t> {
    /// It goes to a cluster, unless the fault aborts it.
    Forward(Forward<'t>),
    /// The client is sent elsewhere: what the rule says, and the route that says it.
    Redirect(&'t Redirect, &'t Route),
    /// The proxy answers by itself.
    Respond(&'t DirectResponse),
    /// `httpsRedirect`: 301 to the same address with `https`.
    HttpsRedirect,
    /// No virtual host for the authority: 404.
    NoVirtualHost,
    /// The virtual host has no route for the request: 404.
    NoRoute,
    /// A port without routes, `ALLOW_ANY`: to the original destination.
    Passthrough,
    /// A port without routes, `REGISTRY_ONLY`.
    Blackhole,
    /// A gateway does not listen on the port.
    NoListener,
}

/// A request on its way to a cluster, all draws made.
#[derive(Clone, Copy, Debug)]
pub struct Forward<'t> {
    /// The route that sends it.
    pub route: &'t Route,
    /// What its rule says.
    pub action: &'t ForwardAction,
    /// The destination that was drawn.
    pub destination: &'t Destination,
    /// The fault delay that was drawn; it comes before everything else.
    pub delay: Option<Duration>,
    /// The fault abort that was drawn; it takes the place of the destination.
    pub abort: Option<Abort>,
}

impl Forward<'_> {
    /// The limit of the whole request. A gRPC client may ask for a shorter one.
    /// Source: Istio sets `max_grpc_timeout` to the rule's timeout.
    pub fn timeout(&self, request: &Request<'_>) -> Option<Duration> {
        let limit = self.action.timeout?;
        let asked = request.grpc_timeout().filter(|asked| !asked.is_zero());
        Some(asked.map_or(limit, |asked| asked.min(limit)))
    }

    /// Writes what the upstream is to see: header operations of the destination, then of the rule, then the
    /// authority, then the path. Source: Envoy `RouteEntryImplBase::finalizeRequestHeaders`.
    pub fn apply_request(&self, request: &Request<'_>, headers: &mut impl HeaderMap) {
        self.destination.request_headers.apply(headers);
        self.action.request_headers.apply(headers);
        self.rewrite_host(request, headers);
        self.rewrite_path(request, headers);
    }

    fn rewrite_host(&self, request: &Request<'_>, headers: &mut impl HeaderMap) {
        if let Some(host) = &self.action.host_rewrite {
            headers.set("x-envoy-original-host", request.authority);
            headers.set(":authority", host.as_bytes());
        } else if let Some(host) = &self.destination.host_rewrite {
            headers.set(":authority", host.as_bytes());
        }
    }

    fn rewrite_path(&self, request: &Request<'_>, headers: &mut impl HeaderMap) {
        let Some(rewrite) = &self.action.path_rewrite else {
            return;
        };
        headers.set("x-envoy-original-path", &with_query(request.path, request.query));
        let path = rewrite.rewrite(&self.route.matcher.path, request.path);
        headers.set(":path", &with_query(&path, request.query));
    }
}

impl<'t> Decision<'t> {
    /// What is done to the headers of the response, in this order. Applies to every answer after a route
    /// was chosen: of the upstream, of the proxy, of a fault.
    pub fn response_headers(&self) -> impl Iterator<Item = &'t HeaderMutations> {
        let (first, second) = match self.outcome {
            Outcome::Forward(forward) => (
                Some(&forward.destination.response_headers),
                Some(&forward.action.response_headers),
            ),
            Outcome::Redirect(redirect, _) => (Some(&redirect.response_headers), None),
            Outcome::Respond(respond) => (Some(&respond.response_headers), None),
            _ => (None, None),
        };
        first
            .into_iter()
            .chain(second)
            .filter(|mutations| !mutations.is_empty())
    }
}

fn with_query(path: &[u8], query: Option<&[u8]>) -> Vec<u8> {
    match query {
        Some(query) => [path, b"?", query].concat(),
        None => path.to_vec(),
    }
}
