//! What the match loop says, kept.

use alloc::vec::Vec;

use super::hints;
use super::model::{ConditionFinding, RuleFinding, Verdict};
use crate::observe::{Condition, Observer};
use crate::request::Request;
use crate::table::{HostPattern, Route, VirtualHost};
use crate::trace::{SourceTrace, describe};

/// Keeps the rules of a decision.
#[derive(Default)]
pub(super) struct Watch {
    pub(super) rules: Vec<RuleFinding>,
    /// How the virtual host was found.
    pub(super) pattern: Option<HostPattern>,
    /// Whether a rule has taken the request.
    taken: bool,
}

impl Observer for Watch {
    const EXPLAINS: bool = true;
    const EXHAUSTIVE: bool = true;

    fn virtual_host(&mut self, _host: &[u8], found: Option<(&VirtualHost, HostPattern)>) {
        self.pattern = found.map(|(_, pattern)| pattern);
    }

    fn route(&mut self, route: &Route) {
        self.rules.push(RuleFinding {
            name: route.name.clone(),
            source: route.source.as_ref().map(SourceTrace::from),
            at: None,
            verdict: Verdict::Misses,
            unreachable: false,
            why: None,
            conditions: Vec::new(),
        });
    }

    fn condition(&mut self, condition: Condition<'_>, request: &Request<'_>, matched: bool) {
        if let Some(rule) = self.rules.last_mut() {
            rule.conditions.push(finding(condition, request, matched));
        }
    }

    fn verdict(&mut self, matched: bool) {
        let Some(rule) = self.rules.last_mut() else { return };
        rule.verdict = match (matched, self.taken) {
            (true, false) => Verdict::Takes,
            (true, true) => Verdict::WouldTake,
            (false, _) => Verdict::Misses,
        };
        self.taken |= matched;
    }
}

fn finding(condition: Condition<'_>, request: &Request<'_>, matched: bool) -> ConditionFinding {
    let (field, expected, seen) = describe(condition, request);
    ConditionFinding {
        field,
        expected,
        seen,
        matched,
        at: None,
        hint: (!matched).then(|| hints::of(condition, request)),
    }
}

/// Sees the conditions of one rule that no table holds.
#[derive(Default)]
pub(super) struct Conditions(pub(super) Vec<ConditionFinding>);

impl Observer for Conditions {
    const EXPLAINS: bool = true;

    fn condition(&mut self, condition: Condition<'_>, request: &Request<'_>, matched: bool) {
        self.0.push(finding(condition, request, matched));
    }
}
