//! What routes say alike, whether a filter has chosen them or their own conditions.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use serde_json::{Map, Value, json};

use super::files::typed;
use crate::action::{HashPolicy, Mirror, RetryPlaces, RetryPolicy};

/// Response bodies of routes that Envoy accepts.
pub(super) const MAX_BODY_BYTES: u32 = 1_048_576;

/// 503, or 500 for the Gateway API's routes.
pub(super) fn missing_cluster(status: u16) -> &'static str {
    match status {
        500 => "INTERNAL_SERVER_ERROR",
        _ => "SERVICE_UNAVAILABLE",
    }
}

/// The policy of every route that says nothing.
pub(super) fn istio_default() -> Value {
    let policy = RetryPolicy::istio_default();
    json!({
        "num_retries": policy.attempts,
        "retry_on": policy.retry_on,
        "retry_host_predicate": [previous_hosts()],
        "host_selection_retry_max_attempts": RetryPolicy::HOST_SELECTION_ATTEMPTS,
    })
}

/// Where and how soon a request is retried.
pub(super) fn retry_places(places: &RetryPlaces) -> Map<String, Value> {
    let mut policy = Map::new();
    if places.ignore_previous_hosts {
        policy.insert("retry_host_predicate".into(), json!([previous_hosts()]));
    }
    policy.insert(
        "host_selection_retry_max_attempts".into(),
        json!(RetryPolicy::HOST_SELECTION_ATTEMPTS),
    );
    if let Some(backoff) = places.backoff {
        policy.insert(
            "retry_back_off".into(),
            json!({"base_interval": seconds(backoff)}),
        );
    }
    if places.remote_localities {
        policy.insert("retry_priority".into(), previous_priorities());
    }
    policy
}

/// Source: Istio `TranslateRequestMirrorPolicy`.
pub(super) fn mirror(mirror: &Mirror) -> Value {
    json!({
        "cluster": mirror.cluster,
        "runtime_fraction": {"default_value": {
            "numerator": mirror.fraction.millionths(),
            "denominator": "MILLION",
        }},
        "trace_sampled": false,
        "disable_shadow_host_suffix_append": true,
    })
}

/// Source: Istio `consistentHashToHashPolicy`.
pub(super) fn hash_policy(policy: &HashPolicy) -> Value {
    match policy {
        HashPolicy::Header(name) => json!({"header": {"header_name": name}}),
        HashPolicy::SourceIp => json!({"connection_properties": {"source_ip": true}}),
        HashPolicy::QueryParameter(name) => json!({"query_parameter": {"name": name}}),
        HashPolicy::Cookie(cookie) => {
            let attributes = cookie.attributes.iter();
            let attributes = attributes.map(|(name, value)| json!({"name": name, "value": value}));
            json!({"cookie": {
                "name": cookie.name,
                "path": cookie.path,
                "ttl": cookie.ttl.map(seconds),
                "attributes": attributes.collect::<Vec<_>>(),
            }})
        }
    }
}

/// A duration as protobuf writes it in JSON.
pub(super) fn seconds(duration: Duration) -> String {
    alloc::format!("{}.{:09}s", duration.as_secs(), duration.subsec_nanos())
}

/// Other localities than those that have failed.
fn previous_priorities() -> Value {
    let config = "envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig";
    json!({
        "name": "envoy.retry_priorities.previous_priorities",
        "typed_config": typed(config, json!({"update_frequency": 2})),
    })
}

/// Passes over hosts that have failed for this request.
fn previous_hosts() -> Value {
    json!({
        "name": "envoy.retry_host_predicates.previous_hosts",
        "typed_config":
            typed("envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate", json!({})),
    })
}
