//! A VirtualService's rules, made routes for one listener.
//! Source: Istio `BuildHTTPRoutesForVirtualService`, `translateRoute`.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::actions::{self, RuleScope};
use super::listener::Listener;
use super::{assemble, matches};
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
