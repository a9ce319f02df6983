//! A service of the registry, whoever declared it.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::Locality;
use super::visibility::ExportTo;
use crate::diagnostic::DocumentId;
use crate::resources::Labels;

/// What a port carries. Source: Istio `protocol.Instance`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `http`, `http_proxy`, and WebSockets over it.
    Http,
    /// `http2` and cleartext HTTP/2.
    Http2,
    /// `grpc`.
    Grpc,
    /// `grpc-web`.
    GrpcWeb,
    /// `https`.
    Https,
    /// `tls`.
    Tls,
    /// `tcp`, and protocols that Istio treats as it: `mongo`, `redis`, `mysql`.
    Tcp,
    /// `udp`: left out everywhere.
    Udp,
    /// Not declared: Istio looks at the first bytes of each connection.
    Sniffed,
}

impl Protocol {
    /// Reads the name of a protocol, which ends at the first `-`.
    /// Source: Istio `protocol.Parse`.
    pub fn parse(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        if text.starts_with("grpc-web") {
            return Self::GrpcWeb;
        }
        match text.split('-').next().unwrap_or_default() {
            "http" | "http_proxy" => Self::Http,
            "http2" => Self::Http2,
            "grpc" => Self::Grpc,
            "https" => Self::Https,
            "tls" => Self::Tls,
            "tcp" | "mongo" | "redis" | "mysql" => Self::Tcp,
            "udp" => Self::Udp,
            _ => Self::Sniffed,
        }
    }

    /// The protocol of a Kubernetes Service port: `appProtocol` takes the place of the port's name.
    /// Source: Istio `kube.ConvertProtocol`.
    pub fn of_kubernetes_port(transport: &str, app_protocol: Option<&str>, name: &str, port: u16) -> Self {
        if transport.eq_ignore_ascii_case("UDP") {
            return Self::Udp;
        }
        match app_protocol.unwrap_or(name) {
            "kubernetes.io/h2c" => return Self::Http2,
            "kubernetes.io/ws" => return Self::Http,
            "kubernetes.io/wss" => return Self::Https,
            text => match Self::parse(text) {
                Self::Sniffed => {}
                known => return known,
            },
        }
        match port {
            25 | 53 | 3306 | 27017 => Self::Tcp,
            _ => Self::Sniffed,
        }
    }

    /// Whether HTTP routes apply: declared, or possible.
    pub fn is_http(self) -> bool {
        matches!(
            self,
            Self::Http | Self::Http2 | Self::Grpc | Self::GrpcWeb | Self::Sniffed
        )
    }

    /// Whether upstreams are spoken to in HTTP/2.
    pub fn is_http2(self) -> bool {
        matches!(self, Self::Http2 | Self::Grpc | Self::GrpcWeb)
    }
}

/// One port of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    /// The number that clients use.
    pub number: u16,
    /// Its name; may be empty.
    pub name: String,
    /// What it carries.
    pub protocol: Protocol,
    /// Where the workloads listen.
    pub target: TargetPort,
}

/// Where the workloads of a service listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetPort {
    /// A number.
    Number(u16),
    /// The name of a container port.
    Name(String),
}

/// How clients find the endpoints of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// From the registry: Kubernetes, or `STATIC`.
    Endpoints,
    /// `DNS`: all addresses of the names.
    Dns,
    /// `DNS_ROUND_ROBIN`: one address at a time.
    DnsRoundRobin,
    /// `DYNAMIC_DNS`: the name that the request asks for.
    DynamicDns,
    /// The address that the client has chosen: headless services, and `NONE`.
    Passthrough,
}

/// One instance of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// IP address, DNS name or `unix://` path; `None` for a workload that is known only by its Deployment.
    pub address: Option<String>,
    /// Port numbers by port name, where they differ from the service's own.
    pub ports: BTreeMap<String, u16>,
    /// What subsets select by.
    pub labels: Labels,
    /// Where it is.
    pub locality: Locality,
    /// Share of the traffic, 1 unless said otherwise.
    pub weight: u32,
    /// Name of the Pod, Deployment or WorkloadEntry, for people.
    pub workload: String,
}

/// A service of the registry.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Full name, lower-case: `reviews.default.svc.cluster.local`. May be a wildcard.
    pub hostname: String,
    /// The namespace it is declared in.
    pub namespace: String,
    /// Whether it is a Kubernetes Service, which also has short names.
    pub kubernetes: bool,
    /// Cluster IPs or `addresses`.
    pub addresses: Vec<String>,
    /// Its ports, UDP left out.
    pub ports: Vec<ServicePort>,
    /// How its endpoints are found.
    pub resolution: Resolution,
    /// Who sees it.
    pub export_to: ExportTo,
    /// Names that the certificates of its instances carry; empty where nothing is said.
    pub subject_alt_names: Vec<String>,
    /// Names that Kubernetes gives it by ExternalName Services.
    pub aliases: Vec<Alias>,
    /// Whether it is outside of the mesh: `MESH_EXTERNAL`.
    pub external: bool,
    /// Whether gateways behind it listen on the ports of their servers, and not on its target ports.
    pub keeps_gateway_ports: bool,
    /// Labels of its workloads; empty where it selects none.
    pub selector: Labels,
    /// Its instances.
    pub endpoints: Vec<Endpoint>,
    /// Where it is declared.
    pub document: DocumentId,
}

/// An ExternalName Service that leads to another service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// Full name.
    pub hostname: String,
    /// The ports that it declares.
    pub ports: Vec<u16>,
}

impl Service {
    /// The port of that number.
    pub fn port(&self, number: u16) -> Option<&ServicePort> {
        self.ports.iter().find(|port| port.number == number)
    }

    /// The IP addresses on which proxies listen for it: its own, or its endpoints' where it is headless.
    pub fn listening_addresses(&self) -> Vec<&str> {
        let of_endpoints = self
            .endpoints
            .iter()
            .filter(|_| self.is_headless())
            .filter_map(|endpoint| endpoint.address.as_ref());
        self.addresses
            .iter()
            .chain(of_endpoints)
            .map(String::as_str)
            .filter(|address| address.parse::<IpAddr>().is_ok_and(|ip| !ip.is_unspecified()))
            .collect()
    }

    /// Whether it is headless: clients talk to single workloads by names below its own.
    pub fn is_headless(&self) -> bool {
        self.kubernetes && self.resolution == Resolution::Passthrough
    }

    /// The instances that carry all of `labels`.
    pub fn subset<'s>(&'s self, labels: &'s Labels) -> impl Iterator<Item = &'s Endpoint> {
        self.endpoints
            .iter()
            .filter(|endpoint| is_subset(labels, &endpoint.labels))
    }
}

/// Whether `labels` has every entry of `selector`.
pub fn is_subset(selector: &Labels, labels: &Labels) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_of_ports() {
        for (transport, app, name, port, expected) in [
            ("TCP", None, "http-web", 80, Protocol::Http),
            ("TCP", None, "web", 80, Protocol::Sniffed),
            ("TCP", None, "GRPC-WEB-x", 80, Protocol::GrpcWeb),
            ("TCP", Some("kubernetes.io/h2c"), "http", 80, Protocol::Http2),
            ("TCP", Some("unknown"), "http", 80, Protocol::Sniffed),
            ("TCP", None, "db", 3306, Protocol::Tcp),
            ("UDP", None, "http", 80, Protocol::Udp),
            ("TCP", None, "httpx", 80, Protocol::Sniffed),
        ] {
            assert_eq!(
                Protocol::of_kubernetes_port(transport, app, name, port),
                expected,
                "{name}"
            );
        }
    }
}
