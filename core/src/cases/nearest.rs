//! The rule that was nearly taken.

use core::cmp::Reverse;

use super::model::RuleExpect;
use crate::input::{Segment, parse_path};
use crate::trace::{RouteTrace, Trace};

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

fn is_expected(route: &RouteTrace, rule: &RuleExpect) -> bool {
    let path = route.source.as_ref().map(|source| parse_path(&source.path));
    let mut indexes = path.into_iter().flatten().filter_map(|segment| match segment {
        Segment::Index(index) => Some(index),
        Segment::Key(_) => None,
    });
    let by_name = rule.name.as_deref().is_some_and(|name| {
        let rest = route.name.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    by_name || (rule.index.is_some() && indexes.next() == rule.index)
}
