//! What a test expects, held against what has become of a request.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::model::{
    DestinationExpect, Draws, Expect, FaultExpect, MirrorExpect, RetryExpect, RewriteExpect, RuleExpect,
    WeightExpect,
};
use super::names::{Cluster, Names, words};
use crate::input::{Segment, parse_path};
use crate::resources::scalar::Duration;
use crate::resources::virtual_service::{HeaderOperations, Headers};
use crate::trace::SourceTrace;
use crate::view::{AbortView, DecisionView, OutcomeKind, Upstream};

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
pub(super) const NONE: &str = "none";

/// Gathers what does not hold.
#[derive(Default)]
pub(super) struct Differences(Vec<Difference>);

impl Differences {
    pub(super) fn add(&mut self, field: &str, expected: &dyn ToString, got: &dyn ToString) {
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

    pub(super) fn finish(self) -> Vec<Difference> {
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

/// All clusters that could have been drawn.
fn clusters(decision: &DecisionView) -> impl Iterator<Item = &str> {
    let only = decision
        .cluster
        .iter()
        .filter(|_| decision.destinations.is_empty());
    let shares = decision.destinations.iter().map(|share| &share.cluster);
    shares.chain(only).map(String::as_str)
}

fn compare_destination(
    expected: &DestinationExpect,
    seen: &Seen<'_>,
    names: &Names<'_>,
    all: &mut Differences,
) {
    let decision = seen.decision;
    let rule = rule_namespace(decision);
    let mut others = clusters(decision)
        .map(Cluster::parse)
        .filter(|cluster| !cluster.is(expected, names, rule))
        .peekable();
    if clusters(decision).next().is_none() {
        all.add("destination", &words(expected), &outcome(seen));
    } else if others.peek().is_some() {
        let got: Vec<String> = clusters(decision)
            .map(|name| Cluster::parse(name).like(expected))
            .collect();
        let got = if got.len() > 1 {
            format!("one of {}", got.join(" | "))
        } else {
            got.concat()
        };
        all.add("destination", &words(expected), &got);
    }
}

fn compare_weights(expected: &[WeightExpect], seen: &Seen<'_>, names: &Names<'_>, all: &mut Differences) {
    if expected.is_empty() {
        return;
    }
    let decision = seen.decision;
    if decision.destinations.is_empty() {
        all.add("weights", &describe_weights(expected), &outcome(seen));
        return;
    }
    let total =
        |weights: &mut dyn Iterator<Item = u64>| weights.fold(0_u128, |sum, weight| sum + u128::from(weight));
    let asked = total(&mut expected.iter().map(|share| share.weight));
    let there = total(&mut decision.destinations.iter().map(|share| share.weight));
    let rule = rule_namespace(decision);
    let mut left: Vec<&WeightExpect> = expected.iter().filter(|share| share.weight > 0).collect();
    let all_found = decision.destinations.iter().all(|share| {
        let cluster = Cluster::parse(&share.cluster);
        let found = left.iter().position(|expected| {
            cluster.is(&expected.destination, names, rule)
                && u128::from(expected.weight) * there == u128::from(share.weight) * asked
        });
        found.map(|position| left.remove(position)).is_some()
    });
    if !all_found || !left.is_empty() {
        let got: Vec<String> = decision
            .destinations
            .iter()
            .map(|share| {
                let like = expected.first().map(|first| &first.destination);
                let name = like.map(|like| Cluster::parse(&share.cluster).like(like));
                format!("{} {}", share.weight, name.unwrap_or_default())
            })
            .collect();
        all.add("weights", &describe_weights(expected), &got.join(" | "));
    }
}

fn describe_weights(expected: &[WeightExpect]) -> String {
    let shares = expected
        .iter()
        .map(|share| format!("{} {}", share.weight, words(&share.destination)));
    shares.collect::<Vec<_>>().join(" | ")
}

pub(super) fn rule_namespace(decision: &DecisionView) -> Option<&str> {
    decision.source.as_ref().map(|source| source.namespace.as_str())
}

fn compare_rewrite(expected: &RewriteExpect, seen: &Seen<'_>, all: &mut Differences) {
    let Some(upstream) = seen.upstream else {
        all.add("rewrite", &"a request at the upstream", &outcome(seen));
        return;
    };
    all.compare("rewrite.uri", expected.uri.as_ref(), Some(&upstream.path));
    all.compare(
        "rewrite.authority",
        expected.authority.as_ref(),
        Some(&upstream.authority),
    );
}

fn compare_headers(
    base: &str,
    expected: &HeaderOperations,
    seen: &[(String, String)],
    all: &mut Differences,
) {
    let values = |name: &str| -> Vec<&str> {
        let named = seen.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    };
    let shown = |values: &[&str]| match values {
        [] => NONE.to_string(),
        values => values.join(","),
    };
    let sets: [(&str, &BTreeMap<String, String>); 2] = [("set", &expected.set), ("add", &expected.add)];
    for (operation, entries) in sets {
        for (name, value) in entries {
            let got = values(name);
            let holds = match operation {
                "set" => !got.is_empty() && got.join(",") == *value,
                _ => got
                    .iter()
                    .any(|line| line == value || line.split(',').any(|one| one.trim() == value)),
            };
            if !holds {
                all.add(&format!("{base}.{operation}[{name:?}]"), &value, &shown(&got));
            }
        }
    }
    for name in &expected.remove {
        let got = values(name);
        if !got.is_empty() {
            all.add(
                &format!("{base}.remove"),
                &format!("no {name}"),
                &format!("{name}: {}", shown(&got)),
            );
        }
    }
}

fn compare_retries(expected: &RetryExpect, decision: &DecisionView, all: &mut Differences) {
    let got = decision.retries.as_ref();
    let attempts = got.map_or(0, |retries| retries.attempts);
    all.compare("retries.attempts", expected.attempts.as_ref(), Some(&attempts));
    if let Some(limit) = expected.per_try_timeout {
        let got = duration(got.and_then(|retries| retries.per_try_timeout_ms));
        if limit.as_millis() != got.as_millis() {
            all.add("retries.perTryTimeout", &limit, &got);
        }
    }
    if let Some(conditions) = &expected.retry_on {
        let got = got.map(|retries| {
            let codes = retries.retriable_status_codes.iter().map(ToString::to_string);
            let words = retries.retry_on.split(',').map(ToString::to_string);
            words.chain(codes).collect::<Vec<_>>()
        });
        let got = got.unwrap_or_default();
        let asked = conditions.split(',').map(str::trim);
        if !same(asked.clone(), got.iter().map(String::as_str)) {
            all.add("retries.retryOn", &conditions, &got.join(","));
        }
    }
}

/// Whether both have the same words. Envoy's word for "with these codes" comes with any code.
fn same<'w>(asked: impl Iterator<Item = &'w str>, got: impl Iterator<Item = &'w str>) -> bool {
    let sorted = |words: &mut dyn Iterator<Item = &'w str>| {
        let mut words: Vec<&str> = words
            .filter(|word| !word.is_empty() && *word != "retriable-status-codes")
            .collect();
        words.sort_unstable();
        words.dedup();
        words
    };
    let (mut asked, mut got) = (asked, got);
    sorted(&mut asked) == sorted(&mut got)
}

fn compare_fault(expected: &FaultExpect, decision: &DecisionView, drawn: bool, all: &mut Differences) {
    let got = decision.fault.as_ref();
    if let Some(delay) = &expected.delay {
        let got = got.and_then(|fault| fault.delay.as_ref());
        if !drawn {
            compare_percent(
                "fault.delay.percentage",
                delay.percentage.map(|percent| percent.value),
                got.map(|delay| delay.percent),
                all,
            );
        }
        if let Some(fixed) = delay.fixed_delay {
            let got = duration(got.map(|delay| delay.fixed_ms));
            if fixed.as_millis() != got.as_millis() {
                all.add("fault.delay.fixedDelay", &fixed, &got);
            }
        }
    }
    if let Some(abort) = &expected.abort {
        let got = got.and_then(|fault| fault.abort.as_ref());
        if !drawn {
            compare_percent(
                "fault.abort.percentage",
                abort.percentage.map(|percent| percent.value),
                got.map(|abort| abort.percent),
                all,
            );
        }
        let (http, grpc) = match got.map(|abort| &abort.what) {
            Some(AbortView::HttpStatus(status)) => (Some(*status), None),
            Some(AbortView::GrpcStatus(status)) => (None, Some(*status)),
            None => (None, None),
        };
        all.compare(
            "fault.abort.httpStatus",
            abort.http_status.as_ref(),
            http.as_ref(),
        );
        all.compare(
            "fault.abort.grpcStatus",
            abort.grpc_status.as_ref(),
            grpc.as_ref(),
        );
    }
}

fn compare_percent(field: &str, expected: Option<f64>, got: Option<f64>, all: &mut Differences) {
    let got = got.unwrap_or_default();
    if let Some(expected) = expected.filter(|expected| (expected - got).abs() > 1e-6) {
        all.add(field, &format!("{expected} %"), &format!("{got} %"));
    }
}

fn compare_mirrors(
    expected: &[MirrorExpect],
    decision: &DecisionView,
    names: &Names<'_>,
    all: &mut Differences,
) {
    let rule = rule_namespace(decision);
    let mut left: Vec<&MirrorExpect> = expected.iter().collect();
    let all_found = decision.mirrors.iter().all(|mirror| {
        let found = left.iter().position(|expected| {
            let percent = expected.percentage.map_or(100.0, |percent| percent.value);
            Cluster::parse(&mirror.cluster).is(&expected.destination, names, rule)
                && (percent - mirror.percent).abs() < 1e-6
        });
        found.map(|position| left.remove(position)).is_some()
    });
    if all_found && left.is_empty() {
        return;
    }
    let asked = expected.iter().map(|mirror| {
        let percent = mirror.percentage.map_or(100.0, |percent| percent.value);
        format!("{percent} % {}", words(&mirror.destination))
    });
    let got = decision
        .mirrors
        .iter()
        .map(|mirror| format!("{} % {}", mirror.percent, mirror.cluster));
    all.add("mirrors", &listed(asked), &listed(got));
}

fn listed(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.collect();
    if words.is_empty() {
        NONE.into()
    } else {
        words.join(" | ")
    }
}

fn compare_rule(expected: &RuleExpect, decision: &DecisionView, all: &mut Differences) {
    let source = decision.source.as_ref();
    let name = decision.route.clone().unwrap_or_default();
    if let Some(wanted) = &expected.name {
        let is_block = name
            .strip_prefix(wanted.as_str())
            .is_some_and(|rest| rest.starts_with('.'));
        if name != *wanted && !is_block {
            let got = if name.is_empty() { shown(source) } else { name };
            all.add("rule.name", &wanted, &got);
        }
    }
    if let Some(wanted) = &expected.virtual_service {
        let holds = source.is_some_and(|source| is_called(source, wanted));
        if !holds {
            all.add("rule.virtualService", &wanted, &shown(source));
        }
    }
    let position = source.map(position).unwrap_or_default();
    let differs = |wanted: Option<usize>, got: Option<usize>| wanted.is_some() && wanted != got;
    if differs(expected.index, position.0) {
        all.add("rule.index", &expected.index.unwrap_or_default(), &shown(source));
    } else if differs(expected.block, position.1) {
        all.add("rule.match", &expected.block.unwrap_or_default(), &shown(source));
    }
}

/// `name`, or `namespace/name`.
fn is_called(source: &SourceTrace, wanted: &str) -> bool {
    match wanted.split_once('/') {
        Some((namespace, name)) => source.namespace == namespace && source.name == name,
        None => source.name == wanted,
    }
}

fn shown(source: Option<&SourceTrace>) -> String {
    source.map_or_else(
        || "no rule".into(),
        |source| {
            format!(
                "{} {}/{} {}",
                source.kind, source.namespace, source.name, source.path
            )
        },
    )
}

/// The index of the rule, and that of its match block.
pub(super) fn position(source: &SourceTrace) -> (Option<usize>, Option<usize>) {
    let mut indexes = parse_path(&source.path)
        .into_iter()
        .filter_map(|segment| match segment {
            Segment::Index(index) => Some(index),
            Segment::Key(_) => None,
        });
    (indexes.next(), indexes.next())
}

fn duration(milliseconds: Option<u64>) -> Duration {
    Duration::from_millis(i64::try_from(milliseconds.unwrap_or_default()).unwrap_or(i64::MAX))
}
