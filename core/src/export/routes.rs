//! The routes behind the filter: it has decided already, and says by headers which cluster and which profile.

use alloc::vec::Vec;

use serde_json::{Value, json};

use super::files::typed;
use crate::action::RetryPolicy;
use crate::wire::{CLUSTER_HEADER, PROFILE_HEADER, Profile};

/// Response bodies of routes that Envoy accepts.
const MAX_BODY_BYTES: u32 = 1_048_576;

/// Headers between the filter and Envoy that upstreams do not see. Envoy's router removes those about
/// timeouts and retries by itself, after it has read them.
const HEADERS_TO_REMOVE: [&str; 5] = [
    CLUSTER_HEADER,
    PROFILE_HEADER,
    "x-envoy-fault-delay-request",
    "x-envoy-fault-abort-request",
    "x-envoy-fault-abort-grpc-request",
];

/// The route table, the same for all listeners. A request for which the filter names no cluster finds no
/// route and gets Envoy's 404. Paths were judged by the filter, and rewritten ones may look like anything.
pub(super) fn route_config(name: &str) -> Value {
    json!({
        "name": name,
        "validate_clusters": false,
        "ignore_port_in_host_matching": true,
        "max_direct_response_body_size_bytes": MAX_BODY_BYTES,
        "virtual_hosts": [{
            "name": "mainsheet",
            "domains": ["*"],
            "include_request_attempt_count": true,
            "request_headers_to_remove": HEADERS_TO_REMOVE,
            "routes": routes(),
        }],
    })
}

/// One route a profile, the default last: it takes what names no profile.
fn routes() -> Vec<Value> {
    [Profile::Retry, Profile::RetryAnyHost, Profile::Default]
        .into_iter()
        .map(route)
        .collect()
}

fn route(profile: Profile) -> Value {
    json!({
        "name": profile.header_value().unwrap_or("default"),
        "match": {"prefix": "", "headers": matched_headers(profile)},
        "route": {
            "cluster_header": CLUSTER_HEADER,
            "timeout": "0s",
            "max_grpc_timeout": "0s",
            "retry_policy": retry_policy(profile),
        },
    })
}

fn matched_headers(profile: Profile) -> Vec<Value> {
    let cluster = json!({"name": CLUSTER_HEADER, "present_match": true});
    let chosen = |value| json!({"name": PROFILE_HEADER, "string_match": {"exact": value}});
    core::iter::once(cluster)
        .chain(profile.header_value().map(chosen))
        .collect()
}

/// What no header can say. When and how often is in headers, except for Istio's default.
fn retry_policy(profile: Profile) -> Value {
    match profile {
        Profile::Default => istio_default(),
        Profile::Retry => json!({
            "retry_host_predicate": [previous_hosts()],
            "host_selection_retry_max_attempts": RetryPolicy::HOST_SELECTION_ATTEMPTS,
        }),
        Profile::RetryAnyHost => json!({}),
    }
}

fn istio_default() -> Value {
    let policy = RetryPolicy::istio_default();
    json!({
        "num_retries": policy.attempts,
        "retry_on": policy.retry_on,
        "retry_host_predicate": [previous_hosts()],
        "host_selection_retry_max_attempts": RetryPolicy::HOST_SELECTION_ATTEMPTS,
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
