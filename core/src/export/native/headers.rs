//! Header operations. Source: Istio `TranslateHeadersOperations`.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::object;
use crate::action::{HeaderMutations, HeaderValue};

/// The fields of a route, or of one of its clusters, with what happens to the headers of requests.
pub(super) fn request(headers: &HeaderMutations) -> Map<String, Value> {
    object(json!({
        "request_headers_to_add": to_add(headers),
        "request_headers_to_remove": headers.remove(),
    }))
}

/// The same of responses.
pub(super) fn response(headers: &HeaderMutations) -> Map<String, Value> {
    object(json!({
        "response_headers_to_add": to_add(headers),
        "response_headers_to_remove": headers.remove(),
    }))
}

/// What a rule and its only destination do is in one list each: first all that is set, then all that is added.
fn to_add(headers: &HeaderMutations) -> Vec<Value> {
    let set = headers.set().iter().map(operation("OVERWRITE_IF_EXISTS_OR_ADD"));
    let add = headers.add().iter().map(operation("APPEND_IF_EXISTS_OR_ADD"));
    set.chain(add).collect()
}

fn operation(action: &str) -> impl Fn(&(String, HeaderValue)) -> Value {
    move |(name, value)| json!({"header": {"key": name, "value": value.written()}, "append_action": action})
}
