//! `networking.istio.io` ServiceEntry and WorkloadEntry.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::metadata::Labels;
use super::sidecar::WorkloadSelector;

message! {
    /// Services that the platform's registry does not know.
    pub struct ServiceEntry {
        /// Names of the service.
        pub hosts: Vec<String>,
        /// Virtual addresses.
        pub addresses: Vec<String>,
        /// Ports.
        pub ports: Vec<ServicePort>,
        /// Inside or outside of the mesh.
        pub location: Location,
        /// How the endpoints' addresses are found.
        pub resolution: Resolution,
        /// Endpoints in place.
        pub endpoints: Vec<WorkloadEntry>,
        /// Pods and WorkloadEntries that are its endpoints.
        pub workload_selector: Option<WorkloadSelector>,
        /// Namespaces that see this resource.
        pub export_to: Vec<String>,
        /// Names the certificates of the endpoints carry.
        pub subject_alt_names: Vec<String>,
    }

    /// A port of a ServiceEntry.
    pub struct ServicePort {
        /// The number.
        pub number: u32,
        /// The protocol; found out from the traffic when absent.
        pub protocol: String,
        /// The name.
        pub name: String,
        /// The port of the endpoints; the same number when absent.
        pub target_port: u32,
    }

    /// One endpoint outside of Kubernetes.
    pub struct WorkloadEntry {
        /// IP address, DNS name or `unix://` path.
        pub address: String,
        /// Ports by name.
        pub ports: BTreeMap<String, u32>,
        /// Labels.
        pub labels: Labels,
        /// Network.
        pub network: String,
        /// Locality, `region/zone/sub-zone`.
        pub locality: String,
        /// Share of the traffic; 1 when absent.
        pub weight: u32,
        /// Service account of the workload.
        pub service_account: String,
    }
}

choice! {
    /// Inside or outside of the mesh.
    pub enum Location {
        /// Outside.
        MeshExternal,
        /// Inside.
        MeshInternal,
    }

    /// How the endpoints' addresses are found.
    pub enum Resolution {
        /// The address the client asked for.
        None,
        /// The listed endpoints.
        Static,
        /// DNS, all answers.
        Dns,
        /// DNS, one answer at a time.
        DnsRoundRobin,
        /// DNS for whatever name the client asked for.
        DynamicDns,
    }
}
