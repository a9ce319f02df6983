//! What is added to the exported configuration so that a test can look inside: nothing of it changes how a
//! request is routed.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use mainsheet_core::wire::TRACE_PROPERTY;
use serde_json::{Value, json};

use super::token;

/// Response header with the cluster that answered.
pub(super) const CLUSTER: &str = "x-seen-cluster";
/// Response header with the cluster that the filter asked for, where Envoy did not get as far as using it.
pub(super) const ASKED_CLUSTER: &str = "x-seen-asked-cluster";
/// Response header with the filter's explanation.
pub(super) const EXPLANATION: &str = "x-seen-explanation";
/// What all of these begin with.
pub(super) const PREFIX: &str = "x-seen-";

/// Makes every answer that has a route tell what was chosen.
pub(super) fn routes(discovery: &mut Value) {
    for table in resources(discovery) {
        if let Some(fields) = table.as_object_mut() {
            fields.insert("response_headers_to_add".to_owned(), headers());
        }
    }
}

/// Takes the original destination of connections from the PROXY protocol, puts the JWT filter in front, and
/// makes local answers tell what was chosen.
pub(super) fn listeners(discovery: &mut Value) {
    for listener in resources(discovery) {
        if let Some(filters) = listener.get_mut("listener_filters").and_then(Value::as_array_mut) {
            filters
                .retain(|filter| filter.get("name") != Some(&json!("envoy.filters.listener.original_dst")));
            filters.insert(0, proxy_protocol());
        }
        // Questions are requests, on ports that carry no HTTP too: an explanation comes from where they are read.
        if let Some(chains) = listener.get_mut("filter_chains").and_then(Value::as_array_mut)
            && chains.iter().any(reads_http)
        {
            chains.retain(reads_http);
        }
        let mut chains: Vec<&mut Value> = list(listener.get_mut("filter_chains")).collect();
        // Recordings ask the routes of a server also for names that its filter chain does not take.
        if let [only] = chains.as_mut_slice()
            && let Some(fields) = only.as_object_mut()
        {
            fields.remove("filter_chain_match");
        }
        for chain in chains {
            for filter in list(chain.get_mut("filters")) {
                if is_manager(filter) {
                    manager(filter);
                }
            }
        }
    }
}

fn reads_http(chain: &Value) -> bool {
    let filters = chain.get("filters").and_then(Value::as_array);
    filters.is_some_and(|filters| filters.iter().any(is_manager))
}

fn is_manager(filter: &Value) -> bool {
    filter.get("name") == Some(&json!("envoy.filters.network.http_connection_manager"))
}

fn manager(filter: &mut Value) {
    let Some(fields) = filter.get_mut("typed_config").and_then(Value::as_object_mut) else {
        return;
    };
    if let Some(filters) = fields.get_mut("http_filters").and_then(Value::as_array_mut) {
        filters.insert(0, token::filter());
    }
    // Everything but health checks, of which there are none.
    let all = json!({"not_health_check_filter": {}});
    let mapper = json!({"filter": all, "headers_to_add": headers()});
    fields.insert("local_reply_config".to_owned(), json!({"mappers": [mapper]}));
}

fn headers() -> Value {
    let header = |name: &str, format: &str| {
        json!({
            "header": {"key": name, "value": format},
            "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
        })
    };
    json!([
        header(CLUSTER, "%UPSTREAM_CLUSTER%"),
        header(ASKED_CLUSTER, "%REQ(x-mainsheet-cluster)%"),
        header(
            EXPLANATION,
            &format!("%FILTER_STATE(wasm.{TRACE_PROPERTY}:PLAIN)%")
        ),
    ])
}

fn proxy_protocol() -> Value {
    json!({
        "name": "envoy.filters.listener.proxy_protocol",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol",
        },
    })
}

/// Static clusters, each with a backend of its own. Those of `hashing` pick endpoints by hash.
pub(super) fn clusters<'n>(
    backends: impl Iterator<Item = (&'n String, SocketAddr)>,
    hashing: &BTreeSet<String>,
    version: &str,
) -> Value {
    let cluster = |(name, address): (&String, SocketAddr)| {
        let endpoint = json!({"endpoint": {"address": {"socket_address": {
            "address": address.ip().to_string(), "port_value": address.port()}}}});
        json!({
            "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
            "name": name,
            "type": "STATIC",
            "connect_timeout": "5s",
            "lb_policy": if hashing.contains(name) { "RING_HASH" } else { "LEAST_REQUEST" },
            "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
        })
    };
    json!({"version_info": version, "resources": backends.map(cluster).collect::<Vec<_>>()})
}

fn resources(discovery: &mut Value) -> impl Iterator<Item = &mut Value> {
    list(discovery.get_mut("resources"))
}

fn list(value: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    value.and_then(Value::as_array_mut).into_iter().flatten()
}
