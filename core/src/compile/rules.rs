//! A VirtualService's rules, made routes for one listener.
//! Source: Istio `BuildHTTPRoutesForVirtualService`, `translateRoute`.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::actions::{self, RuleScope};
use super::{Proxy, ProxyKind, assemble, cluster_name, matches};
use crate::action::Action;
use crate::mesh::{Mesh, Rule, Service, VirtualService, is_subset};
use crate::report::{Field, Report};
use crate::resources::virtual_service::{Destination, HTTPMatchRequest};
use crate::table::{Route, RouteList, RouteMatcher, RouteSource};

/// Services by full name.
pub(super) type Services<'m> = BTreeMap<&'m str, &'m Service>;

/// Where the routes will be served.
pub(super) struct Listener<'m> {
    /// The proxy.
    pub(super) proxy: &'m Proxy,
    /// What `match.port` and unsaid destination ports mean here.
    pub(super) port: u16,
    /// `mesh`, or `namespace/name` of the Gateway.
    pub(super) gateway: String,
    /// Whether clients speak TLS to it.
    pub(super) tls: bool,
    /// The services that a destination's port can be looked up in, by full name.
    pub(super) services: &'m Services<'m>,
    /// All services that the proxy knows.
    pub(super) known: &'m Services<'m>,
}

impl Listener<'_> {
    /// The port of a destination that names none: on a gateway the only port of its service, else the
    /// port of the listener.
    fn destination_port(&self, host: &str) -> u16 {
        let only = match (self.proxy.kind, self.services.get(host)) {
            (ProxyKind::Gateway, Some(service)) => match service.ports.as_slice() {
                [only] => Some(only.number),
                _ => None,
            },
            _ => None,
        };
        only.unwrap_or(self.port)
    }

    /// The port of a destination.
    pub(super) fn port_of(&self, destination: &Destination) -> u16 {
        named_port(destination).unwrap_or_else(|| self.destination_port(&destination.host))
    }

    /// The cluster of a destination. Whether it exists is not asked: a missing one is a 503 at request time,
    /// as in Istio. Source: Istio `GetDestinationCluster`.
    pub(super) fn cluster(&self, destination: &Destination) -> String {
        let host = if destination.host.is_empty() {
            "UnknownService"
        } else {
            destination.host.as_str()
        };
        let port = self.port_of(destination);
        cluster_name(port, &destination.subset, self.concrete(host, port))
    }

    /// The service that an ExternalName Service leads to, if it is one; for a sidecar it has to declare the
    /// port. Source: Istio `GetDestinationCluster` on aliases.
    fn concrete<'h>(&'h self, host: &'h str, port: u16) -> &'h str {
        let gateway = self.proxy.kind == ProxyKind::Gateway;
        let mut known = self.known.values();
        let leads_to = |service: &&&Service| {
            let mut aliases = service.aliases.iter();
            aliases.any(|alias| alias.hostname == host && (gateway || alias.ports.contains(&port)))
        };
        known.find(leads_to).map_or(host, |service| &service.hostname)
    }

    /// Whether a match block applies here at all. Source: Istio `sourceMatchHTTP`.
    fn accepts(&self, block: &HTTPMatchRequest) -> bool {
        if block.port != 0 && block.port != u32::from(self.port) {
            return false;
        }
        if !block.gateways.is_empty() {
            return block.gateways.contains(&self.gateway);
        }
        is_subset(&block.source_labels, &self.proxy.labels)
            && (block.source_namespace.is_empty() || block.source_namespace == self.proxy.namespace)
    }
}

/// The port that a destination names.
pub(super) fn named_port(destination: &Destination) -> Option<u16> {
    let port = destination.port.as_ref()?;
    u16::try_from(port.number).ok().filter(|port| *port != 0)
}

/// The routes of a VirtualService at a listener, up to and including the first that takes everything.
pub(super) fn compile(
    mesh: &Mesh,
    virtual_service: &VirtualService,
    listener: &Listener<'_>,
    report: &mut Report,
) -> RouteList {
    let routes = routes(mesh, virtual_service, listener, report);
    RouteList::new(routes).unwrap_or_else(|error| {
        let field = Field::SPEC.name("http");
        let message = format!("the regexes of all its paths together: {error}");
        report.error(
            &virtual_service.subject,
            &field,
            "regexes-too-large",
            message,
            "use fewer or simpler regexes",
        );
        RouteList::default()
    })
}

/// As [`compile`], before they are indexed: a gateway joins the routes of several VirtualServices.
pub(super) fn routes(
    mesh: &Mesh,
    virtual_service: &VirtualService,
    listener: &Listener<'_>,
    report: &mut Report,
) -> Vec<Route> {
    let mut routes = Vec::new();
    for rule in &virtual_service.http {
        if add_rule(mesh, rule, listener, report, &mut routes) {
            break;
        }
    }
    routes
}

/// Adds a route for each match block; says whether one of them takes everything.
fn add_rule(
    mesh: &Mesh,
    rule: &Rule,
    listener: &Listener<'_>,
    report: &mut Report,
    routes: &mut Vec<Route>,
) -> bool {
    let rules = Field::SPEC.name(rule.semantics.rules());
    let field = rules.index(rule.index);
    let scope = RuleScope {
        mesh,
        rule,
        listener,
        field: &field,
    };
    let Some((action, refused)) = action_of(&scope, report) else {
        return false;
    };
    let mut push =
        |block: Option<usize>, name: String, matcher: RouteMatcher, action: Arc<Action>, refused: bool| {
            let takes_everything = matcher.is_catch_all();
            let source = Some(RouteSource {
                resource: rule.subject.resource.clone(),
                semantics: rule.semantics,
                rule: rule.index,
                block,
            });
            routes.push(Route {
                name,
                source,
                matcher,
                action,
                refused,
            });
            takes_everything
        };
    if rule.route.matches.is_empty() {
        push(
            None,
            rule.route.name.clone(),
            RouteMatcher::any(),
            action,
            refused,
        );
        return true;
    }
    let blocks = field.name(rule.semantics.blocks());
    for (block, written) in rule.route.matches.iter().zip(&rule.blocks) {
        let at = written.map_or(field, |index| blocks.index(index));
        let before = report.refusals();
        let compiled = matches::compile(block, &rule.subject, &at, report);
        let refused = refused || report.refusals() > before;
        if let Some(matcher) = compiled.filter(|_| listener.accepts(block))
            && push(
                *written,
                route_name(rule, block),
                rule.semantics.refine(matcher),
                counted(&action, &block.stat_prefix),
                refused,
            )
        {
            return true;
        }
    }
    false
}

/// The action of a rule, and whether Envoy would refuse it. `None` when it has an error.
fn action_of(scope: &RuleScope<'_>, report: &mut Report) -> Option<(Arc<Action>, bool)> {
    let before = report.refusals();
    let compiled = actions::compile(scope, report);
    let refused = report.refusals() > before;
    // Another action stands for a route that Envoy is not given.
    let action = compiled.or_else(|| refused.then(assemble::refusal))?;
    Some((Arc::new(action), refused))
}

/// The action, counted under `stat_prefix` if there is one; else it is shared.
fn counted(action: &Arc<Action>, stat_prefix: &str) -> Arc<Action> {
    match &**action {
        Action::Forward(forward) if !stat_prefix.is_empty() => {
            let mut forward = forward.clone();
            forward.stat_prefix = stat_prefix.into();
            Arc::new(Action::Forward(forward.with_profile()))
        }
        _ => action.clone(),
    }
}

/// `rule.match`, or `.match` where only the match has a name.
fn route_name(rule: &Rule, block: &HTTPMatchRequest) -> String {
    if block.name.is_empty() {
        rule.route.name.clone()
    } else {
        format!("{}.{}", rule.route.name, block.name)
    }
}
