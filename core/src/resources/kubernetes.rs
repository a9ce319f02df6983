//! The parts of Kubernetes' objects that routing needs. All other fields are ignored on input.

use alloc::string::String;
use alloc::vec::Vec;

use super::metadata::{Labels, ObjectMeta};
use super::scalar::IntOrString;
use super::secret::SecretTexts;

message! {
    /// `v1` Service, its spec.
    pub struct Service {
        /// Its address; `None` for a headless service.
        #[serde(rename = "clusterIP")]
        pub cluster_ip: String,
        /// All of its addresses.
        #[serde(rename = "clusterIPs")]
        pub cluster_ips: Vec<String>,
        /// ClusterIP, NodePort, LoadBalancer or ExternalName.
        #[serde(rename = "type")]
        pub service_type: String,
        /// The name an ExternalName service stands for.
        pub external_name: String,
        /// Its ports.
        pub ports: Vec<ServicePort>,
        /// Labels of its pods.
        pub selector: Labels,
        /// Whether endpoints count before they are ready.
        pub publish_not_ready_addresses: bool,
    }

    /// A port of a Service.
    pub struct ServicePort {
        /// Its name, which may say the protocol.
        pub name: String,
        /// TCP, UDP or SCTP; TCP when empty.
        pub protocol: String,
        /// The protocol of the application; wins over the name.
        pub app_protocol: Option<String>,
        /// The number.
        pub port: u32,
        /// The port of the pods; the same number when absent.
        pub target_port: Option<IntOrString>,
        /// The port of the nodes.
        pub node_port: u32,
    }

    /// `v1` Pod.
    pub struct Pod {
        /// What was asked for.
        pub spec: PodSpec,
        /// What became of it.
        pub status: PodStatus,
    }

    /// What was asked for.
    pub struct PodSpec {
        /// The containers.
        pub containers: Vec<Container>,
        /// The service account.
        pub service_account_name: String,
        /// The node it runs on.
        pub node_name: String,
    }

    /// A container, its ports only.
    pub struct Container {
        /// Its name.
        pub name: String,
        /// Its ports.
        pub ports: Vec<ContainerPort>,
    }

    /// A port of a container.
    pub struct ContainerPort {
        /// Its name.
        pub name: String,
        /// The number.
        pub container_port: u32,
        /// TCP, UDP or SCTP; TCP when empty.
        pub protocol: String,
    }

    /// What became of a pod.
    pub struct PodStatus {
        /// Its address.
        #[serde(rename = "podIP")]
        pub pod_ip: String,
        /// All of its addresses.
        #[serde(rename = "podIPs")]
        pub pod_ips: Vec<PodIP>,
        /// Pending, Running, Succeeded, Failed or Unknown.
        pub phase: String,
        /// Conditions such as `Ready`.
        pub conditions: Vec<PodCondition>,
    }

    /// One address of a pod.
    pub struct PodIP {
        /// The address.
        pub ip: String,
    }

    /// A condition of a pod.
    pub struct PodCondition {
        /// `Ready` and others.
        #[serde(rename = "type")]
        pub condition_type: String,
        /// `True`, `False` or `Unknown`.
        pub status: String,
    }

    /// `apps/v1` Deployment, its spec.
    pub struct Deployment {
        /// Number of pods; 1 when absent.
        pub replicas: Option<i32>,
        /// Which pods belong to it.
        pub selector: LabelSelector,
        /// What its pods look like.
        pub template: PodTemplate,
    }

    /// Labels to select by.
    pub struct LabelSelector {
        /// Labels a pod has to carry.
        pub match_labels: Labels,
    }

    /// What pods look like.
    pub struct PodTemplate {
        /// Their labels and annotations.
        pub metadata: ObjectMeta,
        /// Their spec.
        pub spec: PodSpec,
    }

    /// `discovery.k8s.io/v1` EndpointSlice.
    pub struct EndpointSlice {
        /// IPv4, IPv6 or FQDN.
        pub address_type: String,
        /// The endpoints.
        pub endpoints: Vec<Endpoint>,
        /// Their ports.
        pub ports: Vec<EndpointPort>,
    }

    /// One endpoint.
    pub struct Endpoint {
        /// Its addresses.
        pub addresses: Vec<String>,
        /// Whether it takes requests.
        pub conditions: EndpointConditions,
        /// The pod behind it.
        pub target_ref: Option<ObjectReference>,
        /// Its name in DNS.
        pub hostname: String,
        /// The node it runs on.
        pub node_name: String,
        /// The zone it runs in.
        pub zone: String,
    }

    /// Whether an endpoint takes requests.
    pub struct EndpointConditions {
        /// Absent counts as ready.
        pub ready: Option<bool>,
        /// Still answers, even while it ends.
        pub serving: Option<bool>,
        /// On its way out.
        pub terminating: Option<bool>,
    }

    /// A port of an endpoint.
    pub struct EndpointPort {
        /// The name of the Service's port.
        pub name: String,
        /// TCP, UDP or SCTP; TCP when empty.
        pub protocol: String,
        /// The number.
        pub port: u32,
        /// The protocol of the application.
        pub app_protocol: Option<String>,
    }

    /// Names another object.
    pub struct ObjectReference {
        /// Its kind.
        pub kind: String,
        /// Its name.
        pub name: String,
        /// Its namespace.
        pub namespace: String,
    }

    /// `v1` Endpoints, which EndpointSlice replaces.
    pub struct Endpoints {
        /// Addresses and ports that belong together.
        pub subsets: Vec<EndpointSubset>,
    }

    /// Addresses and ports that belong together.
    pub struct EndpointSubset {
        /// Ready addresses.
        pub addresses: Vec<EndpointAddress>,
        /// Other addresses.
        pub not_ready_addresses: Vec<EndpointAddress>,
        /// The ports of all of them.
        pub ports: Vec<EndpointPort>,
    }

    /// One address.
    pub struct EndpointAddress {
        /// The address.
        pub ip: String,
        /// Its name in DNS.
        pub hostname: String,
        /// The pod behind it.
        pub target_ref: Option<ObjectReference>,
    }

    /// `v1` Secret.
    pub struct Secret {
        /// `kubernetes.io/tls` and others.
        #[serde(rename = "type")]
        pub secret_type: String,
        /// Its texts as base64.
        pub data: SecretTexts,
        /// Its texts as they are; they win over `data`.
        pub string_data: SecretTexts,
    }

    /// `v1` Namespace; its labels are in the metadata.
    pub struct Namespace {
    }
}
