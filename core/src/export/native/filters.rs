//! The filters that carry out faults and CORS, and what routes tell them.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::{matches, object, said, text};
use crate::action::{Abort, CorsPolicy, Delay, Fault, ForwardAction, Fraction};
use crate::export::files::typed;
use crate::export::policies::seconds;

const FAULT: &str = "envoy.filters.http.fault";
const CORS: &str = "envoy.filters.http.cors";

/// The filters before the router, which do nothing but what a route says. Source: Istio `xdsfilters.Fault`, `xdsfilters.Cors`.
pub(in crate::export) fn http_filters() -> [Value; 2] {
    let fault = "envoy.extensions.filters.http.fault.v3.HTTPFault";
    let cors = "envoy.extensions.filters.http.cors.v3.Cors";
    [(FAULT, fault), (CORS, cors)]
        .map(|(name, config)| json!({"name": name, "typed_config": typed(config, json!({}))}))
}

/// `typed_per_filter_config` of a route; `None` where it tells the filters nothing.
pub(super) fn of_route(action: &ForwardAction) -> Option<Value> {
    let configs = object(json!({FAULT: fault(&action.fault), CORS: action.cors.as_ref().map(cors)}));
    (!configs.is_empty()).then_some(Value::Object(configs))
}

/// Source: Istio `TranslateFault`.
fn fault(fault: &Fault) -> Option<Value> {
    let fields: Map<String, Value> = object(json!({
        "delay": fault.delay.map(delay),
        "abort": fault.abort.map(abort),
    }));
    let config = "envoy.extensions.filters.http.fault.v3.HTTPFault";
    (!fields.is_empty()).then(|| typed(config, Value::Object(fields)))
}

fn delay(delay: Delay) -> Value {
    json!({"fixed_delay": seconds(delay.duration), "percentage": percentage(delay.fraction)})
}

fn abort((abort, fraction): (Abort, Fraction)) -> Value {
    let percentage = percentage(fraction);
    match abort {
        Abort::HttpStatus(status) => json!({"http_status": status, "percentage": percentage}),
        Abort::GrpcStatus(status) => json!({"grpc_status": status, "percentage": percentage}),
    }
}

fn percentage(fraction: Fraction) -> Value {
    json!({"numerator": fraction.millionths(), "denominator": "MILLION"})
}

/// Source: Istio `TranslateCORSPolicy`.
fn cors(policy: &CorsPolicy) -> Value {
    let origins = policy.allow_origins.iter().map(matches::string);
    let fields = said(json!({
        "allow_origin_string_match": origins.collect::<Vec<_>>(),
        "allow_methods": text(&policy.allow_methods),
        "allow_headers": text(&policy.allow_headers),
        "expose_headers": text(&policy.expose_headers),
        "max_age": text(&policy.max_age),
        "allow_credentials": policy.allow_credentials,
        "filter_enabled": {"default_value": {"numerator": 100}},
        "forward_not_matching_preflights": !policy.answers_unmatched_preflights,
    }));
    typed("envoy.extensions.filters.http.cors.v3.CorsPolicy", fields)
}
