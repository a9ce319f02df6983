//! `retries`. Source: Istio `ValidateHTTPRetry`, Go `http.StatusText`.

use alloc::format;

use super::findings::{Findings, Verdict, refuse};
use super::numbers;
use crate::report::Field;
use crate::resources::virtual_service::HTTPRetry;

const CONDITIONS: [&str; 16] = [
    "5xx",
    "gateway-error",
    "reset",
    "reset-before-request",
    "connect-failure",
    "retriable-4xx",
    "refused-stream",
    "retriable-status-codes",
    "retriable-headers",
    "envoy-ratelimited",
    "http3-post-connect-failure",
    "cancelled",
    "deadline-exceeded",
    "internal",
    "resource-exhausted",
    "unavailable",
];

/// One policy.
pub fn check(policy: &HTTPRetry, field: &Field<'_>, findings: &mut Findings) {
    if policy.attempts < 0 {
        let help = "give 0 for none, or a number of attempts";
        findings.error(
            &field.name("attempts"),
            "out-of-range",
            "attempts cannot be negative",
            help,
        );
    }
    let configured = policy.per_try_timeout.is_some()
        || !policy.retry_on.is_empty()
        || policy.retry_remote_localities.is_some();
    if policy.attempts == 0 && configured {
        let message = "http retry policy configured when attempts are set to 0 (disabled)";
        let help = "give `attempts`, or remove the other fields to switch retries off";
        findings.error(field, "conflicting-fields", message, help);
    }
    let durations = [
        ("perTryTimeout", policy.per_try_timeout),
        ("backoff", policy.backoff),
    ];
    numbers::durations(&durations, field, findings);
    if !policy.retry_on.is_empty() {
        for token in policy.retry_on.split(',') {
            findings.judge(condition(token), &field.name("retryOn"));
        }
    }
}

/// The name of a condition, or a status code. Blanks count.
fn condition(token: &str) -> Verdict {
    if CONDITIONS.contains(&token) || token.parse::<i64>().is_ok_and(is_registered) {
        return Ok(());
    }
    let help = if token.trim().contains(' ') {
        "put commas between the conditions, without blanks"
    } else if token.trim() == token {
        "use conditions of Envoy such as `5xx` or `connect-failure`, or status codes"
    } else {
        "remove the blanks: conditions are separated by commas alone"
    };
    refuse(
        "invalid-retry-on",
        format!("{token:?} is not a valid retryOn policy"),
        help,
    )
}

/// Whether a status code has a name.
fn is_registered(status: i64) -> bool {
    matches!(
        status,
        100..=103
            | 200..=208
            | 226
            | 300..=305
            | 307..=308
            | 400..=418
            | 421..=426
            | 428..=429
            | 431
            | 451
            | 500..=508
            | 510..=511
    )
}
