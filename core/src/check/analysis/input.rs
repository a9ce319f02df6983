//! What analyzers look at.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::cell::OnceCell;

use super::hosts::Hosts;
use super::standard;
use super::workloads::{self, Pod};
use crate::mesh::{Mesh, kubernetes_domain};
use crate::report::Report;
use crate::resources::{Bundle, Gateway, MeshConfig, Namespace, Object, Service};

/// All resources, and what is made of them once for all analyzers.
#[derive(Debug)]
pub struct Input<'b> {
    /// The resources as they are written.
    pub(super) bundle: &'b Bundle,
    /// Settings of the mesh.
    pub(super) config: &'b MeshConfig,
    /// The Services, and that of Istio's ingress gateway.
    pub(super) services: Vec<Cow<'b, Object<Service>>>,
    /// The Pods, and those of Istio's ingress gateway.
    pub(super) pods: Vec<Pod<'b>>,
    hosts: OnceCell<Hosts>,
    mesh: OnceCell<Mesh>,
}

impl<'b> Input<'b> {
    /// Looks at a bundle.
    #[must_use]
    pub fn new(bundle: &'b Bundle, config: &'b MeshConfig) -> Self {
        // What is written takes the place of what is assumed.
        let mut services: Vec<Cow<'b, Object<Service>>> =
            Vec::from([Cow::Owned(standard::ingress_service(config))]);
        services.extend(bundle.services.iter().map(Cow::Borrowed));
        let mut pods = workloads::pods(bundle);
        pods.push(standard::ingress_pod(config));
        Self {
            bundle,
            config,
            services,
            pods,
            hosts: OnceCell::new(),
            mesh: OnceCell::new(),
        }
    }

    /// The domain of full names.
    pub(super) fn domain(&self) -> &'b str {
        kubernetes_domain(self.config)
    }

    /// The hosts that destinations may name.
    pub(super) fn hosts(&self) -> &Hosts {
        self.hosts.get_or_init(|| Hosts::new(self))
    }

    /// The resolved mesh. What its making finds is said by others.
    pub(super) fn mesh(&self) -> &Mesh {
        self.mesh
            .get_or_init(|| Mesh::new(self.bundle, self.config, &mut Report::default()))
    }

    /// The Gateway of that `namespace/name`.
    pub(super) fn gateway(&self, key: &str) -> Option<&'b Object<Gateway>> {
        let (namespace, name) = key.split_once('/')?;
        let mut gateways = self.bundle.gateways.iter();
        gateways.find(|gateway| gateway.metadata.namespace == namespace && gateway.metadata.name == name)
    }

    /// The Namespace of that name.
    pub(super) fn namespace(&self, name: &str) -> Option<&'b Object<Namespace>> {
        let mut namespaces = self.bundle.namespaces.iter();
        namespaces.find(|namespace| namespace.metadata.name == name)
    }
}
