//! The outcome of one request: pure data, borrowed from the table.

use alloc::vec::Vec;
use core::time::Duration;

use crate::action::{
    Abort, CorsPolicy, Destination, DirectResponse, ForwardAction, HeaderMap, HeaderMutations, ReadHeaders,
    Redirect, Retries,
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
    /// It asks whether its origin may come, and the proxy answers.
    Preflight(Preflight<'t>),
    /// The client is sent elsewhere.
    Redirect(&'t Redirect),
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
    /// The policy that allows the request's origin, which the answer is to say.
    pub cors: Option<&'t CorsPolicy>,
}

/// A CORS preflight that the proxy answers.
#[derive(Clone, Copy, Debug)]
pub struct Preflight<'t> {
    /// The policy that answers.
    pub policy: &'t CorsPolicy,
    /// What the rule says of requests that are no preflights.
    pub action: &'t ForwardAction,
    /// Whether the origin is allowed.
    pub allowed: bool,
    /// The fault delay that was drawn.
    pub delay: Option<Duration>,
}

impl Forward<'_> {
    /// The limit of the whole request. A gRPC client may ask for a shorter one.
    /// Source: Istio sets `max_grpc_timeout` to the rule's timeout.
    pub fn timeout(&self, request: &Request<'_>) -> Option<Duration> {
        let limit = self.action.timeout?;
        let asked = request.grpc_timeout().filter(|asked| !asked.is_zero());
        Some(asked.map_or(limit, |asked| asked.min(limit)))
    }

    /// The limit of each try, which gRPC servers are told: that of the retry policy, unless the whole request has
    /// a shorter one. Source: Envoy `FilterUtility::finalTimeout`.
    pub fn try_timeout(&self, request: &Request<'_>) -> Option<Duration> {
        let whole = self.timeout(request);
        let each = match &self.action.retries {
            Retries::Policy(policy) => policy.per_try_timeout,
            Retries::Default | Retries::Disabled => None,
        };
        each.filter(|each| whole.is_none_or(|whole| *each < whole))
            .or(whole)
    }

    /// Whether changing the request reads headers of it.
    pub fn reads_request(&self) -> bool {
        let mutations = [&self.destination.request_headers, &self.action.request_headers];
        mutations.iter().any(|mutations| mutations.reads().request)
    }

    /// Writes what the upstream is to see: header operations of the destination, then of the rule, then the
    /// authority, then the path. Source: Envoy `RouteEntryImplBase::finalizeRequestHeaders`.
    pub fn apply_request(&self, request: &Request<'_>, headers: &mut impl HeaderMap) {
        self.destination
            .request_headers
            .apply_request(headers, request.attributes());
        self.action
            .request_headers
            .apply_request(headers, request.attributes());
        self.rewrite_host(request, headers);
        self.rewrite_path(request, headers);
    }

    /// The rule's host takes the place of the destination's, which is then the original one.
    fn rewrite_host(&self, request: &Request<'_>, headers: &mut impl HeaderMap) {
        let of_destination = self.destination.host_rewrite.as_ref();
        if let Some(host) = &self.action.host_rewrite {
            let original = of_destination.map_or(request.authority, |host| host.as_bytes());
            headers.set("x-envoy-original-host", original);
            headers.set(":authority", host.as_bytes());
        } else if let Some(host) = of_destination {
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
    /// How long the request is held back before anything else becomes of it.
    pub fn delay(&self) -> Option<Duration> {
        match &self.outcome {
            Outcome::Forward(forward) => forward.delay,
            Outcome::Preflight(preflight) => preflight.delay,
            _ => None,
        }
    }

    /// Whether something that was written says what becomes of the request: a VirtualService, a Gateway, a route
    /// of the Gateway API. Else it is Istio itself, by the routes that it adds or by having none.
    pub fn is_ruled(&self) -> bool {
        match self.outcome {
            Outcome::HttpsRedirect | Outcome::NoRoute => true,
            _ => self.route.is_some_and(|route| route.source.is_some()),
        }
    }

    /// The position of the route in its virtual host.
    pub fn route_index(&self) -> Option<usize> {
        let (host, route) = (self.virtual_host?, self.route?);
        host.routes
            .routes()
            .iter()
            .position(|other| core::ptr::eq(other, route))
    }

    /// What the rule does to the headers of the response, in this order. Applies to every answer after a route
    /// was chosen: of the upstream, of the proxy, of a fault; not to the answer to a preflight.
    pub fn response_headers(&self) -> impl Iterator<Item = &'t HeaderMutations> {
        let (first, second) = match self.outcome {
            Outcome::Forward(forward) => (
                Some(&forward.destination.response_headers),
                Some(&forward.action.response_headers),
            ),
            Outcome::Redirect(redirect) => (Some(&redirect.response_headers), None),
            Outcome::Respond(respond) => (Some(&respond.response_headers), None),
            _ => (None, None),
        };
        first
            .into_iter()
            .chain(second)
            .filter(|mutations| !mutations.is_empty())
    }

    /// Whether the [response headers](Self::response_headers) are made of headers of the request.
    pub fn response_reads_request(&self) -> bool {
        self.response_headers().any(|mutations| mutations.reads().request)
    }

    /// All that is done to the headers of the response, with what comes from the request filled in: what the
    /// rule says, then what its CORS policy says. `sent` are the request's headers as they go upstream, or as
    /// they came where the proxy answers.
    pub fn response_mutations(
        &self,
        request: &Request<'_>,
        sent: &(impl ReadHeaders + ?Sized),
    ) -> Vec<HeaderMutations> {
        let fill = |mutations: &HeaderMutations| mutations.with_request(sent, request.attributes());
        let mut all: Vec<HeaderMutations> = self.response_headers().map(fill).collect();
        if let Outcome::Forward(Forward {
            cors: Some(policy), ..
        }) = self.outcome
        {
            all.push(policy.response_headers(request));
        }
        all
    }
}

fn with_query(path: &[u8], query: Option<&[u8]>) -> Vec<u8> {
    match query {
        Some(query) => [path, b"?", query].concat(),
        None => path.to_vec(),
    }
}
