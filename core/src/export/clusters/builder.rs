//! The clusters of one proxy.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::credentials::{self, Credential};
use super::discovery::Discovery;
use super::load_balancer::{self, is_passthrough};
use super::locality::Preference;
use super::transport_socket::Names;
use super::{Cluster, Plan, check, findings};
use crate::compile::{ProxyKind, Traffic, cluster_name, gateway_servers, sni_name};
use crate::diagnostic::Diagnostic;
use crate::export::endpoints::Host;
use crate::export::tls::Certificates;
use crate::export::{ExportOptions, ProxyExport};
use crate::mesh::{
    Endpoint, Labels, Locality, Mesh, Resolution, ScopedService, SelectedRules, Service, ServicePort,
    add_topology,
};
use crate::report::{Report, Subject};
use crate::resources::destination_rule::{Subset, TrafficPolicy};

/// What clusters are for.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// Requests and connections that rules send there.
    Outbound,
    /// TLS that is passed on by the name of the cluster, and so is not encrypted again.
    /// Source: Istio `buildOutboundSniDnatClusters`.
    SniDnat,
}

impl Kind {
    fn cluster_name(self, port: u16, subset: &str, host: &str) -> String {
        match self {
            Self::Outbound => cluster_name(port, subset, host),
            Self::SniDnat => sni_name(port, subset, host),
        }
    }
}

/// Source: Istio `ContainsAutoPassthroughGateways`.
fn passes_on_by_name(mesh: &Mesh, proxy: &ProxyExport) -> bool {
    let is_gateway = proxy.proxy.kind == ProxyKind::Gateway;
    let mut servers = gateway_servers(mesh, &proxy.proxy, &mut Report::default()).into_iter();
    is_gateway && servers.any(|server| server.traffic == Traffic::AutoPassthrough)
}

/// Makes the clusters of one proxy.
pub(super) struct Builder<'m> {
    mesh: &'m Mesh,
    options: &'m ExportOptions,
    proxy: &'m ProxyExport,
    certificates: Certificates<'m>,
    locality: Locality,
    /// The proxy's own, and those that say where it is.
    labels: Labels,
    /// Whether it passes on TLS by the names of clusters.
    auto_passthrough: bool,
    /// What was noticed.
    pub(super) findings: Vec<Diagnostic>,
}

impl<'m> Builder<'m> {
    pub(super) fn new(mesh: &'m Mesh, proxy: &'m ProxyExport, certificates: Certificates<'m>) -> Self {
        let locality = Locality::of(&proxy.proxy.labels);
        let mut labels = proxy.proxy.labels.clone();
        add_topology(&mut labels, &locality, "");
        Self {
            mesh,
            options: certificates.options,
            proxy,
            certificates,
            locality,
            labels,
            auto_passthrough: passes_on_by_name(mesh, proxy),
            findings: Vec::new(),
        }
    }

    /// Those of a service.
    pub(super) fn of_service(&mut self, scoped: &ScopedService<'_>) -> Vec<Cluster> {
        let mut clusters = self.all(scoped, Kind::Outbound);
        if self.auto_passthrough && !scoped.service.external {
            clusters.extend(self.all(scoped, Kind::SniDnat));
        }
        clusters
    }

    /// For each port that is seen, one for all endpoints and one for each subset.
    fn all(&mut self, scoped: &ScopedService<'_>, kind: Kind) -> Vec<Cluster> {
        let service = scoped.service;
        self.findings.extend(findings::of(service, self.options));
        let client = self.proxy.proxy.client();
        let rules = SelectedRules::new(self.mesh, &service.hostname, &service.namespace, client);
        let mut clusters = Vec::new();
        for port in service.ports.iter().filter(|port| scoped.has_port(port.number)) {
            let Some(whole) = self.of_port(service, port, &rules, None, kind) else {
                continue;
            };
            let is_original = matches!(whole.discovery, Discovery::OriginalDestination(_));
            clusters.push(whole);
            for subset in rules.subsets() {
                let mut cluster = self.of_port(service, port, &rules, Some(subset), kind);
                // Source: Istio `buildSubsetCluster`, which begins with the type that the policy has made of the whole.
                if let Some(cluster) = cluster.as_mut().filter(|_| is_original) {
                    cluster.discovery = Discovery::original_destination(service, port);
                }
                clusters.extend(cluster);
            }
        }
        clusters
    }

    fn of_port(
        &mut self,
        service: &Service,
        port: &ServicePort,
        rules: &SelectedRules<'m>,
        subset: Option<&Subset>,
        kind: Kind,
    ) -> Option<Cluster> {
        let mut policy = rules.traffic_policy(subset, port.number);
        if kind == Kind::SniDnat {
            policy.tls = None;
            policy.proxy_protocol = None;
        }
        self.check(&mut policy, rules, subset, service);
        let everything = Labels::new();
        let (name, labels) = subset.map_or(("", &everything), |subset| (&subset.name, &subset.labels));
        let hosts: Vec<(Host, &Endpoint)> = service
            .subset(labels)
            .filter_map(|endpoint| Some((Host::new(service, port, endpoint, self.options)?, endpoint)))
            .collect();
        if hosts.iter().any(|(host, _)| host.is_stand_in()) {
            let subject = rules.subject(subset);
            self.findings
                .extend(findings::plain_stand_ins(&mut policy, subject, service));
        }
        let preference = self.preference(&policy);
        let discovery = if self.passes_through(service) || is_passthrough(&policy) {
            Discovery::passthrough(service, port, &hosts)
        } else {
            Discovery::new(service, port, &policy, hosts, &preference)
        };
        let mut plan = Plan {
            name: kind.cluster_name(port.number, name, &service.hostname),
            discovery: discovery?,
            protocol: port.protocol,
            policy: &policy,
            names: Names::new(service, port, name),
        };
        self.add_credential(&mut plan, rules.subject(subset), service);
        Some(plan.cluster(self.mesh, self.options))
    }

    /// Adds the Secrets that the policy names. Nothing goes to the service without them, as Istio's proxies wait for them.
    fn add_credential(&mut self, plan: &mut Plan<'_>, subject: Option<&Subject>, service: &Service) {
        let Some(tls) = credentials::settings(plan.policy) else {
            return;
        };
        match Credential::new(tls, &mut self.certificates) {
            Ok(credential) => plan.names.credential = Some(credential),
            Err(reason) => {
                let message = format!("{reason}; requests get 503");
                self.findings
                    .push(findings::of_credential(&message, subject, service));
                plan.discovery = Discovery::Nowhere;
            }
        }
    }

    /// Whether requests go to the address that the client has chosen. Where no connection is redirected there is
    /// none, and headless services get their endpoints, if they are known, as they do in gateways.
    /// Source: Istio `convertResolution`.
    fn passes_through(&self, service: &Service) -> bool {
        let nowhere_else = if self.options.redirected {
            self.proxy.proxy.kind == ProxyKind::Sidecar
        } else {
            service.endpoints.is_empty()
        };
        service.resolution == Resolution::Passthrough && nowhere_else
    }

    /// Leaves out what Envoy would refuse, and the whole cluster with it.
    fn check(
        &mut self,
        policy: &mut TrafficPolicy,
        rules: &SelectedRules<'_>,
        subset: Option<&Subset>,
        service: &Service,
    ) {
        let subject = rules.subject(subset);
        let problems = check::leave_out(policy);
        let warnings = check::incomplete(policy);
        let problems = problems.into_iter().chain(warnings);
        self.findings
            .extend(problems.map(|problem| findings::of_policy(problem, subject, service)));
        if credentials::leave_out(policy, rules, self.proxy.proxy.kind) {
            let message = credentials::NOT_FOR_SIDECARS;
            self.findings
                .push(findings::of_credential(message, subject, service));
        }
        let original = findings::passthrough(policy, subject, service, self.options);
        self.findings.extend(original);
    }

    /// Which places this proxy prefers.
    fn preference<'p>(&'p self, policy: &'p TrafficPolicy) -> Preference<'p> {
        Preference {
            setting: load_balancer::locality_setting(policy, &self.mesh.config),
            fails_over: policy.outlier_detection.is_some(),
            locality: &self.locality,
            labels: &self.labels,
        }
    }
}
