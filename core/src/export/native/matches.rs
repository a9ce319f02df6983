//! Conditions, as Envoy's matchers. Source: Istio `TranslateRouteMatch`.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::said;
use crate::matcher::{ClaimMatcher, HeaderMatcher, PathMatcher, QueryMatcher, StringMatcher, ValueMatcher};
use crate::table::RouteMatcher;

/// The metadata in which Envoy's JWT filter leaves the claims of a token.
const JWT_FILTER: &str = "envoy.filters.http.jwt_authn";
/// The key in it.
const JWT_PAYLOAD: &str = "payload";

/// `RouteMatch`.
pub(super) fn route_match(matcher: &RouteMatcher) -> Value {
    let mut fields = path(&matcher.path);
    let rest = super::object(json!({
        "headers": matcher.headers.iter().map(header).collect::<Vec<_>>(),
        "query_parameters": matcher.query.iter().map(query).collect::<Vec<_>>(),
        "dynamic_metadata": matcher.claims.iter().map(claim).collect::<Vec<_>>(),
    }));
    fields.extend(rest);
    Value::Object(fields)
}

fn path(path: &PathMatcher) -> Map<String, Value> {
    let any_case = |ignore: &bool| ignore.then_some(false);
    super::object(match path {
        PathMatcher::Exact { path, ignore_case } => {
            json!({"path": path, "case_sensitive": any_case(ignore_case)})
        }
        PathMatcher::Prefix { prefix, ignore_case } => {
            json!({"prefix": prefix, "case_sensitive": any_case(ignore_case)})
        }
        PathMatcher::Segments { prefix } => json!({"path_separated_prefix": prefix}),
        PathMatcher::Regex(regex) => json!({"safe_regex": {"regex": regex.as_str()}}),
    })
}

/// `StringMatcher`.
pub(super) fn string(matcher: &StringMatcher) -> Value {
    match matcher {
        StringMatcher::Exact(text) => json!({"exact": text}),
        StringMatcher::Prefix(text) => json!({"prefix": text}),
        StringMatcher::Regex(regex) => json!({"safe_regex": {"regex": regex.as_str()}}),
    }
}

/// What is asked of a value: its presence, or how it reads.
fn value(matcher: &ValueMatcher) -> (&'static str, Value) {
    match matcher {
        ValueMatcher::Present => ("present_match", json!(true)),
        ValueMatcher::Value(matcher) => ("string_match", string(matcher)),
    }
}

/// An inverted condition takes a missing header as an empty one, unless it asks for presence: Envoy refuses
/// the two together.
fn header(matcher: &HeaderMatcher) -> Value {
    let (specifier, value) = value(&matcher.value);
    let missing_is_empty = matcher.invert && matches!(matcher.value, ValueMatcher::Value(_));
    said(json!({
        "name": matcher.name,
        specifier: value,
        "invert_match": matcher.invert.then_some(true),
        "treat_missing_header_as_empty": missing_is_empty.then_some(true),
    }))
}

fn query(matcher: &QueryMatcher) -> Value {
    let (specifier, value) = value(&matcher.value);
    json!({"name": matcher.name, specifier: value})
}

/// A claim is a text, or a list with one that matches. Source: Istio `MetadataMatcherForJWTClaims`.
fn claim(matcher: &ClaimMatcher) -> Value {
    let text = json!({"string_match": claim_text(&matcher.value)});
    let one_of = json!({"list_match": {"one_of": text}});
    let keys = core::iter::once(JWT_PAYLOAD).chain(matcher.path.iter().map(String::as_str));
    said(json!({
        "filter": JWT_FILTER,
        "path": keys.map(|key| json!({"key": key})).collect::<Vec<_>>(),
        "value": {"or_match": {"value_matchers": [one_of, text]}},
        "invert": matcher.invert.then_some(true),
    }))
}

/// Presence is any text: a claim that is a number matches nothing.
fn claim_text(matcher: &ValueMatcher) -> Value {
    match matcher {
        ValueMatcher::Present => json!({"safe_regex": {"regex": "(?s).*"}}),
        ValueMatcher::Value(matcher) => string(matcher),
    }
}
