//! What an export is asked for.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::compile::Proxy;

/// What an export is asked for.
#[derive(Clone, Debug)]
pub struct ExportOptions {
    /// The proxies that the Envoy plays.
    pub proxies: Vec<ProxyExport>,
    /// Who decides where requests go.
    pub routing: Routing,
    /// Path of the filter, as Envoy sees it.
    pub wasm: String,
    /// The directory of the files, as Envoy sees it. Files are replaced there by renaming.
    pub directory: String,
    /// Where Envoy's administration listens.
    pub admin: SocketAddr,
    /// Where listeners are bound.
    pub bind: IpAddr,
    /// Ports of gateways that listen elsewhere: `80` on `8080`.
    pub port_map: BTreeMap<u16, u16>,
    /// Where sidecars take outbound requests.
    pub outbound_port: u16,
    /// Whether connections are redirected to that port, as Istio's iptables rules do. Else clients use it as a
    /// server, and the authority of each request names the port that they mean.
    pub redirected: bool,
    /// The certificates that servers of Gateways name as their `credentialName`.
    pub certificates: BTreeMap<String, CertificateFiles>,
    /// The authorities that the system of the Envoy trusts, for rules that name none. Envoy cannot find them itself.
    pub system_authorities: String,
    /// Whether the filter explains its decisions.
    pub trace: bool,
    /// Whether the filter keeps a histogram for each rule of how long its requests take.
    pub durations: bool,
    /// Makes all draws of the filter repeatable.
    pub seed: Option<u64>,
    /// Addresses of endpoints, in place of those in the registry. Deployments have none of their own. What is there
    /// speaks plain HTTP, whatever the rules say.
    pub endpoints: BTreeMap<EndpointKey, SocketAddr>,
}

impl Default for ExportOptions {
    fn default() -> Self {
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Self {
            proxies: Vec::new(),
            routing: Routing::default(),
            wasm: String::from("mainsheet.wasm"),
            directory: String::from("."),
            admin: SocketAddr::new(loopback, 0),
            bind: loopback,
            port_map: BTreeMap::new(),
            outbound_port: 15001,
            redirected: false,
            certificates: BTreeMap::new(),
            system_authorities: String::from("/etc/ssl/certs/ca-certificates.crt"),
            trace: false,
            durations: false,
            seed: None,
            endpoints: BTreeMap::new(),
        }
    }
}

/// Who decides where requests go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Routing {
    /// The filter.
    #[default]
    Filter,
    /// Envoy, by routes that are structured as Istio's control plane writes them. There is no filter then.
    Native,
}

/// A proxy that the Envoy plays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyExport {
    /// Tells its listeners from those of other proxies.
    pub name: String,
    /// Its point of view.
    pub proxy: Proxy,
}

/// One port of one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndpointKey {
    /// Full name of the service.
    pub host: String,
    /// Name of the Pod, Deployment or WorkloadEntry.
    pub workload: String,
    /// Port of the service.
    pub port: u16,
}

/// A certificate and its key, in PEM, as Envoy finds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The certificate, with those between it and its root.
    pub chain: String,
    /// Its private key.
    pub key: String,
}
