//! What a test expects, held against what has become of a request.

mod destinations;
mod policies;
mod rule;
mod upstream;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use self::destinations::{compare_destination, compare_mirrors, compare_weights};
use self::policies::{compare_fault, compare_retries};
use self::rule::compare_rule;
pub(super) use self::rule::position;
use self::upstream::{compare_headers, compare_rewrite};
use super::model::{Draws, Expect};
use super::names::Names;
use crate::resources::scalar::Duration;
use crate::resources::virtual_service::Headers;
use crate::view::{DecisionView, OutcomeKind, Upstream};

/// What has become of a request.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'s> {
    /// How it was decided.
    pub decision: &'s DecisionView,
    /// Status that the client sees.
    pub status: u16,
    /// Body of an answer that the proxy gives.
    pub body: &'s str,
    /// The request at the upstream, if it gets there.
    pub upstream: Option<&'s Upstream>,
    /// Headers that the client sees.
    pub response_headers: &'s [(String, String)],
}

/// An expectation that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// The field of `expect`: `destination`, `headers.request.set["x-user"]`.
    pub field: String,
    /// What it asks for.
    pub expected: String,
    /// What there is.
    pub got: String,
}

/// Nothing where something was expected.
const NONE: &str = "none";

/// Gathers what does not hold.
#[derive(Default)]
pub(in crate::cases) struct Differences(Vec<Difference>);

impl Differences {
    pub(in crate::cases) fn add(&mut self, field: &str, expected: &dyn ToString, got: &dyn ToString) {
        self.0.push(Difference {
            field: field.into(),
            expected: expected.to_string(),
            got: got.to_string(),
        });
    }

    /// Compares where something is said.
    fn compare<T: PartialEq + ToString>(&mut self, field: &str, expected: Option<&T>, got: Option<&T>) {
        if let Some(expected) = expected.filter(|expected| Some(*expected) != got) {
            self.add(
                field,
                &expected.to_string(),
                &got.map_or_else(|| NONE.into(), ToString::to_string),
            );
        }
    }

    pub(in crate::cases) fn finish(self) -> Vec<Difference> {
        self.0
    }
}

impl Expect {
    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Everything that is otherwise than expected; with `draws`, shares are left to the counting of them.
    pub fn differences(&self, seen: &Seen<'_>, names: &Names<'_>, draws: Option<&Draws>) -> Vec<Difference> {
        let mut all = Differences::default();
        let decision = seen.decision;
        if let Some(expected) = self.no_route
            && expected != is_unrouted(decision.outcome)
        {
            all.add("noRoute", &expected, &outcome(seen));
        }
        if let Some(rule) = &self.rule {
            compare_rule(rule, decision, &mut all);
        }
        if let Some(destination) = &self.destination {
            compare_destination(destination, seen, names, &mut all);
        }
        if draws.is_none() {
            compare_weights(&self.weights, seen, names, &mut all);
        }
        self.compare_answer(seen, &mut all);
        self.compare_request(seen, &mut all);
        if let Some(timeout) = self.timeout {
            let got = duration(decision.timeout_ms);
            if timeout.as_millis() != got.as_millis() {
                all.add("timeout", &timeout, &got);
            }
        }
        if let Some(retries) = &self.retries {
            compare_retries(retries, decision, &mut all);
        }
        if let Some(fault) = &self.fault {
            compare_fault(fault, decision, draws.is_some(), &mut all);
        }
        if let Some(mirrors) = &self.mirrors {
            compare_mirrors(mirrors, decision, names, &mut all);
        }
        all.finish()
    }

    fn compare_answer(&self, seen: &Seen<'_>, all: &mut Differences) {
        all.compare("status", self.status.as_ref(), Some(&seen.status));
        all.compare("body", self.body.as_ref(), Some(&seen.body.to_string()));
        if let Some(location) = &self.redirect
            && seen.decision.location.as_ref() != Some(location)
        {
            let got = seen.decision.location.clone();
            all.add("redirect", &location, &got.unwrap_or_else(|| outcome(seen)));
        }
    }

    fn compare_request(&self, seen: &Seen<'_>, all: &mut Differences) {
        if let Some(rewrite) = &self.rewrite {
            compare_rewrite(rewrite, seen, all);
        }
        let Some(Headers { request, response }) = &self.headers else {
            return;
        };
        if let Some(request) = request {
            match seen.upstream {
                Some(upstream) => compare_headers("headers.request", request, &upstream.headers, all),
                None => all.add("headers.request", &"a request at the upstream", &outcome(seen)),
            }
        }
        if let Some(response) = response {
            compare_headers("headers.response", response, seen.response_headers, all);
        }
    }
}

fn is_unrouted(outcome: OutcomeKind) -> bool {
    matches!(
        outcome,
        OutcomeKind::NoRoute | OutcomeKind::NoVirtualHost | OutcomeKind::NoListener | OutcomeKind::Blackhole
    )
}

/// What has become of the request, in a few words.
fn outcome(seen: &Seen<'_>) -> String {
    let decision = seen.decision;
    let cluster = decision.cluster.as_deref().unwrap_or_default();
    match decision.outcome {
        OutcomeKind::Forward | OutcomeKind::Passthrough => format!("{} from {cluster}", seen.status),
        OutcomeKind::Redirect | OutcomeKind::HttpsRedirect => {
            let location = decision.location.as_deref().unwrap_or_default();
            format!("a redirect to {location}")
        }
        OutcomeKind::Respond => format!("{}, answered by the proxy", seen.status),
        OutcomeKind::Blackhole => "a host that is not in the registry".into(),
        OutcomeKind::NoVirtualHost => format!("{}: no virtual host", seen.status),
        OutcomeKind::NoRoute => format!("{}: no rule matches", seen.status),
        OutcomeKind::NoListener => "no listener on that port".into(),
    }
}

fn duration(milliseconds: Option<u64>) -> Duration {
    Duration::from_millis(i64::try_from(milliseconds.unwrap_or_default()).unwrap_or(i64::MAX))
}
