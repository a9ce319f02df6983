//! Numbers and lengths of time with their bounds. Source: Istio `ValidatePort`, `ValidateDuration`,
//! `ValidatePercent`, `validatePercentage`.

use alloc::format;

use super::findings::{Findings, Refusal, Verdict, refuse};
use crate::report::Field;
use crate::resources::{Duration, Percent};

/// Nanoseconds in a millisecond.
const MILLISECOND: i64 = 1_000_000;

/// The number of a port.
pub(super) fn port(number: u32) -> Verdict {
    if (1..=65_535).contains(&number) {
        return Ok(());
    }
    let message = format!("port number {number} must be in the range 1..65535");
    refuse("invalid-port", message, "give a port from 1 to 65535")
}

/// As [`port`], in the words of the schemas that have the bounds, too.
pub(super) fn schema_port(number: u32) -> Verdict {
    port(number).map_err(|refusal| Refusal {
        message: format!("port must be between 1-65535, found {number}"),
        ..refusal
    })
}

/// A length of time that Envoy is given in milliseconds.
pub(super) fn duration(duration: Duration) -> Verdict {
    const CODE: &str = "invalid-duration";
    if duration.as_nanos() < MILLISECOND {
        let help = "give at least `1ms`; leave the field out where there shall be no limit";
        return refuse(CODE, "duration must be greater than 1ms", help);
    }
    if duration.as_nanos() % MILLISECOND != 0 {
        let message = "only durations to ms precision are supported";
        return refuse(CODE, message, "round it to milliseconds");
    }
    Ok(())
}

/// Some lengths of time, those that are given.
pub(super) fn durations(
    given: &[(&'static str, Option<Duration>)],
    field: &Field<'_>,
    findings: &mut Findings,
) {
    for (name, length) in given {
        if let Some(length) = length {
            findings.judge(duration(*length), &field.name(name));
        }
    }
}

/// A share in whole percent.
pub(super) fn percent(value: i32) -> Verdict {
    if (0..=100).contains(&value) {
        return Ok(());
    }
    let message = format!("percentage {value} is not in range 0..100");
    refuse("invalid-percentage", message, "give a number from 0 to 100")
}

/// A share of requests.
pub(super) fn percentage(percentage: Option<&Percent>) -> Verdict {
    let Some(Percent { value }) = percentage.copied() else {
        return Ok(());
    };
    if value == 0.0 || (0.0001..=100.0).contains(&value) {
        return Ok(());
    }
    let message = format!("percentage {value} is neither 0.0, nor in range [0.0001, 100.0]");
    refuse(
        "invalid-percentage",
        message,
        "give 0, or a number from 0.0001 to 100",
    )
}

/// A status that a proxy answers with. 600 is taken by Istio, too.
pub fn http_status(status: i64) -> Verdict {
    if (200..=600).contains(&status) {
        return Ok(());
    }
    let message = format!("HTTP status {status} is not in range 200-599");
    refuse("invalid-status", message, "give a status from 200 to 599")
}

/// Limits, of which none may be negative.
pub(super) fn limits(
    given: &[(&'static str, &'static str, i32)],
    field: &Field<'_>,
    findings: &mut Findings,
) {
    for (name, words, value) in given {
        if *value < 0 {
            let message = format!("{words} must be non-negative");
            let help = "give 0 or more; 0 is the default";
            findings.error(&field.name(name), "out-of-range", message, help);
        }
    }
}
