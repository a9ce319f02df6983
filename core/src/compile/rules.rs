//! A VirtualService's rules, made routes for one listener.
//! Source: Istio `BuildHTTPRoutesForVirtualService`, `translateRoute`.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::actions::{self, RuleScope};
use super::{Proxy, ProxyKind, matches};
use crate::action::Retries;
use crate::mesh::names::MESH;
use crate::mesh::{Mesh, Rule, Service, VirtualService, is_subset};
use crate::report::{Field, Report};
use crate::resources::MeshConfig;
use crate::resources::virtual_service::HTTPMatchRequest;
use crate::table::{Route, RouteList, RouteMatcher, RouteSource};

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
    pub(super) services: BTreeMap<&'m str, &'m Service>,
}

impl<'m> Listener<'m> {
    /// A sidecar's outbound port.
    pub(super) fn sidecar(proxy: &'m Proxy, port: u16, services: &BTreeMap<&'m str, &'m Service>) -> Self {
        Self {
            proxy,
            port,
            gateway: MESH.into(),
            tls: false,
            services: services.clone(),
        }
    }

    /// The port of a destination that names none: on a gateway the only port of its service, else the
    /// port of the listener.
    pub(super) fn destination_port(&self, host: &str) -> u16 {
        let only = match (self.proxy.kind, self.services.get(host)) {
            (ProxyKind::Gateway, Some(service)) => match service.ports.as_slice() {
                [only] => Some(only.number),
                _ => None,
            },
            _ => None,
        };
        only.unwrap_or(self.port)
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

/// The retry policy of routes that say nothing. Source: mesh `defaultHttpRetryPolicy`.
pub(super) fn default_retries(config: &MeshConfig) -> Retries {
    config
        .default_http_retry_policy
        .as_ref()
        .map_or(Retries::Default, actions::retries)
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
    let Some(action) = actions::compile(&scope, report) else {
        return false;
    };
    let action = Arc::new(action);
    let mut push = |block: Option<usize>, name: String, matcher: RouteMatcher| {
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
            action: action.clone(),
        });
        takes_everything
    };
    if rule.route.matches.is_empty() {
        push(None, rule.route.name.clone(), RouteMatcher::any());
        return true;
    }
    let blocks = field.name(rule.semantics.blocks());
    for (index, block) in rule.route.matches.iter().enumerate() {
        let compiled = matches::compile(block, &rule.subject, &blocks.index(index), report);
        if let Some(matcher) = compiled.filter(|_| listener.accepts(block))
            && push(
                rule.block_written(index),
                route_name(rule, block),
                rule.semantics.refine(matcher),
            )
        {
            return true;
        }
    }
    false
}

/// `rule.match`, or `.match` where only the match has a name.
fn route_name(rule: &Rule, block: &HTTPMatchRequest) -> String {
    if block.name.is_empty() {
        rule.route.name.clone()
    } else {
        format!("{}.{}", rule.route.name, block.name)
    }
}
