//! `outlierDetection`. Source: Istio `validateOutlierDetection`.

use alloc::format;

use super::findings::Findings;
use super::numbers;
use crate::report::Field;
use crate::resources::destination_rule::OutlierDetection;

/// Passive health checks.
pub fn check(outlier: &OutlierDetection, field: &Field<'_>, findings: &mut Findings) {
    let durations = [
        ("baseEjectionTime", outlier.base_ejection_time),
        ("interval", outlier.interval),
    ];
    numbers::durations(&durations, field, findings);
    if outlier.consecutive_errors != 0 {
        let message = "outlier detection consecutive errors is deprecated, use consecutiveGatewayErrors or \
                       consecutive5xxErrors instead";
        let help = "write `consecutive5xxErrors`: `consecutiveErrors` has no effect";
        findings.warn(&field.name("consecutiveErrors"), "deprecated", message, help);
    }
    let local = outlier.consecutive_local_origin_failures;
    if !outlier.split_external_local_origin_errors && local.is_some_and(|failures| failures > 0) {
        let message = "outlier detection consecutive local origin failures is specified, but split external local \
                       origin errors is set to false";
        let help = "add `splitExternalLocalOriginErrors: true`";
        findings.error(
            &field.name("consecutiveLocalOriginFailures"),
            "conflicting-fields",
            message,
            help,
        );
    }
    for (name, percent) in [
        ("maxEjectionPercent", outlier.max_ejection_percent),
        ("minHealthPercent", outlier.min_health_percent),
    ] {
        findings.judge(numbers::percent(percent), &field.name(name));
    }
    let codes = field.name("outlierDetectionHttpErrorCodes");
    for (index, code) in outlier.outlier_detection_http_error_codes.iter().enumerate() {
        if !(100..=599).contains(code) {
            let message = format!("HTTP error code {code} is not in range 100-599");
            findings.error(
                &codes.index(index),
                "invalid-status",
                message,
                "give a status from 100 to 599",
            );
        }
    }
}
