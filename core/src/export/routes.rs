//! The routes behind the filter: it has decided already, and says by headers which cluster and which profile.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::files::typed;
use crate::action::RetryPolicy;
use crate::wire::{CLUSTER_HEADER, MISSING_CLUSTER_ERROR, MISSING_CLUSTER_HEADER, PROFILE_HEADER, Profile};

/// Response bodies of routes that Envoy accepts.
const MAX_BODY_BYTES: u32 = 1_048_576;

/// Headers between the filter and Envoy that upstreams do not see. Envoy's router removes those about
/// timeouts and retries by itself, after it has read them.
const HEADERS_TO_REMOVE: [&str; 6] = [
    CLUSTER_HEADER,
    MISSING_CLUSTER_HEADER,
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

/// One route a profile, the default last: it takes what names no profile. All of them twice: what a missing
/// cluster answers with is static too.
fn routes() -> Vec<Value> {
    let profiles = [Profile::Retry, Profile::RetryAnyHost, Profile::Default];
    let error = profiles.into_iter().map(|profile| route(profile, true));
    let unavailable = profiles.into_iter().map(|profile| route(profile, false));
    error.chain(unavailable).collect()
}

fn route(profile: Profile, missing_is_error: bool) -> Value {
    let name = profile.header_value().unwrap_or("default");
    let (name, missing) = if missing_is_error {
        (format!("{name}-missing-500"), "INTERNAL_SERVER_ERROR")
    } else {
        (name.into(), "SERVICE_UNAVAILABLE")
    };
    json!({
        "name": name,
        "match": {"prefix": "", "headers": matched_headers(profile, missing_is_error)},
        "route": {
            "cluster_header": CLUSTER_HEADER,
            "cluster_not_found_response_code": missing,
            "timeout": "0s",
            "max_grpc_timeout": "0s",
            "retry_policy": retry_policy(profile),
        },
    })
}

fn matched_headers(profile: Profile, missing_is_error: bool) -> Vec<Value> {
    let exact = |name: &str, value: &str| json!({"name": name, "string_match": {"exact": value}});
    let cluster = json!({"name": CLUSTER_HEADER, "present_match": true});
    let chosen = profile.header_value().map(|value| exact(PROFILE_HEADER, value));
    let missing = missing_is_error.then(|| exact(MISSING_CLUSTER_HEADER, &MISSING_CLUSTER_ERROR.to_string()));
    core::iter::once(cluster).chain(chosen).chain(missing).collect()
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
