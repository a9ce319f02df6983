//! What stands around the routes: resources that no proxy decides by, and that findings look at.

use alloc::string::String;
use alloc::vec::Vec;

use super::destination_rule::PolicySelector;
use super::kubernetes::PodTemplate;
use super::metadata::Object;

/// Resources that are read for findings only. Loading says that they are passed over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Surroundings {
    /// RequestAuthentications, without which no claim of a token is known.
    pub request_authentications: Vec<Object<RequestAuthentication>>,
    /// Gateways of the Gateway API, which a VirtualService may name.
    pub kubernetes_gateways: Vec<Object<KubernetesGateway>>,
    /// What creates Pods besides Deployments.
    pub workloads: Vec<Object<Workload>>,
    /// Nodes, whose labels say where Pods are.
    pub nodes: Vec<Object<Node>>,
    /// CustomResourceDefinitions.
    pub definitions: Vec<Object<CustomResourceDefinition>>,
    /// What a cluster has noted about ServiceEntries.
    pub service_entry_statuses: Vec<Object<ServiceEntryStatus>>,
}

impl Surroundings {
    /// Adds the resources of others after the own ones.
    pub fn extend(&mut self, other: Self) {
        self.request_authentications.extend(other.request_authentications);
        self.kubernetes_gateways.extend(other.kubernetes_gateways);
        self.workloads.extend(other.workloads);
        self.nodes.extend(other.nodes);
        self.definitions.extend(other.definitions);
        self.service_entry_statuses.extend(other.service_entry_statuses);
    }
}

message! {
    /// `security.istio.io` RequestAuthentication: the workloads whose tokens are checked.
    pub struct RequestAuthentication {
        /// The workloads; all of the namespace when absent.
        pub selector: Option<PolicySelector>,
    }

    /// `gateway.networking.k8s.io` Gateway.
    pub struct KubernetesGateway {
        /// Ports and hosts.
        pub listeners: Vec<KubernetesListener>,
    }

    /// A port of a Gateway of the Gateway API.
    pub struct KubernetesListener {
        /// The host; all hosts when empty.
        pub hostname: String,
    }

    /// StatefulSet, DaemonSet, ReplicaSet or Rollout.
    pub struct Workload {
        /// What its pods look like.
        pub template: PodTemplate,
    }

    /// `v1` Node; its labels are in the metadata.
    pub struct Node {
    }

    /// `apiextensions.k8s.io` CustomResourceDefinition.
    pub struct CustomResourceDefinition {
        /// The group of the kind.
        pub group: String,
        /// What it is called.
        pub names: DefinedNames,
    }

    /// What a kind is called.
    pub struct DefinedNames {
        /// As resources write it.
        pub kind: String,
    }

    /// A ServiceEntry, its status only.
    pub struct ServiceEntryStatus {
        /// What a cluster has noted.
        pub status: AllocatedAddresses,
    }

    /// The addresses that Istio has chosen for a ServiceEntry.
    pub struct AllocatedAddresses {
        /// The addresses.
        pub addresses: Vec<AllocatedAddress>,
    }

    /// One of them.
    pub struct AllocatedAddress {
        /// The address.
        pub value: String,
    }
}
