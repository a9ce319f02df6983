//! What may differ between two tables that decide alike. Each step is applied to both sides; everything that
//! no step names has to be equal.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Applies all steps to a table in its compact form.
pub(crate) fn normalize(table: &mut Value, default_retry: &Value) {
    for host in entries(&mut table["virtualHosts"]) {
        if host.get("routes").is_none() {
            // An empty list and none are the same message.
            host["routes"] = json!([]);
        }
        for route in entries(&mut host["routes"]) {
            conditions(route);
            header_names(route);
            no_upstream(route);
            bodies(route);
            one_cluster(route);
            operations(route);
            default_retries(route, default_retry);
            faults(route);
            cors(route);
            redirects(route);
            durations(route);
        }
        unreachable(host);
    }
}

/// Names of headers have no case, and Envoy keeps `host` as `:authority`. All conditions have to hold, so their
/// order says nothing; Istio sorts `headers` and `withoutHeaders` together, and query parameters not at all.
/// Case counts unless something else is said, and never does where the path is a regex.
fn conditions(route: &mut Value) {
    let matcher = &mut route["match"];
    for header in entries(&mut matcher["headers"]) {
        let name = header["name"].as_str().unwrap().to_ascii_lowercase();
        header["name"] = if name == "host" {
            json!(":authority")
        } else {
            json!(name)
        };
    }
    for list in ["headers", "queryParameters"] {
        entries(&mut matcher[list]).sort_by_key(ToString::to_string);
    }
    if matcher["caseSensitive"] == true || matcher["regex"].is_string() {
        matcher["caseSensitive"].take();
    }
    drop_nulls(matcher);
}

/// Names of headers have no case.
fn header_names(route: &mut Value) {
    let lower = |of: &mut Value| {
        for list in ["requestHeadersToAdd", "responseHeadersToAdd"] {
            for operation in entries(&mut of[list]) {
                operation[0] = json!(operation[0].as_str().unwrap().to_ascii_lowercase());
            }
        }
        for list in ["requestHeadersToRemove", "responseHeadersToRemove"] {
            for name in entries(&mut of[list]) {
                *name = json!(name.as_str().unwrap().to_ascii_lowercase());
            }
        }
        drop_nulls(of);
    };
    lower(route);
    if route["route"].is_object() {
        for cluster in entries(&mut route["route"]["weighted"]) {
            lower(cluster);
        }
        drop_nulls(&mut route["route"]);
    }
    drop_nulls(route);
}

/// An answer that Envoy gives by itself goes to no upstream, and its filters do not look at such routes: what
/// Istio writes for those has no effect, and the table does not keep it.
fn no_upstream(route: &mut Value) {
    if route.get("route").is_none() {
        for field in [
            "perFilter",
            "statPrefix",
            "requestHeadersToAdd",
            "requestHeadersToRemove",
        ] {
            route.as_object_mut().unwrap().remove(field);
        }
    }
}

/// Text and bytes are two ways to write a body, and an empty one is none.
fn bodies(route: &mut Value) {
    let Some(response) = route.get_mut("directResponse") else {
        return;
    };
    let body = &response["body"];
    let text = body["inlineString"].as_str().map(|text| STANDARD.encode(text));
    let bytes = text.or_else(|| Some(body["inlineBytes"].as_str()?.to_owned()));
    response["body"] = json!(bytes.filter(|bytes| !bytes.is_empty()));
}

/// The only one of weighted clusters gets everything, whatever its weight, as a cluster without weight does.
fn one_cluster(route: &mut Value) {
    let Some(action) = route.get_mut("route") else {
        return;
    };
    if let [only] = entries(&mut action["weighted"]) {
        only["weight"].take();
        drop_nulls(only);
        if only.as_object().unwrap().len() == 1 {
            action["cluster"] = action["weighted"][0]["cluster"].take();
            action["weighted"].take();
        }
    }
    drop_nulls_but_retry(action);
}

/// Envoy sets before it adds, and reads all values before it writes the first one: only the order among the
/// operations on one name says anything. Istio keeps those of a destination together, behind those of the rule.
fn operations(route: &mut Value) {
    let sort = |of: &mut Value| {
        for list in ["requestHeadersToAdd", "responseHeadersToAdd"] {
            let rank = |operation: &Value| {
                let added = operation[2] == "APPEND_IF_EXISTS_OR_ADD";
                (added, operation[0].as_str().map(ToOwned::to_owned))
            };
            if let Some(operations) = of.get_mut(list) {
                entries(operations).sort_by_key(rank);
            }
        }
    };
    sort(route);
    if let Some(clusters) = route["route"].get_mut("weighted") {
        entries(clusters).iter_mut().for_each(sort);
    }
    drop_nulls(route);
}

/// A route is never reached behind an equal one. A gateway's host that is written in several cases has all of
/// its routes as many times in Istio.
fn unreachable(host: &mut Value) {
    let mut reachable: Vec<Value> = Vec::new();
    for route in entries(&mut host["routes"]) {
        if !reachable.contains(route) {
            reachable.push(route.clone());
        }
    }
    host["routes"] = Value::Array(reachable);
}

/// The recordings have a word for the policy that nearly all routes have.
fn default_retries(route: &mut Value, default_retry: &Value) {
    if let Some(action) = route.get_mut("route")
        && action["retry"] == *default_retry
    {
        action["retry"] = json!("default");
    }
}

/// A fraction may be of a hundred or of a million, and none is never.
fn faults(route: &mut Value) {
    let Some(fault) = route
        .get_mut("perFilter")
        .and_then(|filters| filters.get_mut("envoy.filters.http.fault"))
    else {
        return;
    };
    for kind in ["delay", "abort"] {
        if let Some(part) = fault.get_mut(kind) {
            let percentage = &part["percentage"];
            let numerator = percentage["numerator"].as_u64().unwrap_or_default();
            let millionths = match percentage["denominator"].as_str() {
                None | Some("HUNDRED") => numerator * 10_000,
                Some("MILLION") => numerator,
                Some(_) => continue,
            };
            part["percentage"] = json!(millionths);
        }
    }
}

/// Credentials are not allowed unless they are, and filters are there to be used.
fn cors(route: &mut Value) {
    let Some(cors) = route
        .get_mut("perFilter")
        .and_then(|filters| filters.get_mut("envoy.filters.http.cors"))
    else {
        return;
    };
    if cors["allowCredentials"] == false {
        cors["allowCredentials"].take();
    }
    drop_nulls(cors);
}

/// 301 is what Envoy answers where nothing is said.
fn redirects(route: &mut Value) {
    if let Some(redirect) = route.get_mut("redirect") {
        if redirect["responseCode"] == "MOVED_PERMANENTLY" {
            redirect["responseCode"].take();
        }
        drop_nulls(redirect);
    }
}

/// Durations have any number of digits behind the point.
fn durations(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field.as_str().filter(|_| DURATIONS.contains(&name.as_str())) {
                    Some(text) => *field = json!(seconds(text)),
                    None => durations(field),
                }
            }
        }
        Value::Array(entries) => entries.iter_mut().for_each(durations),
        _ => {}
    }
}

/// The fields that are durations.
const DURATIONS: [&str; 6] = [
    "timeout",
    "maxGrpcTimeout",
    "perTryTimeout",
    "baseInterval",
    "fixedDelay",
    "ttl",
];

fn seconds(text: &str) -> f64 {
    text.trim_end_matches('s').parse().unwrap()
}

fn entries(list: &mut Value) -> &mut [Value] {
    list.as_array_mut().map(Vec::as_mut_slice).unwrap_or_default()
}

fn drop_nulls(object: &mut Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
}

/// No retries are written as null.
fn drop_nulls_but_retry(action: &mut Value) {
    if let Some(fields) = action.as_object_mut() {
        fields.retain(|name, value| name == "retry" || !value.is_null());
    }
}
