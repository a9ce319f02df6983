//! One cluster for each port of each service, and one more for each subset.
//! Source: Istio `core/cluster.go`, `cluster_builder.go`, `cluster_traffic_policy.go`.

mod builder;
mod check;
mod connection_pool;
mod credentials;
mod discovery;
mod findings;
mod http_options;
mod inbound;
mod load_balancer;
mod locality;
mod outlier_detection;
mod transport_socket;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use self::builder::Builder;
use self::discovery::Discovery;
use self::http_options::Upstream;
pub(super) use self::locality::Group;
use self::transport_socket::Names;
pub(super) use self::transport_socket::{ISTIO_AUTHORITIES, ISTIO_CERTIFICATE};
use super::files;
use super::listeners::SecretFiles;
use super::secrets::Secrets;
use super::tls::Certificates;
use super::tunnels::Tunnel;
use super::{ExportOptions, ProxyExport};
use crate::compile::{BLACKHOLE_CLUSTER, PASSTHROUGH_CLUSTER, ProxyKind};
use crate::diagnostic::Diagnostic;
use crate::mesh::{Mesh, Protocol};
use crate::resources::destination_rule::{ConnectionPoolSettings, HTTPSettings, TrafficPolicy};
use crate::resources::{Bundle, Duration};

/// How many clusters may have their endpoints in files of their own. Envoy takes an inotify instance for each
/// file that it watches, dies when it gets none, and Linux gives a user 128 unless told otherwise.
const MOST_ENDPOINT_FILES: usize = 64;

/// Fields of a message.
type Fields = Map<String, Value>;

/// A cluster.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cluster {
    /// Its name, as the filter says it.
    pub(super) name: String,
    discovery: Discovery,
    /// Fields that do not depend on how its hosts are found.
    common: Fields,
    /// Fields that say which host a request goes to, where the way of finding them leaves a choice.
    balancing: Fields,
    /// The file with its endpoints, for Envoy to watch.
    source: Value,
    /// Through what connections go there.
    tunnel: Option<Tunnel>,
}

impl Cluster {
    /// The hosts that are in a file of their own.
    pub(super) fn discovered_hosts(&self) -> Option<&[Group]> {
        match &self.discovery {
            Discovery::File(groups) => Some(groups),
            _ => None,
        }
    }

    /// The cluster, and the one before it where there is a tunnel between them.
    fn to_values(&self) -> impl Iterator<Item = Value> {
        let entry = self.tunnel.as_ref().map(Tunnel::cluster);
        entry.into_iter().chain([self.to_value()])
    }

    fn to_value(&self) -> Value {
        let mut fields = self.common.clone();
        fields.extend(self.discovery.fields(&self.name, &self.source));
        if self.discovery.leaves_a_choice() {
            fields.extend(self.balancing.clone());
        }
        Value::Object(fields)
    }
}

/// All clusters, by name, and the secrets that they need. Proxies share them; where two disagree, the first one's stands.
pub(super) fn plan(
    mesh: &Mesh,
    bundle: &Bundle,
    options: &ExportOptions,
    files: &mut SecretFiles,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Cluster> {
    let mut clusters = fixed(mesh, options);
    for proxy in &options.proxies {
        let mut builder = Builder::new(mesh, proxy, certificates(bundle, options, proxy, files));
        let services = proxy.proxy.services(mesh).into_values();
        let mut all: Vec<Cluster> = services.flat_map(|scoped| builder.of_service(&scoped)).collect();
        all.extend(inbound::clusters(mesh, options, proxy, &mut builder.findings));
        for cluster in all {
            match clusters.get(&cluster.name) {
                Some(known) if *known != cluster => {
                    builder.findings.push(findings::disagreement(&cluster, proxy));
                }
                Some(_) => {}
                None => drop(clusters.insert(cluster.name.clone(), cluster)),
            }
        }
        for finding in builder.findings {
            if !diagnostics.contains(&finding) {
                diagnostics.push(finding);
            }
        }
    }
    limit_files(&mut clusters);
    clusters
}

/// Those that the proxy may use.
fn certificates<'b>(
    bundle: &'b Bundle,
    options: &'b ExportOptions,
    proxy: &'b ProxyExport,
    files: &'b mut SecretFiles,
) -> Certificates<'b> {
    let namespace = &proxy.proxy.namespace;
    Certificates {
        options,
        secrets: Secrets { bundle, namespace },
        files,
    }
}

/// Where there would be more files than can be watched, endpoints are parts of their clusters: then a new one is
/// a change of its cluster.
fn limit_files(clusters: &mut BTreeMap<String, Cluster>) {
    let watched = clusters
        .values()
        .filter(|cluster| cluster.discovered_hosts().is_some());
    if watched.count() <= MOST_ENDPOINT_FILES {
        return;
    }
    for cluster in clusters.values_mut() {
        if let Discovery::File(groups) = &mut cluster.discovery {
            cluster.discovery = Discovery::Fixed(core::mem::take(groups));
        }
    }
}

/// How long unused connections to hosts that nobody declares are kept. Source: Istio
/// `passthroughHttpProtocolOptions`.
const PASSTHROUGH_IDLE: Duration = Duration::from_millis(300_000);

/// Those that every mesh has.
fn fixed(mesh: &Mesh, options: &ExportOptions) -> BTreeMap<String, Cluster> {
    let clusters = [
        (PASSTHROUGH_CLUSTER, Discovery::OriginalDestination(None)),
        (BLACKHOLE_CLUSTER, Discovery::Nowhere),
    ];
    let policy = idle_policy(PASSTHROUGH_IDLE);
    let cluster = |(name, discovery): (&str, Discovery)| {
        let plain = Plan {
            name: name.to_string(),
            discovery,
            protocol: Protocol::Sniffed,
            policy: &policy,
            names: Names::default(),
        };
        (name.to_string(), plain.cluster(mesh, options))
    };
    clusters.into_iter().map(cluster).collect()
}

fn idle_policy(time: Duration) -> TrafficPolicy {
    let http = HTTPSettings {
        idle_timeout: Some(time),
        ..HTTPSettings::default()
    };
    let pool = ConnectionPoolSettings {
        http: Some(http),
        ..ConnectionPoolSettings::default()
    };
    TrafficPolicy {
        connection_pool: Some(pool),
        ..TrafficPolicy::default()
    }
}

/// The listeners of tunnels.
pub(super) fn tunnels(clusters: &BTreeMap<String, Cluster>) -> impl Iterator<Item = Value> {
    let tunnels = clusters.values().filter_map(|cluster| cluster.tunnel.as_ref());
    tunnels.map(Tunnel::listener)
}

/// The file of clusters.
pub(super) fn discovery(clusters: &BTreeMap<String, Cluster>) -> Value {
    let messages = clusters.values().flat_map(Cluster::to_values);
    files::discovery(&files::all_typed("envoy.config.cluster.v3.Cluster", messages))
}

/// Everything that makes a cluster.
struct Plan<'p> {
    name: String,
    discovery: Discovery,
    protocol: Protocol,
    policy: &'p TrafficPolicy,
    /// What TLS asks for and expects where the policy says nothing.
    names: Names<'p>,
}

impl Plan<'_> {
    fn cluster(self, mesh: &Mesh, options: &ExportOptions) -> Cluster {
        let policy = self.policy;
        let pool = policy.connection_pool.as_ref();
        let mut proxies = options.proxies.iter();
        let sniffs = proxies.any(|proxy| proxy.proxy.kind == ProxyKind::Sidecar);
        let upstream = Upstream::new(self.protocol, sniffs, pool, &mesh.config);
        let mut common = Fields::new();
        let tunnel = self.tunnel();
        let name = tunnel.as_ref().map_or_else(|| self.name.clone(), Tunnel::behind);
        // The end of a name that has dots. Source: Istio `DelimitedStatsPrefix`.
        let statistics = format!("{name};");
        common.insert("name".into(), json!(name));
        common.insert("alt_stat_name".into(), json!(statistics));
        common.extend(connection_pool::fields(policy, &mesh.config));
        common.insert(
            "typed_extension_protocol_options".into(),
            http_options::field(upstream, policy, self.discovery.is_dynamic()),
        );
        if let Some(outliers) = &policy.outlier_detection {
            common.insert("outlier_detection".into(), outlier_detection::message(outliers));
        }
        let socket = transport_socket::message(policy, self.protocol, upstream, &self.names, options);
        common.extend(socket.map(|socket| ("transport_socket".into(), socket)));
        let shared = load_balancer::common(policy, &mesh.config);
        common.extend(shared.map(|shared| ("common_lb_config".into(), shared)));
        let source = files::config_source(&options.directory, &files::endpoints(&self.name));
        Cluster {
            name: self.name,
            discovery: self.discovery,
            common,
            balancing: load_balancer::fields(policy.load_balancer.as_ref()),
            source,
            tunnel,
        }
    }

    /// Only connections go through tunnels, and names are not looked up behind one.
    fn tunnel(&self) -> Option<Tunnel> {
        let is_opaque = !self.protocol.is_http() && !self.discovery.is_dynamic();
        let settings = self.policy.tunnel.as_ref().filter(|_| is_opaque);
        settings.map(|settings| Tunnel::new(&self.name, settings))
    }
}
