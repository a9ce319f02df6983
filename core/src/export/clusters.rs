//! One cluster for each port of each service, and one more for each subset.
//! Source: Istio `core/cluster.go`, `cluster_builder.go`.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::endpoints::{Host, load_assignment};
use super::files::{self, typed};
use super::{ExportOptions, ProxyExport};
use crate::compile::{BLACKHOLE_CLUSTER, PASSTHROUGH_CLUSTER, cluster_name};
use crate::diagnostic::Diagnostic;
use crate::mesh::{
    Endpoint, Labels, Mesh, Protocol, Resolution, ScopedService, SelectedRules, Service, ServicePort,
};
use crate::resources::Duration;

/// Time to connect unless the mesh says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(10_000);
/// Istio sets Envoy's limits to the highest number there is.
const NO_LIMIT: u32 = u32::MAX;
/// How many clusters may have their endpoints in files of their own. Envoy takes an inotify instance for each
/// file that it watches, dies when it gets none, and Linux gives a user 128 unless told otherwise.
const MOST_ENDPOINT_FILES: usize = 64;
/// How often names are looked up that say nothing about it.
const DNS_REFRESH: &str = "60s";

/// A cluster.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cluster {
    /// Its name, as the filter says it.
    pub(super) name: String,
    discovery: Discovery,
    /// Fields that do not depend on how its hosts are found.
    common: Value,
    /// The file with its endpoints, for Envoy to watch.
    source: Value,
}

/// How the hosts of a cluster are found.
#[derive(Clone, Debug, PartialEq)]
enum Discovery {
    /// In a file of their own, which may change without the cluster.
    File(Vec<Host>),
    /// In the cluster itself.
    Fixed(Vec<Host>),
    /// By looking up their names: all answers.
    Dns(Vec<Host>),
    /// By looking up one name: one answer at a time.
    LogicalDns(Host),
    /// Wherever the client has connected to.
    OriginalDestination,
    /// None.
    Nowhere,
}

impl Cluster {
    /// The hosts that are in a file of their own.
    pub(super) fn discovered_hosts(&self) -> Option<&[Host]> {
        match &self.discovery {
            Discovery::File(hosts) => Some(hosts),
            _ => None,
        }
    }

    fn to_value(&self) -> Value {
        let mut fields = self.common.clone();
        if let (Some(fields), Value::Object(own)) = (fields.as_object_mut(), self.discovery_fields()) {
            fields.extend(own);
        }
        fields
    }

    fn discovery_fields(&self) -> Value {
        match &self.discovery {
            Discovery::File(_) => json!({
                "type": "EDS",
                "lb_policy": "LEAST_REQUEST",
                "eds_cluster_config": {"eds_config": self.source, "service_name": self.name},
            }),
            Discovery::Fixed(hosts) => json!({
                "type": "STATIC",
                "lb_policy": "LEAST_REQUEST",
                "load_assignment": load_assignment(&self.name, hosts),
            }),
            Discovery::Dns(hosts) => self.dns(hosts, false),
            Discovery::LogicalDns(host) => self.dns(core::slice::from_ref(host), true),
            Discovery::OriginalDestination => {
                json!({"type": "ORIGINAL_DST", "lb_policy": "CLUSTER_PROVIDED"})
            }
            Discovery::Nowhere => json!({"type": "STATIC"}),
        }
    }

    /// What the types `STRICT_DNS` and `LOGICAL_DNS` have become in Envoy.
    fn dns(&self, hosts: &[Host], logical: bool) -> Value {
        let settings = json!({
            "dns_lookup_family": "V4_ONLY",
            "dns_refresh_rate": DNS_REFRESH,
            "respect_dns_ttl": true,
            "all_addresses_in_single_endpoint": logical,
        });
        json!({
            "cluster_type": {
                "name": "envoy.clusters.dns",
                "typed_config": typed("envoy.extensions.clusters.dns.v3.DnsCluster", settings),
            },
            "lb_policy": "LEAST_REQUEST",
            "load_assignment": load_assignment(&self.name, hosts),
        })
    }
}

/// All clusters, by name. Proxies share them; where two disagree, the first one's stands.
pub(super) fn plan(
    mesh: &Mesh,
    options: &ExportOptions,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Cluster> {
    let builder = Builder { mesh, options };
    let mut clusters = BTreeMap::new();
    for (name, discovery) in [
        (PASSTHROUGH_CLUSTER, Discovery::OriginalDestination),
        (BLACKHOLE_CLUSTER, Discovery::Nowhere),
    ] {
        clusters.insert(
            name.to_string(),
            builder.cluster(name.to_string(), discovery, Protocol::Sniffed),
        );
    }
    for proxy in &options.proxies {
        for scoped in proxy.proxy.services(mesh).values() {
            builder.report(scoped.service, diagnostics);
            for cluster in builder.of_service(scoped, proxy) {
                match clusters.get(&cluster.name) {
                    Some(known) if *known != cluster => diagnostics.push(disagreement(&cluster, proxy)),
                    Some(_) => {}
                    None => drop(clusters.insert(cluster.name.clone(), cluster)),
                }
            }
        }
    }
    limit_files(&mut clusters);
    clusters
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
        if let Discovery::File(hosts) = &mut cluster.discovery {
            cluster.discovery = Discovery::Fixed(core::mem::take(hosts));
        }
    }
}

/// The file of clusters.
pub(super) fn discovery(clusters: &BTreeMap<String, Cluster>) -> Value {
    let messages = clusters.values().map(Cluster::to_value);
    files::discovery(&files::all_typed("envoy.config.cluster.v3.Cluster", messages))
}

fn disagreement(cluster: &Cluster, proxy: &ProxyExport) -> Diagnostic {
    let message = format!(
        "`{}` means something else to `{}` than to proxies before it",
        cluster.name, proxy.name
    );
    Diagnostic::warning("cluster-conflict", message).help("export proxies of different namespaces apart")
}

struct Builder<'m> {
    mesh: &'m Mesh,
    options: &'m ExportOptions,
}

impl Builder<'_> {
    fn of_service(&self, scoped: &ScopedService<'_>, proxy: &ProxyExport) -> Vec<Cluster> {
        let service = scoped.service;
        let client = proxy.proxy.client();
        let rules = SelectedRules::new(self.mesh, &service.hostname, &service.namespace, client);
        let everything = Labels::new();
        let mut clusters = Vec::new();
        for port in service.ports.iter().filter(|port| scoped.has_port(port.number)) {
            clusters.extend(self.of_port(service, port, "", &everything));
            for subset in rules.subsets() {
                clusters.extend(self.of_port(service, port, &subset.name, &subset.labels));
            }
        }
        clusters
    }

    fn of_port(
        &self,
        service: &Service,
        port: &ServicePort,
        subset: &str,
        labels: &Labels,
    ) -> Option<Cluster> {
        let endpoints = service.subset(labels);
        let hosts: Vec<Host> = endpoints
            .filter_map(|endpoint| Host::new(service, port, endpoint, self.options))
            .collect();
        let discovery = discover(service, hosts)?;
        Some(self.cluster(
            cluster_name(port.number, subset, &service.hostname),
            discovery,
            port.protocol,
        ))
    }

    fn cluster(&self, name: String, discovery: Discovery, protocol: Protocol) -> Cluster {
        let timeout = self.mesh.config.connect_timeout.unwrap_or(CONNECT_TIMEOUT);
        let common = json!({
            "name": name,
            "connect_timeout": timeout.to_string(),
            "circuit_breakers": {"thresholds": [{
                "max_connections": NO_LIMIT,
                "max_pending_requests": NO_LIMIT,
                "max_requests": NO_LIMIT,
                "max_retries": NO_LIMIT,
            }]},
            "typed_extension_protocol_options": {
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions":
                    typed("envoy.extensions.upstreams.http.v3.HttpProtocolOptions", http_options(protocol)),
            },
        });
        let source = files::config_source(&self.options.directory, &files::endpoints(&name));
        Cluster {
            name,
            discovery,
            common,
            source,
        }
    }

    fn report(&self, service: &Service, diagnostics: &mut Vec<Diagnostic>) {
        for finding in [
            dynamic_names(service),
            self.without_address(service),
            self.unresolved_names(service),
        ] {
            diagnostics.extend(finding.filter(|finding| !diagnostics.contains(finding)));
        }
    }

    fn without_address(&self, service: &Service) -> Option<Diagnostic> {
        let unknown = service.endpoints.iter().find(|endpoint| {
            service
                .ports
                .iter()
                .any(|port| Host::new(service, port, endpoint, self.options).is_none())
        })?;
        let message = format!(
            "nobody knows the address of `{}` behind `{}`",
            unknown.workload, service.hostname
        );
        let help = "add Pods with addresses or EndpointSlices, or let stand-ins serve it";
        Some(about(service, "endpoint-without-address", message, help))
    }

    /// Names where Envoy takes only addresses: one of them would make it refuse all.
    fn unresolved_names(&self, service: &Service) -> Option<Diagnostic> {
        if !matches!(
            service.resolution,
            Resolution::Endpoints | Resolution::Passthrough
        ) {
            return None;
        }
        let port = service.ports.first()?;
        let is_name = |endpoint: &&Endpoint| {
            Host::new(service, port, endpoint, self.options).is_some_and(|host| host.is_name())
        };
        let left_out = &service.endpoints.iter().find(is_name)?.workload;
        let message = format!(
            "`{left_out}` of `{}` is left out: it has a name and no IP address",
            service.hostname
        );
        Some(about(
            service,
            "endpoint-not-an-address",
            message,
            "use resolution DNS",
        ))
    }
}

/// HTTP/2 where the port says so; the client's version where the port says nothing.
fn http_options(protocol: Protocol) -> Value {
    if protocol.is_http2() {
        return json!({"explicit_http_config": {"http2_protocol_options": {}}});
    }
    match protocol {
        Protocol::Sniffed => json!({
            "use_downstream_protocol_config": {"http_protocol_options": {}, "http2_protocol_options": {}},
        }),
        _ => json!({"explicit_http_config": {"http_protocol_options": {}}}),
    }
}

/// How Envoy finds the hosts. Headless services with known endpoints get those, unlike in Istio, which sends
/// requests to the address that the client has chosen: here no connection is redirected, so there is none.
/// `None` where Istio builds no cluster either, or where there is no way yet.
fn discover(service: &Service, mut hosts: Vec<Host>) -> Option<Discovery> {
    match service.resolution {
        Resolution::Dns | Resolution::DnsRoundRobin if hosts.is_empty() => None,
        Resolution::Dns => Some(Discovery::Dns(hosts)),
        Resolution::DnsRoundRobin => Some(Discovery::LogicalDns(hosts.swap_remove(0))),
        Resolution::DynamicDns => None,
        Resolution::Passthrough if service.endpoints.is_empty() => Some(Discovery::OriginalDestination),
        Resolution::Endpoints | Resolution::Passthrough => {
            hosts.retain(|host| !host.is_name());
            Some(Discovery::File(hosts))
        }
    }
}

fn dynamic_names(service: &Service) -> Option<Diagnostic> {
    let message = format!(
        "`{}` has resolution DYNAMIC_DNS, which is not served yet",
        service.hostname
    );
    let help = "requests for it get 503; name the hosts and use resolution DNS";
    (service.resolution == Resolution::DynamicDns)
        .then(|| about(service, "resolution-not-served", message, help))
}

fn about(service: &Service, code: &str, message: String, help: &str) -> Diagnostic {
    Diagnostic {
        document: service.document,
        ..Diagnostic::warning(code, message).help(help)
    }
}
