//! The Envoy configuration around the filter: everything a stock Envoy needs to serve a mesh.
//!
//! One Envoy plays any number of proxies. It reads a bootstrap that never changes and files that it
//! watches: listeners, clusters, one file of endpoints a cluster, and one file a listener with the
//! configuration of the filter. A new rule changes only the last kind, which needs no drain of connections;
//! a new endpoint changes only the file of its clusters.
//!
//! The same without the filter is [`Routing::Native`]: the rules as plain routes, as Istio's control plane
//! would write them. [`native_routes`] gives those alone.
//!
//! Nothing is read or written here: a mesh goes in, JSON comes out, and the same mesh gives the same bytes.

mod access_log;
mod auto_passthrough;
mod bootstrap;
mod bound;
mod chains;
mod clusters;
mod connection;
mod dynamic_dns;
mod endpoints;
mod files;
mod http_proxies;
mod inbound;
mod listeners;
pub mod manifests;
mod native;
mod options;
mod plugin;
mod policies;
mod routes;
mod secrets;
mod servers;
mod tls;
mod tunnels;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

use serde_json::Value;

pub use endpoints::missing_addresses;
pub use native::native_routes;
pub use options::{CertificateFiles, EndpointKey, ExportOptions, ProxyExport, Routing};

use self::native::NativeRoutes;
use crate::compile::Proxy;
use crate::diagnostic::Diagnostic;
use crate::mesh::Mesh;
use crate::resources::Bundle;
use crate::settings::Decides;

/// A complete configuration.
#[derive(Clone, Debug)]
pub struct Export {
    /// What Envoy is started with. Depends on the options only.
    pub bootstrap: Value,
    /// All listeners.
    pub listeners: Value,
    /// All clusters.
    pub clusters: Value,
    /// The endpoints, by file name, one file a cluster: Envoy takes only one resource from a file of
    /// endpoints.
    pub endpoints: Vec<(String, Value)>,
    /// The certificates and keys of Secrets, by file name, one file each. They have to be there before
    /// clusters and listeners.
    pub secrets: Vec<(String, Value)>,
    /// The routes behind the filter, by file name, one file a listener. They have to be there before the filters
    /// that choose among them. Without filter all routes, one file for each set of them.
    pub routes: Vec<(String, Value)>,
    /// The configuration of the filter, by file name, one file a listener; none without filter.
    pub filters: Vec<(String, Value)>,
    /// Where the listeners are that have a port.
    pub addresses: Vec<ListenerAddress>,
    /// What was noticed on the way; nothing that the rules say is dropped in silence.
    pub diagnostics: Vec<Diagnostic>,
}

/// Where a listener is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerAddress {
    /// Its name.
    pub name: String,
    /// What it is for, in words.
    pub description: String,
    /// Where it is bound.
    pub address: IpAddr,
    /// Its port.
    pub port: u16,
    /// The port that the rules know: of a Gateway's server, or of a Sidecar's listener that clients connect to. The
    /// listener for all of a sidecar's ports takes it from each request or connection.
    pub logical_port: Option<u16>,
    /// Whether clients have to speak TLS.
    pub tls: bool,
}

/// Writes the configuration of an Envoy that plays the proxies of `options`. `mesh` has to be the one that
/// `bundle` resolves to: the filter gets the resources of the bundle and resolves them again.
pub fn export(mesh: &Mesh, bundle: &Bundle, options: &ExportOptions) -> Export {
    let mut diagnostics = Vec::new();
    let (listeners, mut secrets) = listeners::plan(mesh, bundle, options, &mut diagnostics);
    let clusters = clusters::plan(mesh, bundle, options, &mut secrets, &mut diagnostics);
    diagnostics.extend(native::disagreement(options));
    diagnostics.extend(access_log::findings(&mesh.config));
    let native = match options.routing {
        Routing::Filter => None,
        Routing::Native => Some(NativeRoutes::plan(mesh, &listeners, &mut diagnostics)),
    };
    let filtered = if native.is_none() {
        listeners.as_slice()
    } else {
        &[]
    };
    let filters = filtered
        .iter()
        .flat_map(|listener| plugin::files(mesh, bundle, options, listener, &mut diagnostics))
        .collect();
    let behind_filter = filtered
        .iter()
        .filter(|listener| listener.has(Decides::Requests))
        .map(|listener| routes::file(mesh, listener));
    let alone = native.iter().flat_map(NativeRoutes::files);
    Export {
        bootstrap: bootstrap::bootstrap(options),
        listeners: listeners::discovery(
            mesh,
            options,
            &listeners,
            native.as_ref(),
            clusters::tunnels(&clusters),
        ),
        clusters: clusters::discovery(&clusters),
        endpoints: clusters.values().filter_map(endpoints::file).collect(),
        secrets: secrets.into_iter().collect(),
        routes: behind_filter.chain(alone).collect(),
        filters,
        addresses: listeners
            .iter()
            .filter_map(listeners::Listener::address)
            .collect(),
        diagnostics,
    }
}

/// The clusters that an Envoy has which plays `proxy`. A route to any other is a 503.
pub fn cluster_names(mesh: &Mesh, proxy: &Proxy) -> BTreeSet<String> {
    let proxies = Vec::from([ProxyExport {
        name: String::new(),
        proxy: proxy.clone(),
    }]);
    let options = ExportOptions {
        proxies,
        ..ExportOptions::default()
    };
    // Certificates do not make names.
    let (bundle, mut secrets) = (Bundle::default(), BTreeMap::new());
    clusters::plan(mesh, &bundle, &options, &mut secrets, &mut Vec::new())
        .into_keys()
        .collect()
}

impl Export {
    /// All files with their text, in a stable order.
    #[must_use]
    pub fn files(&self) -> Vec<(String, String)> {
        let single = [
            (files::BOOTSTRAP, &self.bootstrap),
            (files::LISTENERS, &self.listeners),
            (files::CLUSTERS, &self.clusters),
        ];
        let many = self
            .endpoints
            .iter()
            .chain(&self.secrets)
            .chain(&self.routes)
            .chain(&self.filters)
            .map(|(name, value)| (name.as_str(), value));
        let text = |(name, value): (&str, &Value)| (String::from(name), files::text(value));
        single.into_iter().chain(many).map(text).collect()
    }
}
