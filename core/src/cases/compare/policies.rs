//! Retries and faults.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::super::model::{FaultExpect, RetryExpect};
use super::{Differences, duration};
use crate::view::{AbortView, DecisionView};

pub(super) fn compare_retries(expected: &RetryExpect, decision: &DecisionView, all: &mut Differences) {
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

pub(super) fn compare_fault(
    expected: &FaultExpect,
    decision: &DecisionView,
    drawn: bool,
    all: &mut Differences,
) {
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
