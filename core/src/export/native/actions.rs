//! What a route does. Source: Istio `translateRoute`, `applyHTTPRouteDestination`.

use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{filters, headers, object, paths, text};
use crate::action::{Action, Destination, DirectResponse, ForwardAction, Redirect, Retries, RetryPlaces};
use crate::export::policies;
use crate::matcher::PathMatcher;
use crate::wire::MISSING_CLUSTER_STATUS;

/// The fields of a route with the condition `path` that say what it does.
pub(super) fn fields(action: &Action, path: &PathMatcher) -> Map<String, Value> {
    match action {
        Action::Forward(forward) => forwarding(forward, path),
        Action::Redirect(to) => {
            let mut fields = object(json!({"redirect": redirect(to, path)}));
            fields.extend(headers::response(&to.response_headers));
            fields
        }
        Action::Respond(response) => {
            let mut fields = object(json!({"direct_response": direct_response(response)}));
            fields.extend(headers::response(&response.response_headers));
            fields
        }
    }
}

fn forwarding(forward: &ForwardAction, path: &PathMatcher) -> Map<String, Value> {
    let mut fields = object(json!({
        "route": route_action(forward, path),
        "stat_prefix": text(&forward.stat_prefix),
        "typed_per_filter_config": filters::of_route(forward),
    }));
    fields.extend(headers::request(&forward.request_headers));
    fields.extend(headers::response(&forward.response_headers));
    fields
}

fn route_action(forward: &ForwardAction, path: &PathMatcher) -> Value {
    let timeout = policies::seconds(forward.timeout.unwrap_or_default());
    let missing = forward.missing_cluster_status;
    let mut fields = object(json!({
        "timeout": timeout,
        "max_grpc_timeout": timeout,
        "retry_policy": retry_policy(&forward.retries),
        "host_rewrite_literal": forward.host_rewrite,
        "request_mirror_policies": forward.mirrors.iter().map(policies::mirror).collect::<Vec<_>>(),
        "hash_policy": forward.hash_policies.iter().map(policies::hash_policy).collect::<Vec<_>>(),
        "cluster_not_found_response_code":
            (missing != MISSING_CLUSTER_STATUS).then(|| policies::missing_cluster(missing)),
    }));
    fields.extend(clusters(forward.split.destinations()));
    if let Some(rewrite) = &forward.path_rewrite {
        fields.extend(paths::rewrite(rewrite, path));
    }
    Value::Object(fields)
}

fn clusters(destinations: &[Destination]) -> Map<String, Value> {
    object(match destinations {
        [only] if is_plain(only) => json!({"cluster": only.cluster}),
        several => {
            let clusters: Vec<Value> = several.iter().map(weighted).collect();
            json!({"weighted_clusters": {"clusters": clusters}})
        }
    })
}

/// Whether a destination says nothing but its cluster. One with a weight may be all that is left of several,
/// and keeps its headers to itself.
fn is_plain(destination: &Destination) -> bool {
    destination.request_headers.is_empty()
        && destination.response_headers.is_empty()
        && destination.host_rewrite.is_none()
}

fn weighted(destination: &Destination) -> Value {
    let mut fields = object(json!({
        "name": destination.cluster,
        "weight": destination.weight,
        "host_rewrite_literal": destination.host_rewrite,
    }));
    fields.extend(headers::request(&destination.request_headers));
    fields.extend(headers::response(&destination.response_headers));
    Value::Object(fields)
}

/// `None` for no retries. Source: Istio `ConvertPolicy`.
fn retry_policy(retries: &Retries) -> Option<Value> {
    let policy = match retries {
        Retries::Disabled => return None,
        Retries::Default => return Some(policies::istio_default()),
        Retries::Policy(policy) => policy,
    };
    let mut fields = policies::retry_places(&RetryPlaces::from(policy));
    fields.extend(object(json!({
        "num_retries": policy.attempts,
        "retry_on": policy.retry_on,
        "retriable_status_codes": policy.retriable_status_codes,
        "per_try_timeout": policy.per_try_timeout.map(policies::seconds),
    })));
    Some(Value::Object(fields))
}

/// Source: Istio `ApplyRedirect`: no action where Envoy has no such status.
fn redirect(redirect: &Redirect, matcher: &PathMatcher) -> Option<Value> {
    let status = match redirect.status {
        301 => "MOVED_PERMANENTLY",
        302 => "FOUND",
        303 => "SEE_OTHER",
        307 => "TEMPORARY_REDIRECT",
        308 => "PERMANENT_REDIRECT",
        _ => return None,
    };
    let mut fields = object(json!({
        "response_code": status,
        "host_redirect": text(&redirect.authority),
        "scheme_redirect": text(&redirect.scheme),
        "port_redirect": redirect.port,
    }));
    fields.extend(match &redirect.path_rewrite {
        Some(rewrite) => paths::rewrite(rewrite, matcher),
        None => object(json!({"path_redirect": redirect.path})),
    });
    Some(Value::Object(fields))
}

fn direct_response(response: &DirectResponse) -> Value {
    let body = match core::str::from_utf8(&response.body) {
        Ok("") => None,
        Ok(text) => Some(json!({"inline_string": text})),
        Err(_) => Some(json!({"inline_bytes": STANDARD.encode(&response.body)})),
    };
    Value::Object(object(json!({"status": response.status, "body": body})))
}
