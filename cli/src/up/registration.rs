//! A stand-in as the resources that a cluster would have for it.

use std::net::SocketAddr;

use mainsheet_core::mesh::{Labels, Service};
use mainsheet_core::resources::kubernetes::{self, EndpointPort, ObjectReference};
use mainsheet_core::resources::{Bundle, EndpointSlice, Object, ObjectMeta, Pod, WorkloadEntry};
use mainsheet_tests::upstream::Workload;

/// The label by which an EndpointSlice names its Service.
const SERVICE_LABEL: &str = "kubernetes.io/service-name";

/// A stand-in with its address.
pub(super) struct Registration<'a> {
    /// The service it belongs to.
    pub(super) service: &'a Service,
    /// What it says about itself.
    pub(super) workload: &'a Workload,
    /// Where it is.
    pub(super) address: SocketAddr,
}

impl Registration<'_> {
    /// Adds it to the resources: a Pod with its slice, or an endpoint of the ServiceEntry.
    pub(super) fn add_to(&self, bundle: &mut Bundle) {
        if self.service.kubernetes {
            bundle.pods.push(self.pod());
            bundle.endpoint_slices.push(self.slice());
            return;
        }
        let document = self.service.document;
        let entry = bundle
            .service_entries
            .iter_mut()
            .find(|entry| entry.document == document);
        if let Some(entry) = entry.filter(|entry| entry.spec.workload_selector.is_none()) {
            entry.spec.endpoints.push(self.entry());
        }
    }

    fn metadata(&self, labels: Labels) -> ObjectMeta {
        ObjectMeta {
            name: self.workload.name.clone(),
            namespace: self.workload.namespace.clone(),
            labels,
            ..ObjectMeta::default()
        }
    }

    fn pod(&self) -> Object<Pod> {
        let metadata = self.metadata(self.workload.labels.clone());
        Object {
            metadata,
            spec: Pod::default(),
            document: self.service.document,
        }
    }

    fn slice(&self) -> Object<EndpointSlice> {
        let labels = Labels::from([(SERVICE_LABEL.to_owned(), self.workload.service.clone())]);
        let target = ObjectReference {
            name: self.workload.name.clone(),
            ..ObjectReference::default()
        };
        let endpoint = kubernetes::Endpoint {
            addresses: vec![self.address.ip().to_string()],
            target_ref: Some(target),
            ..kubernetes::Endpoint::default()
        };
        let ports = self.service.ports.iter().map(|port| EndpointPort {
            name: port.name.clone(),
            port: u32::from(self.address.port()),
            ..EndpointPort::default()
        });
        let slice = EndpointSlice {
            ports: ports.collect(),
            endpoints: vec![endpoint],
            ..EndpointSlice::default()
        };
        Object {
            metadata: self.metadata(labels),
            spec: slice,
            document: self.service.document,
        }
    }

    fn entry(&self) -> WorkloadEntry {
        let number = u32::from(self.address.port());
        let ports = self.service.ports.iter().map(|port| (port.name.clone(), number));
        WorkloadEntry {
            address: self.address.ip().to_string(),
            ports: ports.collect(),
            labels: self.workload.labels.clone(),
            ..WorkloadEntry::default()
        }
    }
}
