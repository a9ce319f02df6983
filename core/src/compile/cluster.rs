//! Names of clusters.

use alloc::format;
use alloc::string::String;

/// Where requests for unknown hosts go under `ALLOW_ANY`: to the address that the client has chosen.
pub const PASSTHROUGH_CLUSTER: &str = "PassthroughCluster";
/// Where connections on unknown ports go under `REGISTRY_ONLY`.
pub const BLACKHOLE_CLUSTER: &str = "BlackHoleCluster";

/// Istio's name of the virtual host and of the route that block unknown hosts under `REGISTRY_ONLY`.
pub const BLOCK_ALL: &str = "block_all";

/// Istio's name of the cluster for TLS that is passed on, which is the name that clients ask for in it.
/// Source: Istio `BuildDNSSrvSubsetKey`.
pub fn sni_name(port: u16, subset: &str, host: &str) -> String {
    format!("outbound_.{port}_.{subset}_.{host}")
}

/// Istio's name of the cluster behind an inbound listener. Source: Istio `BuildInboundSubsetKey`.
pub fn inbound_name(port: u16) -> String {
    format!("inbound|{port}||")
}

/// Istio's name of an outbound cluster. Source: Istio `BuildSubsetKey`.
pub fn name(port: u16, subset: &str, host: &str) -> String {
    format!("outbound|{port}|{subset}|{host}")
}
