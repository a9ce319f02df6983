//! The request as the backend sees it.

use mainsheet_core::compile::PASSTHROUGH_CLUSTER;

use super::{Findings, Rules, joined};
use crate::conformance::expect::{Headers, UpstreamExpect};
use crate::subject::Observation;

/// What recordings leave out.
const NOT_RECORDED: [&str; 11] = [
    "host",
    "x-request-id",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-envoy-external-address",
    "x-envoy-internal",
    "x-envoy-attempt-count",
    "x-envoy-expected-rq-timeout-ms",
    "connection",
    "content-length",
    "transfer-encoding",
];

pub(super) fn check(
    expect: Option<&UpstreamExpect>,
    seen: &Observation,
    rules: &Rules,
    findings: &mut Findings,
) {
    let Some(expect) = expect else {
        if let Some(upstream) = seen.upstream.as_ref().filter(|_| rules.recording) {
            findings.fail(
                "upstream",
                "nothing",
                format!("{} {}", upstream.method, upstream.path),
            );
        }
        return;
    };
    connection(expect, seen, findings);
    request(expect, seen, rules, findings);
}

/// `mtls` is how istio-integration proves that a known service was reached, and not the original destination.
fn connection(expect: &UpstreamExpect, seen: &Observation, findings: &mut Findings) {
    if let Some(mtls) = expect.mtls {
        let known = seen
            .cluster
            .as_deref()
            .is_some_and(|cluster| cluster != PASSTHROUGH_CLUSTER);
        let reached = seen.upstream.is_some();
        if !(reached && known == mtls) {
            findings.fail(
                "upstream.mtls",
                if mtls {
                    "a known service"
                } else {
                    "the original destination"
                },
                format!(
                    "{:?}, {}",
                    seen.cluster,
                    if reached { "reached" } else { "not reached" }
                ),
            );
        }
    }
    for (key, stated) in [
        ("upstream.protocol", &expect.protocol),
        ("upstream.serverName", &expect.server_name),
    ] {
        if stated.is_some() {
            findings.invisible(key);
        }
    }
}

fn request(expect: &UpstreamExpect, seen: &Observation, rules: &Rules, findings: &mut Findings) {
    let nothing = Headers::new();
    let headers = match &expect.headers {
        None if rules.recording => Some(&nothing),
        stated => stated.as_ref(),
    };
    let texts = [&expect.method, &expect.path, &expect.authority];
    if headers.is_none() && texts.iter().all(|text| text.is_none()) {
        return;
    }
    let Some(upstream) = &seen.upstream else {
        findings.fail("upstream", "a request", "none");
        return;
    };
    for (key, expected, found) in [
        ("upstream.method", &expect.method, &upstream.method),
        ("upstream.path", &expect.path, &upstream.path),
        ("upstream.authority", &expect.authority, &upstream.authority),
    ] {
        if let Some(expected) = expected {
            findings.same(key, expected, found);
        }
    }
    if let Some(expected) = headers {
        let left_out: &[&str] = if rules.recording { &NOT_RECORDED } else { &[] };
        let found = joined(&upstream.headers, left_out);
        findings.headers("upstream.headers", expected, &found, rules);
    }
}
