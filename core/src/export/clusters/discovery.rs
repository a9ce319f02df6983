//! How the hosts of a cluster are found.

use alloc::vec::Vec;

use serde_json::{Value, json};

use super::locality::{Group, Preference};
use super::{Fields, transport_socket};
use crate::export::dynamic_dns;
use crate::export::endpoints::{Host, load_assignment};
use crate::export::files::typed;
use crate::mesh::{Endpoint, Resolution, Service, ServicePort, TargetPort};
use crate::resources::destination_rule::TrafficPolicy;

/// How often names are looked up that say nothing about it.
const DNS_REFRESH: &str = "60s";

/// How the hosts of a cluster are found.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Discovery {
    /// In a file of their own, which may change without the cluster.
    File(Vec<Group>),
    /// In the cluster itself.
    Fixed(Vec<Group>),
    /// By looking up their names: all answers.
    Dns(Vec<Group>),
    /// By looking up one name: one answer at a time.
    LogicalDns(Group),
    /// By looking up the name that the client asks for.
    DynamicDns {
        /// Whether that is also the name to expect in TLS, as Envoy wants it to be.
        is_verified: bool,
    },
    /// Wherever the client has connected to, perhaps on another port.
    OriginalDestination(Option<u16>),
    /// None.
    Nowhere,
}

impl Discovery {
    /// `None` where Istio builds no cluster either.
    pub(super) fn new(
        service: &Service,
        port: &ServicePort,
        policy: &TrafficPolicy,
        hosts: Vec<(Host, &Endpoint)>,
        preference: &Preference<'_>,
    ) -> Option<Self> {
        let mut hosts = suitable(service, hosts);
        match service.resolution {
            Resolution::Dns | Resolution::DnsRoundRobin if hosts.is_empty() => None,
            // The labels of hosts that are to be looked up do not count. Source: Istio `applyFailoverPriorities`.
            Resolution::Dns => Some(Self::Dns(preference.without_labels().groups(hosts))),
            Resolution::DnsRoundRobin => {
                hosts.truncate(1);
                let only = preference.without_labels().groups(hosts).pop()?;
                Some(Self::LogicalDns(only))
            }
            Resolution::DynamicDns => dynamic_dns::serves(port).then(|| Self::DynamicDns {
                is_verified: transport_socket::is_verified_by_request(policy),
            }),
            Resolution::Endpoints | Resolution::Passthrough => Some(Self::File(preference.groups(hosts))),
        }
    }

    /// Where the client has connected to; names without hosts are no cluster even then.
    pub(super) fn passthrough(
        service: &Service,
        port: &ServicePort,
        hosts: &[(Host, &Endpoint)],
    ) -> Option<Self> {
        let has_hosts = match service.resolution {
            Resolution::Dns | Resolution::DnsRoundRobin => !hosts.is_empty(),
            Resolution::DynamicDns | Resolution::Endpoints | Resolution::Passthrough => true,
        };
        has_hosts.then(|| Self::original_destination(service, port))
    }

    /// A target port that ServiceEntries name takes the place of the port that the client has connected to.
    /// Source: Istio `PassthroughTargetPorts`.
    pub(super) fn original_destination(service: &Service, port: &ServicePort) -> Self {
        let target = match port.target {
            TargetPort::Number(target) if service.resolution == Resolution::Passthrough => Some(target),
            _ => None,
        };
        Self::OriginalDestination(target.filter(|target| !service.kubernetes && *target != port.number))
    }

    /// Whether the host follows from the request.
    pub(super) fn is_dynamic(&self) -> bool {
        matches!(self, Self::DynamicDns { .. })
    }

    /// Whether it is for the load balancing to say where a request goes.
    pub(super) fn leaves_a_choice(&self) -> bool {
        !matches!(
            self,
            Self::DynamicDns { .. } | Self::OriginalDestination(_) | Self::Nowhere
        )
    }

    /// The fields of a cluster of that name, whose endpoints are in the file `source`.
    pub(super) fn fields(&self, name: &str, source: &Value) -> Fields {
        let fields = match self {
            Self::File(_) => json!({
                "type": "EDS",
                "eds_cluster_config": {"eds_config": source, "service_name": name},
            }),
            Self::Fixed(groups) => json!({
                "type": "STATIC",
                "load_assignment": load_assignment(name, groups),
            }),
            Self::Dns(groups) => dns(name, groups, false),
            Self::LogicalDns(group) => dns(name, core::slice::from_ref(group), true),
            Self::DynamicDns { is_verified } => dynamic(*is_verified),
            Self::OriginalDestination(None) => {
                json!({"type": "ORIGINAL_DST", "lb_policy": "CLUSTER_PROVIDED"})
            }
            Self::OriginalDestination(Some(port)) => json!({
                "type": "ORIGINAL_DST",
                "lb_policy": "CLUSTER_PROVIDED",
                "original_dst_lb_config": {"upstream_port_override": port},
            }),
            Self::Nowhere => json!({"type": "STATIC"}),
        };
        match fields {
            Value::Object(fields) => fields,
            _ => Fields::new(),
        }
    }
}

/// Those that Envoy takes.
fn suitable<'e>(service: &Service, mut hosts: Vec<(Host, &'e Endpoint)>) -> Vec<(Host, &'e Endpoint)> {
    hosts.retain(|(host, _)| host.suits(service.resolution));
    hosts
}

/// What the types `STRICT_DNS` and `LOGICAL_DNS` have become in Envoy.
fn dns(name: &str, groups: &[Group], logical: bool) -> Value {
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
        "load_assignment": load_assignment(name, groups),
    })
}

/// Source: Istio `setAutoSniAndAutoSanValidation`, which says the same of clusters that verify nothing.
fn dynamic(is_verified: bool) -> Value {
    let mut settings = Fields::new();
    settings.insert("dns_cache_config".into(), dynamic_dns::cache());
    if !is_verified {
        settings.insert("allow_insecure_cluster_options".into(), json!(true));
    }
    let type_name = "envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig";
    json!({
        "lb_policy": "CLUSTER_PROVIDED",
        "cluster_type": {
            "name": "envoy.clusters.dynamic_forward_proxy",
            "typed_config": typed(type_name, Value::Object(settings)),
        },
    })
}
