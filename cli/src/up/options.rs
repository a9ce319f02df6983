//! How a session runs.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use mainsheet_core::resources::MeshConfig;
use mainsheet_tests::envoy::EnvoyBinary;

use super::proxies::ProxyChoice;

/// How a session runs.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// The Envoy to run.
    pub envoy: EnvoyBinary,
    /// The proxies that it plays.
    pub proxies: ProxyChoice,
    /// Mesh-wide settings.
    pub mesh: MeshConfig,
    /// Where listeners are bound.
    pub bind: IpAddr,
    /// Ports of gateways that listen elsewhere.
    pub ports: BTreeMap<u16, u16>,
    /// Where the sidecar listens; 0 lets the system choose.
    pub outbound_port: u16,
    /// Where Envoy's administration listens; 0 lets the system choose.
    pub admin_port: u16,
    /// Where the files of Envoy are kept; a temporary directory where absent.
    pub directory: Option<PathBuf>,
    /// Worker threads of Envoy.
    pub concurrency: u32,
    /// Whether echo upstreams stand in for workloads without address.
    pub echo: bool,
    /// Whether the filter explains its decisions.
    pub trace: bool,
    /// Whether the filter keeps a histogram for each rule of how long its requests take.
    pub durations: bool,
    /// Makes all draws of the filter repeatable.
    pub seed: Option<u64>,
}

impl SessionOptions {
    /// What most people want, on ports that the system chooses.
    pub fn new(envoy: EnvoyBinary) -> Self {
        Self {
            envoy,
            proxies: ProxyChoice::default(),
            mesh: MeshConfig::default(),
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            ports: BTreeMap::new(),
            outbound_port: 0,
            admin_port: 0,
            directory: None,
            concurrency: 1,
            echo: true,
            trace: false,
            durations: false,
            seed: None,
        }
    }
}
