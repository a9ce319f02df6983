//! The routes behind the filter: it has decided already, and says by headers which cluster and which profile.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::files::{self, typed};
use super::listeners::Listener;
use super::policies::{self, MAX_BODY_BYTES};
use crate::action::{Profile, RouteRetries};
use crate::compile::{Proxy, compile_mesh};
use crate::mesh::Mesh;
use crate::report::Report;
use crate::wire::{CLUSTER_HEADER, PROFILE_HEADER};

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
        route_config(&listener.name, &profiles(mesh, &listener.client())),
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
            "cluster_not_found_response_code": policies::missing_cluster(profile.missing_cluster_status),
            "timeout": "0s",
            "max_grpc_timeout": "0s",
            "retry_policy": retry_policy(&profile.retries),
            "request_mirror_policies": profile.mirrors.iter().map(policies::mirror).collect::<Vec<_>>(),
            "hash_policy": profile.hash_policies.iter().map(policies::hash_policy).collect::<Vec<_>>(),
        },
    })
}

/// What no header can say. When and how often is in headers, except for Istio's default.
fn retry_policy(retries: &RouteRetries) -> Value {
    match retries {
        RouteRetries::Default => policies::istio_default(),
        RouteRetries::Ordered(places) => Value::Object(policies::retry_places(places)),
    }
}
