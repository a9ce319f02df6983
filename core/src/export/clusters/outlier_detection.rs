//! Hosts that fail are left alone for a while.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::Fields;
use crate::resources::destination_rule::OutlierDetection;

/// What is not written is left to Envoy, whose defaults Istio documents as its own: sweeps every 10 s, 30 s of
/// ejection, 10 % of the hosts at most, five server errors in a row. Source: Istio `applyOutlierDetection`.
pub(super) fn message(outliers: &OutlierDetection) -> Value {
    let mut fields = Fields::new();
    let mut set = |name: &str, value: Value| drop(fields.insert(name.into(), value));
    // Statistics over all hosts are Envoy's own idea.
    set("enforcing_success_rate", json!(0));
    if let Some(errors) = outliers.consecutive_5xx_errors {
        set("consecutive_5xx", json!(errors));
        set("enforcing_consecutive_5xx", json!(enforcing(errors)));
    }
    if let Some(errors) = outliers.consecutive_gateway_errors {
        set("consecutive_gateway_failure", json!(errors));
        set("enforcing_consecutive_gateway_failure", json!(enforcing(errors)));
    }
    let times = [
        ("interval", outliers.interval),
        ("base_ejection_time", outliers.base_ejection_time),
    ];
    for (name, time) in times.into_iter().filter_map(|(name, time)| Some((name, time?))) {
        set(name, json!(time.to_string()));
    }
    if outliers.max_ejection_percent > 0 {
        set("max_ejection_percent", json!(outliers.max_ejection_percent));
    }
    if outliers.split_external_local_origin_errors {
        fields.extend(local_origin(outliers));
    }
    Value::Object(fields)
}

/// No errors in a row is no detection; Envoy would take it for any.
fn enforcing(errors: u32) -> u32 {
    if errors > 0 { 100 } else { 0 }
}

fn local_origin(outliers: &OutlierDetection) -> Fields {
    let mut fields = Fields::new();
    fields.insert("split_external_local_origin_errors".into(), json!(true));
    fields.insert("enforcing_local_origin_success_rate".into(), json!(0));
    let failures = outliers.consecutive_local_origin_failures.unwrap_or(0);
    if failures > 0 {
        fields.insert("consecutive_local_origin_failure".into(), json!(failures));
        fields.insert("enforcing_consecutive_local_origin_failure".into(), json!(100));
    }
    fields
}

/// What counts as an error where status codes are named: those, and no others. Envoy has this among its options of
/// HTTP.
pub(super) fn errors(outliers: &OutlierDetection) -> Option<Value> {
    let codes: Vec<String> = outliers
        .outlier_detection_http_error_codes
        .iter()
        .map(ToString::to_string)
        .collect();
    let status = json!({"name": ":status", "string_match": {"safe_regex": {"regex": codes.join("|")}}});
    let matcher = json!({"http_response_headers_match": {"headers": [status]}});
    (!codes.is_empty()).then(|| json!({"error_matcher": matcher}))
}
