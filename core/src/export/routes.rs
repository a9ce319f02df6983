//! The routes behind the filter: it has decided already, and says by headers which cluster and which profile.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use serde_json::{Map, Value, json};

use super::files::{self, typed};
use super::listeners::Listener;
use crate::action::{HashPolicy, Mirror, Profile, RetryPlaces, RetryPolicy, RouteRetries};
use crate::compile::{Proxy, compile_mesh};
use crate::mesh::Mesh;
use crate::report::Report;
use crate::wire::{CLUSTER_HEADER, PROFILE_HEADER};

/// Response bodies of routes that Envoy accepts.
const MAX_BODY_BYTES: u32 = 1_048_576;

/// Headers between the filter and Envoy that upstreams do not see. Envoy's router removes those about
/// timeouts and retries by itself, after it has read them.
pub(super) const HEADERS_TO_REMOVE: [&str; 5] = [
    CLUSTER_HEADER,
    PROFILE_HEADER,
    "x-envoy-fault-delay-request",
    "x-envoy-fault-abort-request",
    "x-envoy-fault-abort-grpc-request",
];

/// The file with the routes of one listener. They are apart from the listener, which new ones do not drain.
/// They follow from the rules: one route for each profile that a rule needs.
pub(super) fn file(mesh: &Mesh, listener: &Listener<'_>) -> (String, Value) {
    let table = typed(
        "envoy.config.route.v3.RouteConfiguration",
        route_config(&listener.name, &profiles(mesh, &listener.proxy.proxy)),
    );
    (files::routes(&listener.name), files::discovery(&[table]))
}

/// The profiles that the rules need beside the default one.
pub(super) fn profiles(mesh: &Mesh, proxy: &Proxy) -> BTreeMap<String, Profile> {
    // What is wrong with the rules is said where the filter's configuration is made of them.
    let compiled = compile_mesh(mesh, proxy, Report::default());
    compiled
        .map(|compiled| compiled.table.profiles())
        .unwrap_or_default()
}

/// The route table behind the filter. A request for which the filter names no cluster finds no route and gets
/// Envoy's 404. Paths were judged by the filter, and rewritten ones may look like anything.
fn route_config(name: &str, profiles: &BTreeMap<String, Profile>) -> Value {
    let named = profiles.iter().map(|(name, profile)| route(Some(name), profile));
    let default = route(None, &Profile::default());
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
            // The default last: it takes what names no profile.
            "routes": named.chain([default]).collect::<Vec<_>>(),
        }],
    })
}

/// The route of a profile; of the default one without a name.
pub(super) fn route(name: Option<&str>, profile: &Profile) -> Value {
    let cluster = json!({"name": CLUSTER_HEADER, "present_match": true});
    let chosen = name.map(|name| json!({"name": PROFILE_HEADER, "string_match": {"exact": name}}));
    let headers: Vec<Value> = core::iter::once(cluster).chain(chosen).collect();
    json!({
        "name": name.unwrap_or("default"),
        "stat_prefix": profile.stat_prefix,
        "match": {"prefix": "", "headers": headers},
        "route": {
            "cluster_header": CLUSTER_HEADER,
            "cluster_not_found_response_code": missing_cluster(profile.missing_cluster_status),
            "timeout": "0s",
            "max_grpc_timeout": "0s",
            "retry_policy": retry_policy(&profile.retries),
            "request_mirror_policies": profile.mirrors.iter().map(mirror).collect::<Vec<_>>(),
            "hash_policy": profile.hash_policies.iter().map(hash_policy).collect::<Vec<_>>(),
        },
    })
}

/// 503, or 500 for the Gateway API's routes.
fn missing_cluster(status: u16) -> &'static str {
    match status {
        500 => "INTERNAL_SERVER_ERROR",
        _ => "SERVICE_UNAVAILABLE",
    }
}

/// What no header can say. When and how often is in headers, except for Istio's default.
fn retry_policy(retries: &RouteRetries) -> Value {
    match retries {
        RouteRetries::Default => istio_default(),
        RouteRetries::Ordered(places) => ordered(places),
    }
}

fn ordered(places: &RetryPlaces) -> Value {
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
    Value::Object(policy)
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

/// Source: Istio `TranslateRequestMirrorPolicy`.
fn mirror(mirror: &Mirror) -> Value {
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
fn hash_policy(policy: &HashPolicy) -> Value {
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
fn seconds(duration: Duration) -> String {
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
