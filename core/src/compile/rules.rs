//! A VirtualService's rules, made routes for one listener.
//! Source: Istio `BuildHTTPRoutesForVirtualService`, `translateRoute`.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::actions::{self, RuleScope};
use super::listener::Listener;
use super::matches;
use crate::action::Action;
use crate::mesh::{Mesh, Rule, VirtualService};
use crate::report::{Field, Report};
use crate::resources::virtual_service::HTTPMatchRequest;
use crate::table::{Route, RouteList, RouteMatcher, RouteSource};

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
        let rules = Field::SPEC.name(rule.semantics.rules());
        let field = rules.index(rule.index);
        let scope = RuleScope {
            mesh,
            root: &virtual_service.subject.resource,
            rule,
            listener,
            field: &field,
        };
        if let Some(rule) = CompiledRule::new(scope, report)
            && rule.add_routes(&mut routes, report)
        {
            break;
        }
    }
    routes
}

/// What the routes of a rule have in common.
struct CompiledRule<'s> {
    scope: RuleScope<'s>,
    action: Arc<Action>,
    /// Whether Envoy would refuse the action.
    refused: bool,
}

impl<'s> CompiledRule<'s> {
    /// `None` when the action has an error.
    fn new(scope: RuleScope<'s>, report: &mut Report) -> Option<Self> {
        let before = report.refusals();
        let action = actions::compile(&scope, report).ok()?;
        Some(Self {
            scope,
            action: Arc::new(action),
            refused: report.refusals() > before,
        })
    }

    /// Adds a route for each match block; says whether one of them takes everything. Blocks after that one are
    /// not looked at.
    fn add_routes(&self, routes: &mut Vec<Route>, report: &mut Report) -> bool {
        let rule = self.scope.rule;
        if rule.route.matches.is_empty() {
            routes.push(self.whole(None));
            return true;
        }
        let blocks = rule.route.matches.iter().zip(&rule.blocks);
        let compiled = blocks.filter_map(|(block, written)| self.of_block(block, *written, report));
        for route in compiled {
            let takes_everything = route.matcher.is_catch_all();
            routes.push(route);
            if takes_everything {
                return true;
            }
        }
        false
    }

    /// The route of a match block; `None` when it has an error, and where it does not apply. `written` is its
    /// place in the rule, unless it comes from another.
    fn of_block(
        &self,
        block: &HTTPMatchRequest,
        written: Option<usize>,
        report: &mut Report,
    ) -> Option<Route> {
        let RuleScope {
            rule,
            listener,
            field,
            ..
        } = self.scope;
        let blocks = field.name(rule.semantics.blocks());
        let at = written.map_or(*field, |index| blocks.index(index));
        let before = report.refusals();
        let matcher = matches::compile(block, listener.proxy.repeated_headers, &rule.subject, &at, report)?;
        listener.accepts(block).then(|| Route {
            name: route_name(rule, block),
            matcher: rule.semantics.refine(matcher),
            action: counted(&self.action, &block.stat_prefix),
            refused: self.refused || report.refusals() > before,
            ..self.whole(written)
        })
    }

    /// The route without conditions.
    fn whole(&self, block: Option<usize>) -> Route {
        let rule = self.scope.rule;
        Route {
            name: rule.route.name.clone(),
            source: Some(RouteSource {
                resource: rule.subject.resource.clone(),
                root: self.scope.root.clone(),
                semantics: rule.semantics,
                rule: rule.index,
                block,
            }),
            matcher: RouteMatcher::any(),
            action: self.action.clone(),
            refused: self.refused,
        }
    }
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
