//! What Envoy is started with.

use alloc::vec::Vec;
use core::net::SocketAddr;

use serde_json::{Map, Value, json};

use super::files::{self, typed};
use super::{ExportOptions, Routing, native};
use crate::wire::FILTER_NAME;

/// What Istio lets a regex grow to; Envoy's own limit refuses patterns that Istio takes.
const REGEX_PROGRAM_SIZE: u32 = 32768;
/// Connections that clients may hold: so many that it is no limit, which Envoy wants to be said.
const MAX_CONNECTIONS: u32 = 2_147_483_647;

/// The bootstrap. It does not depend on the mesh.
pub(super) fn bootstrap(options: &ExportOptions) -> Value {
    let source = |file: &str| files::config_source(&options.directory, file);
    json!({
        "node": {"id": FILTER_NAME, "cluster": FILTER_NAME},
        "bootstrap_extensions": [internal_listeners()],
        "admin": {"address": socket_address(options.admin)},
        "dynamic_resources": {
            "lds_config": source(files::LISTENERS),
            "cds_config": source(files::CLUSTERS),
        },
        "layered_runtime": {"layers": [{"name": "static", "static_layer": runtime(options)}]},
        "stats_config": {"stats_tags": stats_tags(options)},
        "overload_manager": {"resource_monitors": [connection_monitor()]},
    })
}

/// Cuts the cluster out of the names of its statistics, and the rule out of those of the filter's metrics.
fn stats_tags(options: &ExportOptions) -> Vec<Value> {
    let cluster = tag("cluster_name", r"^cluster\.((.+?);\.)");
    let of_filter = match options.routing {
        Routing::Filter => Vec::from([
            tag(
                "resource",
                r"^wasmcustom\.mainsheet\.rule\.(?:requests|duration_ms)(\.resource\.(.+?))\.rule\.\d+$",
            ),
            tag(
                "rule",
                r"^wasmcustom\.mainsheet\.rule\.(?:requests|duration_ms).*?(\.rule\.(\d+))$",
            ),
        ]),
        Routing::Native => Vec::new(),
    };
    core::iter::once(cluster).chain(of_filter).collect()
}

/// What is cut out of a statistic's name: the first group goes, the second is the value.
fn tag(name: &str, regex: &str) -> Value {
    json!({"tag_name": name, "regex": regex})
}

/// Istio's changes to Envoy's defaults, and what makes it match repeated headers as older ones do.
fn runtime(options: &ExportOptions) -> Value {
    let mut settings = Map::new();
    settings.insert(
        "re2.max_program_size.error_level".into(),
        json!(REGEX_PROGRAM_SIZE),
    );
    let off = [
        ("envoy.reloadable_features.http_reject_path_with_fragment", true),
        (
            "envoy.reloadable_features.match_headers_individually",
            native::joins_headers(options),
        ),
    ];
    for (feature, _) in off.into_iter().filter(|(_, is_off)| *is_off) {
        settings.insert(feature.into(), json!(false));
    }
    Value::Object(settings)
}

/// Listeners for [tunnels](super::tunnels).
fn internal_listeners() -> Value {
    json!({
        "name": "envoy.bootstrap.internal_listener",
        "typed_config":
            typed("envoy.extensions.bootstrap.internal_listener.v3.InternalListener", json!({})),
    })
}

fn connection_monitor() -> Value {
    json!({
        "name": "envoy.resource_monitors.global_downstream_max_connections",
        "typed_config": typed(
            "envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
            json!({"max_active_downstream_connections": MAX_CONNECTIONS}),
        ),
    })
}

/// An address as Envoy writes it.
pub(super) fn socket_address(address: SocketAddr) -> Value {
    json!({"socket_address": {"address": address.ip(), "port_value": address.port()}})
}
