//! Envoy's HTTP connection manager, set up as Istio does.

use alloc::vec::Vec;

use serde_json::{Value, json};

use super::files::{self, typed};
use super::listeners::Listener;
use super::{ExportOptions, Routing, native, plugin};
use crate::compile::ProxyKind;
use crate::mesh::Mesh;
use crate::resources::mesh_config::NormalizationType;

/// The network filter that speaks HTTP on a listener, with the routes of that name.
pub(super) fn filter(mesh: &Mesh, options: &ExportOptions, listener: &Listener<'_>, routes: &str) -> Value {
    let manager = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
    json!({
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": typed(manager, with_paths(mesh, settings(options, listener, routes))),
    })
}

fn settings(options: &ExportOptions, listener: &Listener<'_>, routes: &str) -> Value {
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
        "http_filters": http_filters(options, listener),
    })
}

fn http_filters(options: &ExportOptions, listener: &Listener<'_>) -> Vec<Value> {
    let deciding = match options.routing {
        Routing::Filter => [own_filter(options, listener), fault_filter()],
        Routing::Native => native::http_filters(),
    };
    deciding.into_iter().chain([router()]).collect()
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

/// Our filter, configured from a file of its own: new rules then need no new listener.
fn own_filter(options: &ExportOptions, listener: &Listener<'_>) -> Value {
    let file = files::filter(&listener.name);
    json!({
        "name": plugin::resource_name(&listener.name),
        "config_discovery": {
            "config_source": files::config_source(&options.directory, &file),
            "type_urls": [plugin::TYPE_URL],
        },
    })
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
