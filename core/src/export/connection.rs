//! Envoy's network filters: the HTTP connection manager, set up as Istio does, and the TCP proxy.

use alloc::format;
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::files::{self, typed};
use super::listeners::Listener;
use super::{ExportOptions, Routing, access_log, dynamic_dns, native, plugin};
use crate::compile::{BLACKHOLE_CLUSTER, ProxyKind};
use crate::mesh::Mesh;
use crate::resources::mesh_config::NormalizationType;
use crate::settings::Decides;

/// The network filter that speaks HTTP on a listener, with the routes of that name.
pub(super) fn filter(mesh: &Mesh, options: &ExportOptions, listener: &Listener<'_>, routes: &str) -> Value {
    manager(mesh, settings(mesh, options, listener, routes))
}

fn manager(mesh: &Mesh, settings: Value) -> Value {
    let manager = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
    json!({
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": typed(manager, with_paths(mesh, settings)),
    })
}

/// The network filters that pass a connection on. Ours names the cluster in filter state; without it a connection goes
/// nowhere.
pub(super) fn opaque(mesh: &Mesh, options: &ExportOptions, listener: &Listener<'_>) -> [Value; 2] {
    let proxy = json!({"stat_prefix": listener.name, "cluster": BLACKHOLE_CLUSTER});
    [
        plugin::filter(options, &listener.name, Decides::Connections),
        tcp_proxy(mesh, options.routing, proxy),
    ]
}

/// Passes a connection on to the cluster of `settings`, unless a filter before it has named another.
pub(super) fn tcp_proxy(mesh: &Mesh, routing: Routing, mut settings: Value) -> Value {
    let loggers = access_log::loggers(mesh, routing);
    if let Some(fields) = settings.as_object_mut().filter(|_| !loggers.is_empty()) {
        fields.insert("access_log".into(), Value::Array(loggers));
    }
    json!({
        "name": "envoy.filters.network.tcp_proxy",
        "typed_config": typed("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", settings),
    })
}

/// The network filter that passes all requests on to a cluster.
/// Source: Istio `buildSidecarInboundHTTPRouteConfig`, `buildSidecarInboundHTTPOpts`.
pub(super) fn inbound(mesh: &Mesh, listener: &Listener<'_>, cluster: &str) -> Value {
    let route = json!({
        "name": "default",
        "match": {"prefix": "/"},
        "route": {"cluster": cluster, "timeout": "0s"},
    });
    let host = json!({
        "name": format!("inbound|http|{}", listener.logical_port.unwrap_or_default()),
        "domains": ["*"],
        "routes": [route],
    });
    let settings = json!({
        "stat_prefix": listener.name,
        "server_name": "istio-envoy",
        "use_remote_address": false,
        "stream_idle_timeout": "0s",
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "route_config": {"name": cluster, "validate_clusters": false, "virtual_hosts": [host]},
        // No filter has decided anything here.
        "access_log": access_log::loggers(mesh, Routing::Native),
        "http_filters": [router()],
    });
    manager(mesh, settings)
}

fn settings(mesh: &Mesh, options: &ExportOptions, listener: &Listener<'_>, routes: &str) -> Value {
    let gateway = listener.proxy.proxy.kind == ProxyKind::Gateway;
    json!({
        "stat_prefix": routes,
        "server_name": if gateway { "istio-envoy" } else { "envoy" },
        "use_remote_address": gateway,
        "stream_idle_timeout": "0s",
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "rds": {
            "config_source": files::config_source(&options.directory, &files::routes(routes)),
            "route_config_name": routes,
        },
        "access_log": access_log::loggers(mesh, options.routing),
        "http_filters": http_filters(mesh, options, listener),
    })
}

fn http_filters(mesh: &Mesh, options: &ExportOptions, listener: &Listener<'_>) -> Vec<Value> {
    let deciding = match options.routing {
        Routing::Filter => [
            plugin::filter(options, &listener.name, Decides::Requests),
            fault_filter(),
        ],
        Routing::Native => native::http_filters(),
    };
    let lookup = dynamic_dns::http_filter(mesh, &listener.proxy.proxy);
    deciding.into_iter().chain(lookup).chain([router()]).collect()
}

/// Source: Istio `networking.ConfigureHTTPConnectionManagerPathNormalization`.
fn with_paths(mesh: &Mesh, mut settings: Value) -> Value {
    use NormalizationType::{DecodeAndMergeSlashes, MergeSlashes, None};
    let level = mesh
        .config
        .path_normalization
        .as_ref()
        .map(|paths| paths.normalization)
        .unwrap_or_default();
    let unescape = level == DecodeAndMergeSlashes;
    let escaped = if unescape {
        "UNESCAPE_AND_FORWARD"
    } else {
        "KEEP_UNCHANGED"
    };
    if let Some(fields) = settings.as_object_mut() {
        fields.insert("normalize_path".into(), json!(level != None));
        fields.insert("merge_slashes".into(), json!(unescape || level == MergeSlashes));
        fields.insert("path_with_escaped_slashes_action".into(), json!(escaped));
    }
    settings
}

/// Carries out the delays and aborts that our filter orders by headers.
pub(super) fn fault_filter() -> Value {
    let always = json!({"numerator": 100});
    json!({
        "name": "envoy.filters.http.fault",
        "typed_config": typed("envoy.extensions.filters.http.fault.v3.HTTPFault", json!({
            "delay": {"header_delay": {}, "percentage": always},
            "abort": {"header_abort": {}, "percentage": always},
        })),
    })
}

fn router() -> Value {
    json!({
        "name": "envoy.filters.http.router",
        "typed_config": typed("envoy.extensions.filters.http.router.v3.Router", json!({})),
    })
}
