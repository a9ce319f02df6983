//! The rules as plain Envoy routes, without the filter: what Istio's control plane would write.
//!
//! They are made of the compiled table alone, and so are a check of it: where they are Istio's, the table is.

mod actions;
mod connections;
mod filters;
mod headers;
mod matches;
mod paths;
mod repeated;
mod serve;

use alloc::format;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

pub(super) use filters::http_filters;
pub(super) use repeated::{disagreement, joins_headers};
pub(super) use serve::NativeRoutes;

use super::policies::MAX_BODY_BYTES;
use crate::diagnostic::ResourceRef;
use crate::mesh::Semantics;
use crate::table::{Route, RouteConfig, RouteSource, RouteTable, VirtualHost};

/// The routes of each port as Envoy's `RouteConfiguration`, then those of single addresses of a port, which
/// Istio names after their service. Those that Envoy would refuse are as Istio writes them.
pub fn native_routes(table: &RouteTable) -> Vec<(u16, Value)> {
    let written = |(port, served): (&u16, &RouteConfig)| {
        let config = table.refused.get(port).unwrap_or(served);
        (*port, route_config(config))
    };
    let mut configs: Vec<(u16, Value)> = table.route_configs.iter().map(written).collect();
    for (port, servers) in &table.by_server {
        configs.extend(
            servers
                .servers()
                .iter()
                .map(|server| (*port, route_config(&server.config))),
        );
    }
    for (port, addressed) in &table.by_address {
        let mut named: Vec<&RouteConfig> = addressed.addresses.values().collect();
        named.sort_by(|a, b| a.name.cmp(&b.name));
        named.dedup_by(|a, b| a.name == b.name);
        configs.extend(named.into_iter().map(|config| (*port, route_config(config))));
    }
    configs
}

fn route_config(config: &RouteConfig) -> Value {
    let hosts = config.virtual_hosts().iter();
    table(&config.name, &hosts.map(virtual_host).collect::<Vec<_>>(), true)
}

fn table(name: &str, virtual_hosts: &[Value], ignore_port: bool) -> Value {
    json!({
        "name": name,
        "validate_clusters": false,
        "ignore_port_in_host_matching": ignore_port,
        "max_direct_response_body_size_bytes": MAX_BODY_BYTES,
        "virtual_hosts": virtual_hosts,
    })
}

fn virtual_host(host: &VirtualHost) -> Value {
    let routes = host.routes.routes().iter();
    said(json!({
        "name": host.name,
        "domains": host.domains,
        "routes": routes.map(route).collect::<Vec<_>>(),
        "require_tls": host.require_tls.then_some("ALL"),
        "include_request_attempt_count": true,
    }))
}

fn route(route: &Route) -> Value {
    let mut fields = object(json!({
        "name": text(&route.name),
        "match": matches::route_match(&route.matcher),
        "metadata": route.source.as_ref().map(metadata),
    }));
    fields.extend(actions::fields(&route.action, &route.matcher.path));
    Value::Object(fields)
}

/// Which resource the route is of. Source: Istio `BuildConfigInfoMetadata`.
fn metadata(source: &RouteSource) -> Value {
    let ResourceRef { namespace, name, .. } = &source.root;
    let (version, kind) = match source.semantics {
        Semantics::Istio => ("networking.istio.io/v1", "virtual-service"),
        Semantics::GatewayApi => ("gateway.networking.k8s.io/v1", "http-route"),
    };
    let config = format!("/apis/{version}/namespaces/{namespace}/{kind}/{name}");
    json!({"filter_metadata": {"istio": {"config": config}}})
}

/// A text, unless it is empty.
fn text(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// The fields of an object that say something: neither null nor a list without entries.
fn object(fields: Value) -> Map<String, Value> {
    let mut fields = match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    fields.retain(|_, value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()));
    fields
}

/// As [`object`], for a message of its own.
fn said(fields: Value) -> Value {
    Value::Object(object(fields))
}
