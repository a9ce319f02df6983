//! Listeners. Source of the form: istioctl `proxy-config listeners`.

use serde_json::Value;

use super::Filter;
use super::snapshot::Snapshot;
use crate::json;
use crate::table::Rows;

pub(super) fn show(snapshot: &Snapshot, filter: &Filter) -> (Rows, Value) {
    let mut rows = Rows::new(["NAME", "ADDRESSES", "PORT", "MATCH", "DESTINATION"]);
    let mut values = Vec::new();
    for listener in json::by_name(&snapshot.listeners, "/name") {
        let name = json::text(listener, "/name");
        let port = json::port(listener, "/address/socket_address/port_value");
        if !filter.allows(name, port, name) {
            continue;
        }
        values.push(listener.clone());
        let address = ["/address/socket_address/address", "/address/pipe/path"];
        let address = address.map(|pointer| json::text(listener, pointer)).concat();
        let default = listener.get("default_filter_chain").into_iter();
        for chain in json::list(listener, "/filter_chains").iter().chain(default) {
            rows.add([
                name.to_owned(),
                address.clone(),
                port.map(|port| port.to_string()).unwrap_or_default(),
                matched(chain),
                destination(chain),
            ]);
        }
    }
    (rows, values.into())
}

/// What a connection has to look like.
fn matched(chain: &Value) -> String {
    let names: Vec<&str> = json::list(chain, "/filter_chain_match/server_names")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let tls = json::text(chain, "/transport_socket/name") == "envoy.transport_sockets.tls";
    match (names.as_slice(), tls) {
        ([], false) => "ALL".to_owned(),
        ([], true) => "TLS".to_owned(),
        (names, _) => format!("SNI: {}", names.join(", ")),
    }
}

/// Where it leads: to a route table, or to a cluster.
fn destination(chain: &Value) -> String {
    let filters = json::list(chain, "/filters");
    let found = filters.iter().find_map(|filter| {
        let route = [
            "/typed_config/rds/route_config_name",
            "/typed_config/route_config/name",
        ]
        .map(|pointer| json::text(filter, pointer));
        let route = route.into_iter().find(|route| !route.is_empty());
        let cluster = Some(json::text(filter, "/typed_config/cluster")).filter(|cluster| !cluster.is_empty());
        route
            .map(|route| format!("Route: {route}"))
            .or_else(|| cluster.map(|cluster| format!("Cluster: {cluster}")))
    });
    found.unwrap_or_default()
}
