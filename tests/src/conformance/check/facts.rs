//! Settings of the matched route. What a case does not list is not set.

use mainsheet_core::action::{Abort, Fault, RetryPolicy};
use mainsheet_core::resources::Duration;

use super::{Findings, Rules};
use crate::conformance::expect::{
    Expect, FactsExpect, FaultExpect, MirrorPolicy, RetriesExpect, RetryPolicyExpect,
};
use crate::subject::{Facts, Mirror, Observation};

pub(super) fn check(expect: &Expect, seen: &Observation, rules: &Rules, findings: &mut Findings) {
    let (Some(expect), Some(decided)) = (&expect.facts, &seen.decided) else {
        return;
    };
    let Some(facts) = &decided.facts else {
        findings.fail("facts", "settings of a route", "none");
        return;
    };
    if let Some(timeout) = &expect.timeout {
        let seen = facts.timeout.unwrap_or_default().as_nanos();
        let same = nanos(timeout).is_some_and(|expected| u128::try_from(expected) == Ok(seen));
        if !same {
            findings.fail("facts.timeout", timeout, format!("{:?}", facts.timeout));
        }
    }
    retries(expect, facts, rules, findings);
    fault(expect.fault.as_ref(), &facts.fault, findings);
    mirrors(expect.mirror_policies.as_deref(), facts, findings);
    hash_policy(expect, facts, findings);
}

fn nanos(text: &str) -> Option<i64> {
    Duration::parse(text).ok().map(Duration::as_nanos)
}

fn retries(expect: &FactsExpect, facts: &Facts, rules: &Rules, findings: &mut Findings) {
    let expected = match &expect.retries {
        None => return,
        Some(RetriesExpect::None) => None,
        Some(RetriesExpect::Default) => Some(rules.default_retries.clone().unwrap_or_default()),
        Some(RetriesExpect::Policy(policy)) => Some(policy.clone()),
    };
    findings.same("facts.retries", &expected, &facts.retries.as_ref().map(written));
}

/// A policy in the words of the suites.
fn written(policy: &RetryPolicy) -> RetryPolicyExpect {
    RetryPolicyExpect {
        attempts: policy.attempts,
        on: policy.retry_on.clone(),
        codes: policy.retriable_status_codes.clone(),
        per_try: policy.per_try_timeout.map(seconds),
        backoff: policy.backoff.map(seconds),
        previous_hosts: policy.ignore_previous_hosts,
        remote_localities: policy.remote_localities,
    }
}

/// As protobuf writes durations: with 3, 6, 9 decimals or none.
fn seconds(duration: std::time::Duration) -> String {
    let (whole, nanos) = (duration.as_secs(), duration.subsec_nanos());
    if nanos == 0 {
        format!("{whole}s")
    } else if nanos % 1_000_000 == 0 {
        format!("{whole}.{:03}s", nanos / 1_000_000)
    } else if nanos % 1_000 == 0 {
        format!("{whole}.{:06}s", nanos / 1_000)
    } else {
        format!("{whole}.{nanos:09}s")
    }
}

fn fault(expect: Option<&FaultExpect>, seen: &Fault, findings: &mut Findings) {
    let abort = expect.and_then(|fault| fault.abort.as_ref()).map(|abort| {
        let percent = abort.percent.unwrap_or_default();
        (percent, abort.http_status, abort.grpc_status)
    });
    let found = seen.abort.map(|(abort, fraction)| match abort {
        Abort::HttpStatus(status) => (fraction.percent(), Some(status), None),
        Abort::GrpcStatus(status) => (fraction.percent(), None, Some(status)),
    });
    findings.same("facts.fault.abort", &abort, &found);
    let delay = expect.and_then(|fault| fault.delay.as_ref()).map(|delay| {
        let percent = delay.percent.unwrap_or_default();
        (percent, delay.fixed.clone())
    });
    let found = seen
        .delay
        .map(|delay| (delay.fraction.percent(), seconds(delay.duration)));
    findings.same("facts.fault.delay", &delay, &found);
}

fn mirrors(expect: Option<&[MirrorPolicy]>, facts: &Facts, findings: &mut Findings) {
    let expected: Vec<Mirror> = expect
        .unwrap_or_default()
        .iter()
        .map(|mirror| Mirror {
            cluster: mirror.cluster.clone(),
            percent: mirror.percent,
        })
        .collect();
    match &facts.mirrors {
        Some(seen) => findings.same("facts.mirrorPolicies", &expected, seen),
        None if expected.is_empty() => {}
        None => findings.fail("facts.mirrorPolicies", format!("{expected:?}"), "not told"),
    }
}

fn hash_policy(expect: &FactsExpect, facts: &Facts, findings: &mut Findings) {
    let expected = expect.hash_policy.as_deref().unwrap_or_default();
    match &facts.hash_policy {
        Some(seen) => findings.same("facts.hashPolicy", expected, seen.as_slice()),
        None if expected.is_empty() => {}
        None => findings.fail("facts.hashPolicy", format!("{expected:?}"), "not told"),
    }
}
