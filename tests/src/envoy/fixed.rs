//! An export as one file: `envoy --mode validate` looks at what stands in the bootstrap, and waits for nothing.

use std::collections::BTreeMap;

use mainsheet_core::export::Export;
use serde_json::{Value, json};

/// The bootstrap of an export with its listeners, routes, clusters and endpoints in it. The filter is left out: its
/// configuration is its own matter, and no file of it is there.
pub fn fixed_bootstrap(export: &Export) -> Value {
    let routes = by_name(&export.routes, "name");
    let endpoints = by_name(&export.endpoints, "cluster_name");
    let mut listeners = resources(&export.listeners);
    listeners
        .iter_mut()
        .for_each(|listener| inline_routes(listener, &routes));
    let mut clusters = resources(&export.clusters);
    clusters
        .iter_mut()
        .for_each(|cluster| inline_endpoints(cluster, &endpoints));
    let mut bootstrap = export.bootstrap.clone();
    if let Some(fields) = bootstrap.as_object_mut() {
        fields.remove("dynamic_resources");
        fields.insert(
            "static_resources".to_owned(),
            json!({"listeners": listeners, "clusters": clusters}),
        );
    }
    bootstrap
}

/// The messages of a file. What is static names no type.
fn resources(file: &Value) -> Vec<Value> {
    let list = file.get("resources").and_then(Value::as_array);
    let mut list = list.cloned().unwrap_or_default();
    list.iter_mut()
        .filter_map(Value::as_object_mut)
        .for_each(|fields| drop(fields.remove("@type")));
    list
}

fn by_name(files: &[(String, Value)], key: &str) -> BTreeMap<String, Value> {
    let all = files.iter().flat_map(|(_, file)| resources(file));
    all.filter_map(|resource| Some((resource.get(key)?.as_str()?.to_owned(), resource)))
        .collect()
}

/// Puts route tables in place of where to find them, and takes the filters out that are to be found.
fn inline_routes(value: &mut Value, routes: &BTreeMap<String, Value>) {
    match value {
        Value::Array(items) => {
            items.retain(|item| item.get("config_discovery").is_none());
            items.iter_mut().for_each(|item| inline_routes(item, routes));
        }
        Value::Object(fields) => {
            let name = fields.get("rds").and_then(|rds| rds.get("route_config_name"));
            let table = name.and_then(Value::as_str).and_then(|name| routes.get(name));
            if let Some(table) = table.cloned() {
                fields.remove("rds");
                fields.insert("route_config".to_owned(), table);
            }
            fields.values_mut().for_each(|value| inline_routes(value, routes));
        }
        _ => {}
    }
}

fn inline_endpoints(cluster: &mut Value, endpoints: &BTreeMap<String, Value>) {
    let Some(fields) = cluster.as_object_mut() else {
        return;
    };
    let config = fields.get("eds_cluster_config");
    let name = config.and_then(|config| config.get("service_name"));
    let name = name.or(fields.get("name")).and_then(Value::as_str);
    let assignment = name.and_then(|name| endpoints.get(name)).cloned();
    if let Some(assignment) = assignment.filter(|_| fields.contains_key("eds_cluster_config")) {
        fields.remove("eds_cluster_config");
        fields.insert("type".to_owned(), json!("STATIC"));
        fields.insert("load_assignment".to_owned(), assignment);
    }
}
