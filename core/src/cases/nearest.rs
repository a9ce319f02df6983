//! The rules that were nearly taken.

use core::cmp::Reverse;

use super::model::{Expect, RuleExpect};
use super::names::{Cluster, Names};
use crate::action::Action;
use crate::decision::Decision;
use crate::input::{Segment, parse_path};
use crate::request::Request;
use crate::table::Route;
use crate::trace::{RouteTrace, SourceTrace, Trace};

/// Of the routes that were tried in vain: that of the expected rule, else the one that failed in the fewest conditions;
/// of several, the one of which the most hold.
pub fn nearest<'t>(trace: &'t Trace, expected: Option<&RuleExpect>) -> Option<&'t RouteTrace> {
    let written = trace
        .routes
        .iter()
        .filter(|route| !route.matched && route.source.is_some());
    let missing = |route: &&RouteTrace| {
        let failed = route.conditions.iter().filter(|condition| !condition.matched);
        let other = !expected.is_some_and(|rule| is_expected(route, rule));
        let failed = failed.count();
        (other, failed, Reverse(route.conditions.len() - failed))
    };
    written.min_by_key(missing)
}

/// The rule that takes the request as expected, and would take it if the one that does were not before it.
pub fn shadowed(
    decision: &Decision<'_>,
    request: &Request<'_>,
    expected: &Expect,
    names: &Names<'_>,
) -> Option<SourceTrace> {
    let routes = decision.virtual_host?.routes.routes();
    let later = routes.iter().skip(decision.route_index()? + 1);
    let mut later = later.filter(|route| route.matcher.is_match(request, &mut ()));
    let route = later.find(|route| does(route, expected, names))?;
    route.source.as_ref().map(SourceTrace::from)
}

/// Whether a route does what is expected, as far as rule and destination say.
fn does(route: &Route, expected: &Expect, names: &Names<'_>) -> bool {
    let Some(source) = route.source.as_ref().map(SourceTrace::from) else {
        return false;
    };
    let rule = expected
        .rule
        .as_ref()
        .map(|rule| is_called(&route.name, &source, rule));
    let destination = expected
        .destination
        .as_ref()
        .map(|destination| match &*route.action {
            Action::Forward(action) => action.split.destinations().iter().all(|share| {
                Cluster::parse(&share.cluster).is(destination, names, Some(source.namespace.as_str()))
            }),
            Action::Redirect(_) | Action::Respond(_) => false,
        });
    rule.or(destination).unwrap_or(false) && destination.unwrap_or(true)
}

fn is_expected(route: &RouteTrace, rule: &RuleExpect) -> bool {
    let source = route.source.as_ref();
    source.is_some_and(|source| is_called(&route.name, source, rule))
}

fn is_called(name: &str, source: &SourceTrace, rule: &RuleExpect) -> bool {
    let mut indexes = parse_path(&source.path)
        .into_iter()
        .filter_map(|segment| match segment {
            Segment::Index(index) => Some(index),
            Segment::Key(_) => None,
        });
    let by_name = rule.name.as_deref().is_some_and(|wanted| {
        let rest = name.strip_prefix(wanted);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    by_name || (rule.index.is_some() && indexes.next() == rule.index)
}
