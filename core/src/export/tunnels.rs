//! Connections in tunnels: TCP over a `CONNECT` or `POST` of HTTP.
//!
//! In Envoy a tunnel belongs to the TCP proxy, and Istio has one for each rule. Here one serves all rules, for the filter
//! says where a connection goes. So the cluster that it names leads to a listener inside Envoy, whose TCP proxy opens
//! the tunnel to the hosts of the cluster.

use alloc::format;
use alloc::string::String;

use serde_json::{Value, json};

use super::files::typed;
use crate::resources::destination_rule::TunnelSettings;

/// How a cluster is reached.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tunnel {
    /// The cluster, and the listener inside Envoy.
    name: String,
    /// Where the tunnel ends.
    target: String,
    /// Whether it is opened by `POST`.
    is_post: bool,
}

impl Tunnel {
    /// Source: Istio `tunnelingconfig.Apply`.
    pub(super) fn new(name: &str, settings: &TunnelSettings) -> Self {
        let TunnelSettings {
            protocol,
            target_host,
            target_port,
        } = settings;
        let target = if target_host.contains(':') {
            format!("[{target_host}]:{target_port}")
        } else {
            format!("{target_host}:{target_port}")
        };
        Self {
            name: name.into(),
            target,
            is_post: protocol == "POST",
        }
    }

    /// The name of the cluster with the hosts that open the tunnel.
    pub(super) fn behind(&self) -> String {
        format!("tunnel|{}", self.name)
    }

    /// The cluster that leads to the listener.
    pub(super) fn cluster(&self) -> Value {
        let address = json!({"envoy_internal_address": {"server_listener_name": self.name}});
        let endpoints = json!([{"lb_endpoints": [{"endpoint": {"address": address}}]}]);
        json!({
            "name": self.name,
            "alt_stat_name": format!("{};", self.name),
            "type": "STATIC",
            "load_assignment": {"cluster_name": self.name, "endpoints": endpoints},
        })
    }

    /// The listener inside Envoy.
    pub(super) fn listener(&self) -> Value {
        let proxy = json!({
            "stat_prefix": self.name,
            "cluster": self.behind(),
            "tunneling_config": {"hostname": self.target, "use_post": self.is_post},
        });
        let proxy = typed("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", proxy);
        json!({
            "name": self.name,
            "internal_listener": {},
            "filter_chains":
                [{"filters": [{"name": "envoy.filters.network.tcp_proxy", "typed_config": proxy}]}],
        })
    }
}
