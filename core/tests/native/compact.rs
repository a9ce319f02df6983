//! Envoy's RouteConfigurations in the compact form of the recordings.

use serde_json::{Map, Value, json};

/// A RouteConfiguration: its virtual hosts with what differs from table to table.
pub(crate) fn route_config(table: &Value) -> Value {
    json!({"name": table["name"], "virtualHosts": list(&table["virtual_hosts"], virtual_host)})
}

fn virtual_host(host: &Value) -> Value {
    said(json!({
        "name": host["name"],
        "domains": host["domains"],
        "routes": list(&host["routes"], route),
        "requireTls": host["require_tls"],
    }))
}

fn route(route: &Value) -> Value {
    let config = route["metadata"]["filter_metadata"]["istio"]["config"].as_str();
    let mut fields = said(json!({
        "name": route["name"],
        "match": route_match(&route["match"]),
        "route": some(&route["route"], route_action),
        "redirect": some(&route["redirect"], camel),
        "directResponse": some(&route["direct_response"], camel),
        "statPrefix": route["stat_prefix"],
        "perFilter": some(&route["typed_per_filter_config"], per_filter),
        "config": config.map(owner),
    }));
    add(&mut fields, header_operations(route));
    if ["route", "redirect", "direct_response"]
        .iter()
        .all(|action| route[action].is_null())
    {
        fields["noAction"] = json!(true);
    }
    fields
}

/// `/apis/GROUP/VERSION/namespaces/NAMESPACE/KIND/NAME` as `NAMESPACE/NAME`.
fn owner(config: &str) -> String {
    let parts: Vec<&str> = config.rsplit('/').collect();
    format!("{}/{}", parts[2], parts[0])
}

fn route_match(matcher: &Value) -> Value {
    said(json!({
        "path": matcher["path"],
        "prefix": matcher["prefix"],
        "pathSeparatedPrefix": matcher["path_separated_prefix"],
        "regex": matcher["safe_regex"]["regex"],
        "caseSensitive": matcher["case_sensitive"],
        "headers": list(&matcher["headers"], value_match),
        "queryParameters": list(&matcher["query_parameters"], value_match),
        "dynamicMetadata": matcher["dynamic_metadata"],
    }))
}

/// A condition on a header or on a query parameter.
fn value_match(matcher: &Value) -> Value {
    let text = &matcher["string_match"];
    said(json!({
        "name": matcher["name"],
        "match": said(json!({
            "present": matcher["present_match"],
            "exact": text["exact"],
            "prefix": text["prefix"],
            "regex": text["safe_regex"]["regex"],
        })),
        "invert": matcher["invert_match"],
        "missingAsEmpty": matcher["treat_missing_header_as_empty"],
    }))
}

fn route_action(action: &Value) -> Value {
    let regex = &action["regex_rewrite"];
    let mut fields = said(json!({
        "cluster": action["cluster"],
        "weighted": list(&action["weighted_clusters"]["clusters"], weighted),
        "timeout": action["timeout"],
        "prefixRewrite": action["prefix_rewrite"],
        "regexRewrite": some(regex, |regex| json!([regex["pattern"]["regex"], regex["substitution"]])),
        "hostRewriteLiteral": action["host_rewrite_literal"],
        "hashPolicy": list(&action["hash_policy"], camel),
        "mirrors": list(&action["request_mirror_policies"], mirror),
        "clusterNotFound": action["cluster_not_found_response_code"],
    }));
    if action["max_grpc_timeout"] != action["timeout"] {
        fields["maxGrpcTimeout"] = action["max_grpc_timeout"].clone();
    }
    fields["retry"] = retry(&action["retry_policy"]);
    fields
}

fn weighted(cluster: &Value) -> Value {
    let mut fields = said(json!({
        "cluster": cluster["name"],
        "weight": cluster["weight"],
        "hostRewriteLiteral": cluster["host_rewrite_literal"],
    }));
    add(&mut fields, header_operations(cluster));
    fields
}

fn retry(policy: &Value) -> Value {
    if policy.is_null() {
        return Value::Null;
    }
    let another_host = policy["retry_host_predicate"][0]["name"].as_str();
    said(json!({
        "retryOn": policy["retry_on"],
        "numRetries": policy["num_retries"],
        "perTryTimeout": policy["per_try_timeout"],
        "retriableStatusCodes": policy["retriable_status_codes"],
        "retryBackOff": some(&policy["retry_back_off"], camel),
        "previousHosts": another_host.map(|name| name == "envoy.retry_host_predicates.previous_hosts"),
        "previousPriorities": policy["retry_priority"]["typed_config"]["update_frequency"],
        "hostSelectionRetryMaxAttempts": policy["host_selection_retry_max_attempts"],
    }))
}

fn mirror(policy: &Value) -> Value {
    let fraction = &policy["runtime_fraction"]["default_value"];
    let percent = match fraction["denominator"].as_str() {
        Some("MILLION") => json!(fraction["numerator"].as_f64().unwrap() / 10_000.0),
        _ => fraction.clone(),
    };
    json!({"cluster": policy["cluster"], "percent": percent})
}

fn per_filter(filters: &Value) -> Value {
    let filters = filters.as_object().unwrap().iter();
    let bare = filters.map(|(name, config)| {
        let mut config = config.clone();
        config.as_object_mut().unwrap().remove("@type");
        (name.clone(), camel(&config))
    });
    Value::Object(bare.collect())
}

fn header_operations(of: &Value) -> Value {
    let operation = |operation: &Value| {
        let header = &operation["header"];
        json!([header["key"], header["value"], operation["append_action"]])
    };
    said(json!({
        "requestHeadersToAdd": list(&of["request_headers_to_add"], operation),
        "requestHeadersToRemove": of["request_headers_to_remove"],
        "responseHeadersToAdd": list(&of["response_headers_to_add"], operation),
        "responseHeadersToRemove": of["response_headers_to_remove"],
    }))
}

/// The same with the keys of all objects in camel case. A field that is null, an empty list or an empty text is
/// the same message as one that is not there; outside of `path_redirect`, whose presence says something.
fn camel(value: &Value) -> Value {
    let says_nothing = |value: &Value| {
        value.is_null() || value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty)
    };
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(key, value)| *key == "path_redirect" || !says_nothing(value))
            .map(|(key, value)| (camel_key(key), camel(value)))
            .collect(),
        Value::Array(entries) => entries.iter().map(camel).collect(),
        other => other.clone(),
    }
}

fn camel_key(key: &str) -> String {
    let mut words = key.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let (initial, rest) = word.split_at(1);
        text + &initial.to_uppercase() + rest
    })
}

fn some(value: &Value, form: impl Fn(&Value) -> Value) -> Value {
    if value.is_null() { Value::Null } else { form(value) }
}

/// Null for a list that is empty or not there.
fn list(value: &Value, form: impl Fn(&Value) -> Value) -> Value {
    match value.as_array().map(Vec::as_slice) {
        None | Some([]) => Value::Null,
        Some(entries) => entries.iter().map(form).collect(),
    }
}

fn said(fields: Value) -> Value {
    let Value::Object(mut fields) = fields else {
        return fields;
    };
    fields.retain(|_, value| !value.is_null());
    Value::Object(fields)
}

fn add(fields: &mut Value, more: Value) {
    let more: Map<String, Value> = serde_json::from_value(more).unwrap();
    fields.as_object_mut().unwrap().extend(more);
}
