//! The instances of services: EndpointSlices, else Pods, else Deployments; and WorkloadEntries.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Endpoint, Labels, Locality, ServicePort, TargetPort, add_topology, is_subset};
use crate::resources::{self, Bundle, Object, WorkloadEntry};

/// The label by which an EndpointSlice names its Service.
pub(crate) const SERVICE_LABEL: &str = "kubernetes.io/service-name";

/// Everything that can be an instance of a service.
pub(super) struct Workloads<'b> {
    bundle: &'b Bundle,
}

/// The endpoint that a name stands for.
pub(super) fn by_name(host: &str) -> Endpoint {
    Endpoint {
        address: Some(host.to_string()),
        ports: BTreeMap::new(),
        labels: Labels::new(),
        locality: Locality::default(),
        weight: 1,
        workload: host.to_string(),
    }
}

impl<'b> Workloads<'b> {
    pub(super) fn new(bundle: &'b Bundle) -> Self {
        Self { bundle }
    }

    /// What a cluster would know best is asked first.
    pub(super) fn of_kubernetes_service(
        &self,
        service: &Object<resources::Service>,
        ports: &[ServicePort],
    ) -> Vec<Endpoint> {
        let namespace = service.metadata.namespace.as_str();
        let sliced = self.in_slices(service, ports);
        if !sliced.is_empty() || service.spec.selector.is_empty() {
            return sliced;
        }
        let selector = &service.spec.selector;
        let pods = self.in_pods(namespace, selector, ports);
        if !pods.is_empty() {
            pods
        } else {
            self.in_deployments(namespace, selector)
        }
    }

    fn in_slices(&self, service: &Object<resources::Service>, ports: &[ServicePort]) -> Vec<Endpoint> {
        let meta = &service.metadata;
        let slices = self.bundle.endpoint_slices.iter().filter(|slice| {
            slice.metadata.namespace == meta.namespace
                && slice.metadata.labels.get(SERVICE_LABEL) == Some(&meta.name)
        });
        let mut found = Vec::new();
        for slice in slices {
            let numbers: BTreeMap<String, u16> = slice
                .spec
                .ports
                .iter()
                .filter_map(|port| Some((port.name.clone(), u16::try_from(port.port).ok()?)))
                .filter(|(name, _)| ports.iter().any(|port| port.name == *name))
                .collect();
            for endpoint in slice
                .spec
                .endpoints
                .iter()
                .filter(|endpoint| endpoint.conditions.ready != Some(false))
            {
                let pod = endpoint.target_ref.as_ref().map(|target| target.name.clone());
                let labels = pod
                    .as_deref()
                    .and_then(|pod| self.pod_labels(&meta.namespace, pod));
                let (labels, locality) = placed(&labels.cloned().unwrap_or_default());
                found.extend(endpoint.addresses.first().map(|address| Endpoint {
                    address: Some(address.clone()),
                    ports: numbers.clone(),
                    labels,
                    locality,
                    weight: 1,
                    workload: pod.unwrap_or_else(|| address.clone()),
                }));
            }
        }
        found
    }

    fn pod_labels(&self, namespace: &str, name: &str) -> Option<&'b Labels> {
        let mut pods = self.bundle.pods.iter();
        let pod = pods.find(|pod| pod.metadata.namespace == namespace && pod.metadata.name == name)?;
        Some(&pod.metadata.labels)
    }

    fn in_pods(&self, namespace: &str, selector: &Labels, ports: &[ServicePort]) -> Vec<Endpoint> {
        let selected =
            self.bundle.pods.iter().filter(|pod| {
                pod.metadata.namespace == namespace && is_subset(selector, &pod.metadata.labels)
            });
        selected
            .map(|pod| {
                let (labels, locality) = placed(&pod.metadata.labels);
                Endpoint {
                    address: Some(pod.spec.status.pod_ip.clone()).filter(|ip| !ip.is_empty()),
                    ports: named_ports(ports, &pod.spec),
                    labels,
                    locality,
                    weight: 1,
                    workload: pod.metadata.name.clone(),
                }
            })
            .collect()
    }

    /// A Deployment says which labels its Pods will have, though not where they are.
    fn in_deployments(&self, namespace: &str, selector: &Labels) -> Vec<Endpoint> {
        let template =
            |deployment: &'b Object<resources::Deployment>| &deployment.spec.template.metadata.labels;
        let selected = self.bundle.deployments.iter().filter(|deployment| {
            deployment.metadata.namespace == namespace && is_subset(selector, template(deployment))
        });
        selected
            .map(|deployment| {
                let (labels, locality) = placed(template(deployment));
                Endpoint {
                    address: None,
                    ports: BTreeMap::new(),
                    labels,
                    locality,
                    weight: 1,
                    workload: deployment.metadata.name.clone(),
                }
            })
            .collect()
    }

    /// `endpoints`, or what `workloadSelector` selects among WorkloadEntries and Pods.
    pub(super) fn of_service_entry(&self, object: &Object<resources::ServiceEntry>) -> Vec<Endpoint> {
        let Some(selector) = &object.spec.workload_selector else {
            let endpoints = object.spec.endpoints.iter();
            return endpoints
                .map(|entry| workload_entry(entry, &entry.labels, &entry.address))
                .collect();
        };
        let namespace = object.metadata.namespace.as_str();
        let entries = self.bundle.workload_entries.iter().filter_map(|entry| {
            let labels = workload_entry_labels(entry);
            let selected = entry.metadata.namespace == namespace && is_subset(&selector.labels, &labels);
            selected.then(|| workload_entry(&entry.spec, &labels, &entry.metadata.name))
        });
        entries
            .chain(self.in_pods(namespace, &selector.labels, &[]))
            .collect()
    }
}

/// The labels of a workload with those that say where it is, and where that is.
fn placed(labels: &Labels) -> (Labels, Locality) {
    let locality = Locality::of(labels);
    let mut labels = labels.clone();
    add_topology(&mut labels, &locality, "");
    (labels, locality)
}

fn workload_entry_labels(entry: &Object<WorkloadEntry>) -> Labels {
    let mut labels = entry.metadata.labels.clone();
    labels.extend(entry.spec.labels.clone());
    labels
}

fn workload_entry(entry: &WorkloadEntry, labels: &Labels, workload: &str) -> Endpoint {
    let ports = entry.ports.iter();
    let locality = if entry.locality.is_empty() {
        Locality::of(labels)
    } else {
        Locality::parse(&entry.locality)
    };
    let mut labels = labels.clone();
    add_topology(&mut labels, &locality, &entry.network);
    Endpoint {
        address: Some(entry.address.clone()).filter(|address| !address.is_empty()),
        ports: ports
            .filter_map(|(name, port)| Some((name.clone(), u16::try_from(*port).ok()?)))
            .collect(),
        labels,
        locality,
        weight: entry.weight.max(1),
        workload: workload.to_string(),
    }
}

/// The numbers of target ports that a Service names.
fn named_ports(ports: &[ServicePort], pod: &resources::Pod) -> BTreeMap<String, u16> {
    let number = |port: &ServicePort| match &port.target {
        TargetPort::Number(_) => None,
        TargetPort::Name(name) => {
            let mut container_ports = pod.spec.containers.iter().flat_map(|container| &container.ports);
            let found = container_ports.find(|container| container.name == *name)?;
            Some((port.name.clone(), u16::try_from(found.container_port).ok()?))
        }
    };
    ports.iter().filter_map(number).collect()
}
