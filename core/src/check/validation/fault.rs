//! `fault`. Source: Istio `validateHTTPFaultInjection`.

use alloc::format;

use super::findings::{Findings, Verdict, refuse};
use super::{numbers, one_of};
use crate::compile::GRPC_STATUSES;
use crate::report::Field;
use crate::resources::virtual_service::{Abort, Delay, HTTPFaultInjection};

/// Both kinds of faults.
pub(super) fn check(fault: &HTTPFaultInjection, field: &Field<'_>, findings: &mut Findings) {
    if fault.delay.is_none() && fault.abort.is_none() {
        let message = "HTTP fault injection must have an abort and/or a delay";
        findings.error(field, "empty-fault", message, "add fault.delay or fault.abort");
    }
    if let Some(abort) = &fault.abort {
        check_abort(abort, &field.name("abort"), findings);
    }
    if let Some(delay) = &fault.delay {
        check_delay(delay, &field.name("delay"), findings);
    }
}

/// Answering on purpose.
pub fn check_abort(abort: &Abort, field: &Field<'_>, findings: &mut Findings) {
    findings.judge(
        numbers::percentage(abort.percentage.as_ref()),
        &field.name("percentage"),
    );
    one_of::check(
        &[
            ("httpStatus", abort.http_status.is_some()),
            ("grpcStatus", abort.grpc_status.is_some()),
            ("http2Error", abort.http2_error.is_some()),
        ],
        field,
        findings,
    );
    if let Some(name) = &abort.grpc_status {
        findings.judge(grpc_status(name), &field.name("grpcStatus"));
    } else if abort.http2_error.is_some() {
        let message = "HTTP/2 abort fault injection not supported yet";
        let help = "use httpStatus or grpcStatus";
        findings.error(&field.name("http2Error"), "invalid-status", message, help);
    } else if let Some(status) = abort.http_status {
        findings.judge(numbers::http_status(status.into()), &field.name("httpStatus"));
    } else {
        let message = "abort configured, but error type not set";
        let help = "add httpStatus or grpcStatus: nothing is aborted without one";
        findings.warn(field, "no-effect", message, help);
    }
}

fn grpc_status(name: &str) -> Verdict {
    if GRPC_STATUSES.contains(&name) {
        return Ok(());
    }
    let message = format!("gRPC status {name:?} is not supported");
    refuse("invalid-status", message, "use a name such as UNAVAILABLE")
}

/// Waiting on purpose.
pub fn check_delay(delay: &Delay, field: &Field<'_>, findings: &mut Findings) {
    findings.judge(numbers::percent(delay.percent), &field.name("percent"));
    findings.judge(
        numbers::percentage(delay.percentage.as_ref()),
        &field.name("percentage"),
    );
    one_of::check(
        &[
            ("fixedDelay", delay.fixed_delay.is_some()),
            ("exponentialDelay", delay.exponential_delay.is_some()),
        ],
        field,
        findings,
    );
    let given = [
        ("fixedDelay", delay.fixed_delay),
        ("exponentialDelay", delay.exponential_delay),
    ];
    numbers::durations(&given, field, findings);
    if delay.exponential_delay.is_some() {
        let message = "exponentialDelay not supported yet";
        findings.error(field, "missing-delay", message, "write fixedDelay: 2s");
    }
}
