//! `fault`. A percentage that is not said is never. Source: Istio `TranslateFault`.

use super::Failed;
use super::actions::{RuleScope, duration_of};
use crate::action::{Abort, Delay, Fault, Fraction};
use crate::report::{Field, Report};
use crate::resources::virtual_service::{self, HTTPFaultInjection};

/// The names of gRPC statuses, at their numbers.
pub(crate) const GRPC_STATUSES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// Compiles `fault`; what is wrong goes to the report and is left out.
pub(super) fn compile(
    scope: &RuleScope<'_>,
    fault: Option<&HTTPFaultInjection>,
    report: &mut Report,
) -> Fault {
    let Some(fault) = fault else {
        return Fault::default();
    };
    let field = scope.field.name("fault");
    if fault.delay.is_none() && fault.abort.is_none() {
        let message = "HTTP fault injection must have an abort and/or a delay";
        scope.error(
            report,
            &field,
            "empty-fault",
            message,
            "add fault.delay or fault.abort",
        );
    }
    Fault {
        delay: fault
            .delay
            .as_ref()
            .and_then(|delay| compile_delay(scope, delay, &field.name("delay"), report).ok()),
        abort: fault
            .abort
            .as_ref()
            .and_then(|abort| compile_abort(scope, abort, &field.name("abort"), report).ok()),
    }
}

fn compile_delay(
    scope: &RuleScope<'_>,
    delay: &virtual_service::Delay,
    field: &Field<'_>,
    report: &mut Report,
) -> Result<Delay, Failed> {
    let Some(duration) = delay.fixed_delay.map(duration_of) else {
        let message = "a delay needs a fixedDelay; exponentialDelay is not supported by Istio";
        return Err(scope.error(report, field, "missing-delay", message, "write fixedDelay: 2s"));
    };
    let fraction = match &delay.percentage {
        Some(percentage) => Fraction::from_percent(percentage.value),
        None => Fraction::from_percent(f64::from(delay.percent)),
    };
    Ok(Delay { duration, fraction })
}

fn compile_abort(
    scope: &RuleScope<'_>,
    abort: &virtual_service::Abort,
    field: &Field<'_>,
    report: &mut Report,
) -> Result<(Abort, Fraction), Failed> {
    let fraction = abort
        .percentage
        .as_ref()
        .map(|percentage| Fraction::from_percent(percentage.value));
    let compiled = match &abort.grpc_status {
        Some(name) => grpc_status(scope, name, &field.name("grpcStatus"), report)?,
        None => {
            let written = match (abort.http_status, &abort.http2_error) {
                (None, Some(_)) => "http2Error",
                _ => "httpStatus",
            };
            let status = abort.http_status.unwrap_or_default();
            http_status(scope, status, &field.name(written), report)?
        }
    };
    Ok((compiled, fraction.unwrap_or_default()))
}

fn http_status(
    scope: &RuleScope<'_>,
    status: i32,
    field: &Field<'_>,
    report: &mut Report,
) -> Result<Abort, Failed> {
    match u16::try_from(status) {
        Ok(status @ 200..=599) => Ok(Abort::HttpStatus(status)),
        _ => {
            let message = alloc::format!("HTTP status {status} is not in range 200-599");
            Err(scope.error(
                report,
                field,
                "invalid-status",
                &message,
                "give a status from 200 to 599",
            ))
        }
    }
}

fn grpc_status(
    scope: &RuleScope<'_>,
    name: &str,
    field: &Field<'_>,
    report: &mut Report,
) -> Result<Abort, Failed> {
    let number = GRPC_STATUSES.iter().position(|status| *status == name);
    if let Some(number) = number.and_then(|number| u8::try_from(number).ok()) {
        return Ok(Abort::GrpcStatus(number));
    }
    let message = alloc::format!("gRPC status {name:?} is not supported");
    Err(scope.error(
        report,
        field,
        "invalid-status",
        &message,
        "use a name such as UNAVAILABLE",
    ))
}
