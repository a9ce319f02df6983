//! The registry: Kubernetes Services and ServiceEntries with their endpoints.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::endpoints::{self, Workloads};
use super::{
    Alias, Endpoint, ExportTo, Protocol, Resolution, Service, ServicePort, TargetPort, by_age, names,
    sidecar, subject,
};
use crate::report::{Field, Report};
use crate::resources::scalar::IntOrString;
use crate::resources::service_entry::{self, Location, Resolution as Declared};
use crate::resources::{self, Bundle, MeshConfig, Object, kubernetes};

/// The annotation by which a Kubernetes Service is exported.
const EXPORT_ANNOTATION: &str = "networking.istio.io/exportTo";

/// The label by which a service keeps gateways from listening on its target ports.
const KEEP_PORTS_LABEL: &str = "experimental.istio.io/disable-gateway-port-translation";

fn keeps_gateway_ports(meta: &resources::ObjectMeta) -> bool {
    meta.labels
        .get(KEEP_PORTS_LABEL)
        .is_some_and(|value| value == "true")
}

/// All services of the mesh.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    services: Vec<Service>,
}

impl Registry {
    pub(super) fn new(bundle: &Bundle, config: &MeshConfig, report: &mut Report) -> Self {
        let workloads = Workloads::new(bundle);
        let mut services: Vec<Service> = by_age(&bundle.services)
            .into_iter()
            .filter(|object| !is_external_name(object))
            .map(|object| kubernetes_service(object, config, &workloads))
            .collect();
        add_aliases(&mut services, bundle, config);
        for object in by_age(&bundle.service_entries) {
            services.extend(service_entry(object, config, &workloads, report));
        }
        Self { services }
    }

    /// Every service, Kubernetes first, each kind oldest first.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The services that are exported to `namespace`.
    pub fn visible<'m>(&'m self, namespace: &str) -> impl Iterator<Item = &'m Service> {
        self.services
            .iter()
            .filter(move |service| service.export_to.is_visible(namespace))
    }

    /// What a proxy of `namespace` may see, by full name. Of several services of one name it sees that of its
    /// own namespace, else the Kubernetes one, else the oldest. Source: Istio `sidecar.go`.
    pub fn by_hostname<'m>(&'m self, namespace: &str) -> BTreeMap<&'m str, &'m Service> {
        sidecar::one_per_name(self.visible(namespace), namespace)
    }
}

fn is_external_name(object: &Object<resources::Service>) -> bool {
    object.spec.service_type == "ExternalName"
}

/// The full name of a Kubernetes Service.
pub(super) fn kubernetes_hostname(name: &str, namespace: &str, config: &MeshConfig) -> String {
    let domain = kubernetes_domain(config);
    alloc::format!("{name}.{namespace}.svc.{domain}").to_ascii_lowercase()
}

/// What full names of Kubernetes Services end with.
pub(crate) fn kubernetes_domain(config: &MeshConfig) -> &str {
    // A mesh without a domain changes only how names in Istio's own resources are completed.
    if config.domain.is_empty() {
        "cluster.local"
    } else {
        config.domain.as_str()
    }
}

fn kubernetes_service(
    object: &Object<resources::Service>,
    config: &MeshConfig,
    workloads: &Workloads<'_>,
) -> Service {
    let (meta, spec) = (&object.metadata, &object.spec);
    let headless = spec.cluster_ip == "None";
    let mut addresses = spec.cluster_ips.clone();
    if addresses.is_empty() && !spec.cluster_ip.is_empty() {
        addresses.push(spec.cluster_ip.clone());
    }
    let exported = meta.annotations.get(EXPORT_ANNOTATION);
    let exported: Vec<String> = exported
        .map(|list| list.split(',').map(|entry| entry.trim().to_string()).collect())
        .unwrap_or_default();
    let ports: Vec<ServicePort> = spec.ports.iter().filter_map(kubernetes_port).collect();
    Service {
        hostname: kubernetes_hostname(&meta.name, &meta.namespace, config),
        namespace: meta.namespace.clone(),
        kubernetes: true,
        addresses: if headless { Vec::new() } else { addresses },
        resolution: if headless {
            Resolution::Passthrough
        } else {
            Resolution::Endpoints
        },
        export_to: ExportTo::new(&exported, &config.default_service_export_to, &meta.namespace),
        subject_alt_names: Vec::new(),
        aliases: Vec::new(),
        external: false,
        keeps_gateway_ports: keeps_gateway_ports(meta),
        selector: spec.selector.clone(),
        endpoints: workloads.of_kubernetes_service(object, &ports),
        ports,
        document: object.document,
    }
}

fn kubernetes_port(port: &kubernetes::ServicePort) -> Option<ServicePort> {
    let number = u16::try_from(port.port).ok().filter(|number| *number != 0)?;
    let protocol =
        Protocol::of_kubernetes_port(&port.protocol, port.app_protocol.as_deref(), &port.name, number);
    let target = match &port.target_port {
        Some(IntOrString::Int(target)) => TargetPort::Number(u16::try_from(*target).unwrap_or(number)),
        Some(IntOrString::String(name)) => TargetPort::Name(name.clone()),
        None => TargetPort::Number(number),
    };
    (protocol != Protocol::Udp).then(|| ServicePort {
        number,
        name: port.name.clone(),
        protocol,
        target,
    })
}

/// ExternalName Services of services in the registry are further names of theirs, over several steps.
fn add_aliases(services: &mut [Service], bundle: &Bundle, config: &MeshConfig) {
    let aliases: BTreeMap<String, (Alias, String)> = bundle
        .services
        .iter()
        .filter(|object| is_external_name(object))
        .map(|object| {
            let (meta, target) = (&object.metadata, object.spec.external_name.to_ascii_lowercase());
            let hostname = kubernetes_hostname(&meta.name, &meta.namespace, config);
            let ports = object
                .spec
                .ports
                .iter()
                .filter_map(|port| u16::try_from(port.port).ok());
            let alias = Alias {
                hostname: hostname.clone(),
                ports: ports.collect(),
            };
            (hostname, (alias, target))
        })
        .collect();
    for (alias, target) in aliases.values() {
        let mut target = target;
        for _ in 0..aliases.len() {
            match aliases.get(target) {
                Some((_, further)) => target = further,
                None => break,
            }
        }
        let concrete = services.iter_mut().find(|service| service.hostname == *target);
        if let Some(service) = concrete {
            service.aliases.push(alias.clone());
        }
    }
}

/// One service for each host.
fn service_entry(
    object: &Object<resources::ServiceEntry>,
    config: &MeshConfig,
    workloads: &Workloads<'_>,
    report: &mut Report,
) -> Vec<Service> {
    let (meta, spec) = (&object.metadata, &object.spec);
    if spec.hosts.is_empty() {
        let message = "service entry must have at least one host";
        let field = Field::SPEC.name("hosts");
        report.error(&subject(object), &field, "missing-hosts", message, "name a host");
    }
    let ports: Vec<ServicePort> = spec.ports.iter().filter_map(service_entry_port).collect();
    let resolution = match spec.resolution {
        Declared::None => Resolution::Passthrough,
        Declared::Static => Resolution::Endpoints,
        Declared::Dns => Resolution::Dns,
        Declared::DnsRoundRobin => Resolution::DnsRoundRobin,
        Declared::DynamicDns => Resolution::DynamicDns,
    };
    let service = |host: &String| Service {
        hostname: host.to_ascii_lowercase(),
        namespace: meta.namespace.clone(),
        kubernetes: false,
        addresses: spec.addresses.clone(),
        ports: ports.clone(),
        resolution,
        export_to: ExportTo::new(
            &spec.export_to,
            &config.default_service_export_to,
            &meta.namespace,
        ),
        subject_alt_names: spec.subject_alt_names.clone(),
        aliases: Vec::new(),
        external: spec.location == Location::MeshExternal,
        keeps_gateway_ports: keeps_gateway_ports(meta),
        selector: spec
            .workload_selector
            .as_ref()
            .map(|selector| selector.labels.clone())
            .unwrap_or_default(),
        endpoints: service_entry_endpoints(object, host, resolution, workloads),
        document: object.document,
    };
    spec.hosts.iter().map(service).collect()
}

/// DNS without endpoints looks up the host itself.
fn service_entry_endpoints(
    object: &Object<resources::ServiceEntry>,
    host: &str,
    resolution: Resolution,
    workloads: &Workloads<'_>,
) -> Vec<Endpoint> {
    let listed = workloads.of_service_entry(object);
    let by_name = matches!(resolution, Resolution::Dns | Resolution::DnsRoundRobin);
    if listed.is_empty() && by_name && !names::is_wildcard(host) {
        return alloc::vec![endpoints::by_name(host)];
    }
    listed
}

fn service_entry_port(port: &service_entry::ServicePort) -> Option<ServicePort> {
    let number = u16::try_from(port.number).ok().filter(|number| *number != 0)?;
    let target = u16::try_from(port.target_port)
        .ok()
        .filter(|target| *target != 0)
        .unwrap_or(number);
    Some(ServicePort {
        number,
        name: port.name.clone(),
        protocol: Protocol::parse(&port.protocol),
        target: TargetPort::Number(target),
    })
}
