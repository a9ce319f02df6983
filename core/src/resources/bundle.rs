//! All resources of one input, by kind.

use alloc::vec::Vec;

use serde_json::Value;

use super::metadata::Object;
use super::{
    Deployment, DestinationRule, EndpointSlice, Endpoints, Gateway, HTTPRoute, Namespace, Pod, Secret,
    Service, ServiceEntry, Sidecar, VirtualService, WorkloadEntry,
};

/// A set of resources, as written and unresolved, in input order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bundle {
    /// VirtualServices, delegates among them.
    pub virtual_services: Vec<Object<VirtualService>>,
    /// DestinationRules.
    pub destination_rules: Vec<Object<DestinationRule>>,
    /// Istio's Gateways.
    pub gateways: Vec<Object<Gateway>>,
    /// ServiceEntries.
    pub service_entries: Vec<Object<ServiceEntry>>,
    /// WorkloadEntries.
    pub workload_entries: Vec<Object<WorkloadEntry>>,
    /// Sidecars.
    pub sidecars: Vec<Object<Sidecar>>,
    /// HTTPRoutes of the Gateway API.
    pub http_routes: Vec<Object<HTTPRoute>>,
    /// Services of Kubernetes.
    pub services: Vec<Object<Service>>,
    /// Pods.
    pub pods: Vec<Object<Pod>>,
    /// Deployments.
    pub deployments: Vec<Object<Deployment>>,
    /// EndpointSlices.
    pub endpoint_slices: Vec<Object<EndpointSlice>>,
    /// Endpoints.
    pub endpoints: Vec<Object<Endpoints>>,
    /// Namespaces.
    pub namespaces: Vec<Object<Namespace>>,
    /// Secrets, of which the certificates of Gateways are read.
    pub secrets: Vec<Object<Secret>>,
    /// What else findings look at. It does not count as resources.
    #[cfg(feature = "check")]
    pub surroundings: super::Surroundings,
}

/// Does the same to every list of a bundle that the filter may read, and to one more.
macro_rules! for_each_list {
    ($macro:ident $(, $list:ident)?) => {
        $macro!(
            virtual_services,
            destination_rules,
            gateways,
            service_entries,
            workload_entries,
            sidecars,
            http_routes,
            services,
            pods,
            deployments,
            endpoint_slices,
            endpoints,
            namespaces
            $(, $list)?
        )
    };
}

impl Bundle {
    /// Adds the resources of another bundle after the own ones.
    pub fn extend(&mut self, other: Self) {
        macro_rules! extend {
            ($($list:ident),*) => {{ $(self.$list.extend(other.$list);)* }};
        }
        for_each_list!(extend, secrets);
        #[cfg(feature = "check")]
        self.surroundings.extend(other.surroundings);
    }

    /// The number of resources.
    #[must_use]
    pub fn len(&self) -> usize {
        macro_rules! sum {
            ($($list:ident),*) => { 0 $(+ self.$list.len())* };
        }
        for_each_list!(sum, secrets)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The resources as manifests in JSON, the form in which the filter reads them. Secrets are not among them: they
    /// are nothing to decide by.
    ///
    /// # Errors
    /// If a value has no form in JSON; the values of a loaded bundle have one.
    pub fn to_manifests(&self) -> Result<Vec<Value>, serde_json::Error> {
        let mut manifests = Vec::with_capacity(self.len());
        macro_rules! append {
            ($($list:ident),*) => {{ $(for object in &self.$list { manifests.push(object.to_manifest()?); })* }};
        }
        for_each_list!(append);
        Ok(manifests)
    }
}
