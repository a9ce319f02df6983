//! Settings of the matched route. What a case does not list is not set.

use std::collections::BTreeMap;

use mainsheet_core::view::{AbortView, FaultView, HashPolicyView, MirrorView, RetryView};
use serde_json::{Value, json};

use super::{Findings, Rules};
use crate::conformance::expect::{
    Expect, FactsExpect, FaultExpect, MirrorPolicy, RetriesExpect, RetryPolicyExpect,
};
use crate::subject::{Facts, Observation};

pub(super) fn check(expect: &Expect, seen: &Observation, rules: &Rules, findings: &mut Findings) {
    let (Some(expect), Some(decided)) = (&expect.facts, &seen.decided) else {
        return;
    };
    let Some(facts) = &decided.facts else {
        findings.fail("facts", "settings of a route", "none");
        return;
    };
    if let Some(timeout) = &expect.timeout {
        findings.same(
            "facts.timeout",
            timeout,
            &seconds(facts.timeout_ms.unwrap_or_default()),
        );
    }
    retries(expect, facts, rules, findings);
    fault(expect.fault.as_ref(), facts.fault.as_ref(), findings);
    mirrors(expect.mirror_policies.as_deref(), facts, findings);
    hash_policies(expect, facts, findings);
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
fn written(policy: &RetryView) -> RetryPolicyExpect {
    RetryPolicyExpect {
        attempts: policy.attempts,
        on: policy.retry_on.clone(),
        codes: policy.retriable_status_codes.clone(),
        per_try: policy.per_try_timeout_ms.map(seconds),
        backoff: policy.backoff_ms.map(seconds),
        previous_hosts: policy.ignore_previous_hosts,
        remote_localities: policy.remote_localities,
    }
}

/// As protobuf writes durations: with three decimals or none.
fn seconds(milliseconds: u64) -> String {
    let (whole, rest) = (milliseconds / 1000, milliseconds % 1000);
    if rest == 0 {
        format!("{whole}s")
    } else {
        format!("{whole}.{rest:03}s")
    }
}

fn fault(expect: Option<&FaultExpect>, seen: Option<&FaultView>, findings: &mut Findings) {
    let abort = expect.and_then(|fault| fault.abort.as_ref()).map(|abort| {
        let percent = abort.percent.unwrap_or_default();
        (percent, abort.http_status, abort.grpc_status)
    });
    let found = seen
        .and_then(|fault| fault.abort.as_ref())
        .map(|abort| match abort.what {
            AbortView::HttpStatus(status) => (abort.percent, Some(status), None),
            AbortView::GrpcStatus(status) => (abort.percent, None, Some(status)),
        });
    findings.same("facts.fault.abort", &abort, &found);
    let delay = expect.and_then(|fault| fault.delay.as_ref()).map(|delay| {
        let percent = delay.percent.unwrap_or_default();
        (percent, delay.fixed.clone())
    });
    let found = seen
        .and_then(|fault| fault.delay.as_ref())
        .map(|delay| (delay.percent, seconds(delay.fixed_ms)));
    findings.same("facts.fault.delay", &delay, &found);
}

fn mirrors(expect: Option<&[MirrorPolicy]>, facts: &Facts, findings: &mut Findings) {
    let expected: Vec<MirrorView> = expect
        .unwrap_or_default()
        .iter()
        .map(|mirror| MirrorView {
            cluster: mirror.cluster.clone(),
            percent: mirror.percent,
        })
        .collect();
    findings.same("facts.mirrorPolicies", &expected, &facts.mirrors);
}

fn hash_policies(expect: &FactsExpect, facts: &Facts, findings: &mut Findings) {
    let expected = expect.hash_policy.as_deref().unwrap_or_default();
    let seen: Vec<Value> = facts.hash_policies.iter().map(hashed).collect();
    findings.same("facts.hashPolicy", expected, seen.as_slice());
}

/// A hash policy in the words of the suites.
fn hashed(policy: &HashPolicyView) -> Value {
    match policy {
        HashPolicyView::Header(name) => json!({"header": {"headerName": name}}),
        HashPolicyView::SourceIp => json!({"connectionProperties": {"sourceIp": true}}),
        HashPolicyView::QueryParameter(name) => json!({"queryParameter": {"name": name}}),
        HashPolicyView::Cookie(cookie) => {
            let ttl = cookie.ttl_ms.map(|ttl| ("ttl", seconds(ttl)));
            let path = Some(("path", cookie.path.clone())).filter(|(_, path)| !path.is_empty());
            let name = Some(("name", cookie.name.clone()));
            let written: BTreeMap<&str, String> = [name, path, ttl].into_iter().flatten().collect();
            json!({"cookie": written})
        }
    }
}
