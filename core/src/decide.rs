//! The match loop: port, host, then routes in order.

use crate::action::{Action, CorsRequest, ForwardAction};
use crate::decision::{Decision, Forward, Outcome, Preflight};
use crate::entropy::Entropy;
use crate::observe::Observer;
use crate::request::Request;
use crate::table::{PathCache, Route, RouteConfig, RouteTable, UnknownPort, VirtualHost};

impl RouteTable {
    /// Decides one request.
    ///
    /// The same request, entropy and table give the same decision. `cache` is scratch space that calls
    /// may share. An observer that [explains](Observer::EXPLAINS) sees every route up to the winner, and behind it
    /// if it is [exhaustive](Observer::EXHAUSTIVE).
    pub fn decide<O: Observer>(
        &self,
        request: &Request<'_>,
        entropy: &mut Entropy,
        cache: &mut PathCache,
        observer: &mut O,
    ) -> Decision<'_> {
        let Some(config) = self.routes_for(request) else {
            return self.unknown_port();
        };
        observer.route_config(config);
        let host = request.host();
        let found = config.virtual_host(&host);
        observer.virtual_host(&host, found);
        let Some((virtual_host, _)) = found else {
            return Decision::without_route(config, None, Outcome::NoVirtualHost);
        };
        if virtual_host.require_tls && !is_https(request) {
            return Decision::without_route(config, Some(virtual_host), Outcome::HttpsRedirect);
        }
        match virtual_host.first_match(request, cache, observer) {
            Some(route) => Decision::of_route(config, virtual_host, route, request, entropy),
            None => Decision::without_route(config, Some(virtual_host), Outcome::NoRoute),
        }
    }

    /// The decision of the linear oracle, which uses no index.
    pub fn decide_linear(&self, request: &Request<'_>, entropy: &mut Entropy) -> Decision<'_> {
        let Some(config) = self.routes_for(request) else {
            return self.unknown_port();
        };
        let (virtual_host, route) = self.find_linear(request);
        match (virtual_host, route) {
            (None, _) => Decision::without_route(config, None, Outcome::NoVirtualHost),
            (Some(host), _) if host.require_tls && !is_https(request) => {
                Decision::without_route(config, virtual_host, Outcome::HttpsRedirect)
            }
            (Some(_), None) => Decision::without_route(config, virtual_host, Outcome::NoRoute),
            (Some(host), Some(route)) => Decision::of_route(config, host, route, request, entropy),
        }
    }

    fn unknown_port(&self) -> Decision<'_> {
        let outcome = match self.unknown_port {
            UnknownPort::Passthrough => Outcome::Passthrough,
            UnknownPort::Blackhole => Outcome::Blackhole,
            UnknownPort::NoListener => Outcome::NoListener,
        };
        Decision {
            route_config: None,
            virtual_host: None,
            route: None,
            outcome,
        }
    }
}

impl VirtualHost {
    fn first_match<O: Observer>(
        &self,
        request: &Request<'_>,
        cache: &mut PathCache,
        observer: &mut O,
    ) -> Option<&Route> {
        if O::EXPLAINS {
            return self.first_match_explained(request, observer);
        }
        let mut candidates = self.routes.candidates(request.path, cache);
        candidates.find(|route| route.matcher.is_match_beyond_path(request, observer))
    }

    /// The same without the index. An exhaustive observer also sees what the winner leaves nothing for.
    fn first_match_explained<O: Observer>(&self, request: &Request<'_>, observer: &mut O) -> Option<&Route> {
        let mut routes = self.routes.routes().iter();
        let mut matches = |route: &&Route| {
            observer.route(route);
            let matched = route.matcher.is_match(request, observer);
            observer.verdict(matched);
            matched
        };
        let winner = routes.find(&mut matches);
        if O::EXHAUSTIVE {
            routes.for_each(|route| {
                matches(&route);
            });
        }
        winner
    }
}

impl<'t> Decision<'t> {
    fn without_route(
        config: &'t RouteConfig,
        virtual_host: Option<&'t VirtualHost>,
        outcome: Outcome<'t>,
    ) -> Self {
        Self {
            route_config: Some(config),
            virtual_host,
            route: None,
            outcome,
        }
    }

    fn of_route(
        config: &'t RouteConfig,
        virtual_host: &'t VirtualHost,
        route: &'t Route,
        request: &Request<'_>,
        entropy: &mut Entropy,
    ) -> Self {
        let outcome = match &*route.action {
            Action::Redirect(redirect) => Outcome::Redirect(redirect),
            Action::Respond(respond) => Outcome::Respond(respond),
            Action::Forward(action) => Outcome::of_forward(route, action, request, entropy),
        };
        Self {
            route_config: Some(config),
            virtual_host: Some(virtual_host),
            route: Some(route),
            outcome,
        }
    }
}

impl<'t> Outcome<'t> {
    /// Faults come before CORS, and CORS before the destination.
    fn of_forward(
        route: &'t Route,
        action: &'t ForwardAction,
        request: &Request<'_>,
        entropy: &mut Entropy,
    ) -> Self {
        let Some(destination) = action.split.choose(entropy) else {
            return Self::NoRoute;
        };
        let (delay, abort) = action.fault.draw(entropy);
        let policy = action.cors.as_ref().filter(|_| abort.is_none());
        let cors = match policy.map(|policy| (policy, policy.classify(request))) {
            Some((policy, CorsRequest::Preflight { allowed })) => {
                return Self::Preflight(Preflight {
                    policy,
                    action,
                    allowed,
                    delay,
                });
            }
            Some((policy, CorsRequest::Allowed)) => Some(policy),
            Some((_, CorsRequest::Unaffected)) | None => None,
        };
        Self::Forward(Forward {
            route,
            action,
            destination,
            delay,
            abort,
            cors,
        })
    }
}

/// What the first trusted proxy saw counts, which Envoy keeps in `x-forwarded-proto`.
/// Source: Envoy `RouteMatcher::route` on `require_tls`.
fn is_https(request: &Request<'_>) -> bool {
    let forwarded = request.header_values("x-forwarded-proto").next();
    forwarded.unwrap_or(request.scheme) == b"https"
}
