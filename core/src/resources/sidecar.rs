//! `networking.istio.io` Sidecar.

use alloc::string::String;
use alloc::vec::Vec;

use super::destination_rule::ConnectionPoolSettings;
use super::gateway::ServerTLSSettings;
use super::metadata::Labels;
use super::virtual_service::Destination;

message! {
    /// What the proxies of a set of workloads accept and reach.
    pub struct Sidecar {
        /// The workloads; all of the namespace when absent.
        pub workload_selector: Option<WorkloadSelector>,
        /// Inbound listeners; derived from the services when empty.
        pub ingress: Vec<IstioIngressListener>,
        /// What can be reached; inherited when empty.
        pub egress: Vec<IstioEgressListener>,
        /// Limits for inbound traffic.
        pub inbound_connection_pool: Option<ConnectionPoolSettings>,
        /// What happens to unknown destinations. Present but empty means `REGISTRY_ONLY`.
        pub outbound_traffic_policy: Option<OutboundTrafficPolicy>,
    }

    /// An inbound listener.
    pub struct IstioIngressListener {
        /// The port.
        pub port: Option<SidecarPort>,
        /// Address to listen on.
        pub bind: String,
        /// How traffic gets there.
        pub capture_mode: CaptureMode,
        /// Where traffic goes.
        pub default_endpoint: String,
        /// TLS towards the client.
        pub tls: Option<ServerTLSSettings>,
        /// Limits.
        pub connection_pool: Option<ConnectionPoolSettings>,
    }

    /// An outbound listener.
    pub struct IstioEgressListener {
        /// The port; absent on the last listener only.
        pub port: Option<SidecarPort>,
        /// Address to listen on.
        pub bind: String,
        /// How traffic gets there.
        pub capture_mode: CaptureMode,
        /// What can be reached, as `namespace/host`.
        pub hosts: Vec<String>,
    }

    /// Workloads by their labels.
    pub struct WorkloadSelector {
        /// Labels a workload has to carry.
        pub labels: Labels,
    }

    /// What happens to unknown destinations.
    pub struct OutboundTrafficPolicy {
        /// Blocked or passed through.
        pub mode: OutboundTrafficPolicyMode,
        /// A proxy for them. Hidden in Istio's documentation.
        pub egress_proxy: Option<Destination>,
    }

    /// A port with its protocol.
    pub struct SidecarPort {
        /// The number.
        pub number: u32,
        /// The protocol.
        pub protocol: String,
        /// The name.
        pub name: String,
        /// Deprecated.
        pub target_port: u32,
    }
}

choice! {
    /// What happens to unknown destinations.
    pub enum OutboundTrafficPolicyMode {
        /// Blocked.
        RegistryOnly,
        /// Passed through.
        AllowAny,
    }

    /// How traffic gets to a listener.
    pub enum CaptureMode {
        /// As the environment says.
        Default,
        /// Redirected by the kernel.
        Iptables,
        /// Addressed by the client.
        None,
    }
}
