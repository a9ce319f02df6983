//! The response as the client sees it.

use std::collections::BTreeMap;

use super::{Findings, Rules, joined};
use crate::conformance::expect::{Headers, ResponseExpect};
use crate::subject::Observation;

/// What recordings leave out; `location` has a key of its own.
const NOT_RECORDED: [&str; 7] = [
    "date",
    "server",
    "connection",
    "content-length",
    "transfer-encoding",
    "x-envoy-upstream-service-time",
    "location",
];

pub(super) fn check(
    expect: Option<&ResponseExpect>,
    seen: &Observation,
    rules: &Rules,
    findings: &mut Findings,
) {
    let left_out: &[&str] = if rules.recording { &NOT_RECORDED } else { &[] };
    let found = joined(&seen.response_headers, left_out);
    match expect {
        None if rules.recording => {
            let unchanged = unchanged(seen, rules);
            findings.headers("response.headers", &unchanged, &found, rules);
            body("", seen, findings);
        }
        None => {}
        Some(expect) => stated(expect, seen, &found, rules, findings),
    }
}

/// The backend's headers, or none in an answer of the proxy.
fn unchanged(seen: &Observation, rules: &Rules) -> Headers {
    if seen.upstream.is_none() {
        return Headers::new();
    }
    joined(&rules.answer.headers, &[])
        .into_iter()
        .map(|(name, value)| (name, Some(value)))
        .collect()
}

fn stated(
    expect: &ResponseExpect,
    seen: &Observation,
    found: &BTreeMap<String, String>,
    rules: &Rules,
    findings: &mut Findings,
) {
    let plain = |text: &str| {
        let blank = |character: &char| expect.ignore_whitespace && character.is_whitespace();
        text.chars()
            .filter(|character| !blank(character))
            .collect::<String>()
    };
    let found: BTreeMap<String, String> = found
        .iter()
        .map(|(name, value)| (name.clone(), plain(value)))
        .collect();
    let headers = expect.headers.clone().unwrap_or_default();
    let headers = headers
        .into_iter()
        .map(|(name, value)| (name, value.as_deref().map(plain)))
        .collect();
    findings.headers("response.headers", &headers, &found, rules);
    for (name, allowed) in expect.headers_one_of.iter().flatten() {
        let value = found.get(&name.to_ascii_lowercase());
        let fits = |value: &String| allowed.iter().any(|allowed| plain(allowed) == *value);
        if !value.is_some_and(fits) {
            findings.fail(
                &format!("response.headersOneOf.{name}"),
                format!("one of {allowed:?}"),
                format!("{value:?}"),
            );
        }
    }
    match &expect.body {
        Some(expected) => findings.same("response.body", expected, &seen.body),
        None if rules.recording => body("", seen, findings),
        None => {}
    }
}

/// Bodies of upstreams are not recorded.
fn body(expected: &str, seen: &Observation, findings: &mut Findings) {
    if seen.upstream.is_none() {
        findings.same("response.body", expected, seen.body.as_str());
    }
}
