//! The servers that a gateway proxy plays, and the ports it listens on for them.
//! Source: Istio `pilot/pkg/model/gateway.go`, `MergeGateways`.

use alloc::string::String;
use alloc::vec::Vec;

use crate::compile::Proxy;
use crate::mesh::{Gateway, Mesh, Protocol, Service, TargetPort, is_subset};
use crate::resources::gateway::{Server, ServerTLSMode};

/// A port on which a gateway proxy serves HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayPort {
    /// Where the proxy listens: the server's port, or the target port of the Service in front of it.
    pub listen: u16,
    /// The server's port.
    pub number: u16,
    /// Whether the proxy ends TLS there.
    pub tls: bool,
    /// `tls.credentialName` of the server; empty where it has none.
    pub credential_name: String,
}

/// A server of a Gateway that the proxy serves.
pub(super) struct BoundServer<'m> {
    pub(super) gateway: &'m Gateway,
    pub(super) server: &'m Server,
    pub(super) port: GatewayPort,
}

/// The ports on which a gateway proxy serves HTTP, in the order of their Gateways.
pub fn gateway_ports(mesh: &Mesh, proxy: &Proxy) -> Vec<GatewayPort> {
    let mut ports: Vec<GatewayPort> = Vec::new();
    for server in all(mesh, proxy) {
        if ports.iter().all(|port| port.listen != server.port.listen) {
            ports.push(server.port);
        }
    }
    ports
}

/// The HTTP servers of all Gateways that the proxy serves, in any namespace, oldest first.
pub(super) fn all<'m>(mesh: &'m Mesh, proxy: &Proxy) -> Vec<BoundServer<'m>> {
    let in_front = services_in_front(mesh, proxy);
    let mut bound = Vec::new();
    for gateway in mesh
        .gateways
        .iter()
        .filter(|gateway| serves(gateway, proxy, &in_front))
    {
        for server in &gateway.spec.servers {
            let Some((number, tls)) = http_port(server) else {
                continue;
            };
            let ports = listening_ports(gateway, number, &in_front);
            bound.extend(ports.into_iter().map(|listen| BoundServer {
                gateway,
                server,
                port: GatewayPort {
                    listen,
                    number,
                    tls,
                    credential_name: credential_name(server),
                },
            }));
        }
    }
    bound
}

/// A Gateway selects proxies by their labels, or is served by those behind the Services that it names.
fn serves(gateway: &Gateway, proxy: &Proxy, in_front: &[&Service]) -> bool {
    if gateway.services.is_empty() {
        return is_subset(&gateway.spec.selector, &proxy.labels);
    }
    in_front
        .iter()
        .any(|service| gateway.services.contains(&service.hostname))
}

/// The Services that lead to the proxy: by its addresses, or by its labels.
fn services_in_front<'m>(mesh: &'m Mesh, proxy: &Proxy) -> Vec<&'m Service> {
    let has_address = |service: &Service| {
        let mut addresses = service
            .endpoints
            .iter()
            .filter_map(|endpoint| endpoint.address.as_ref());
        addresses.any(|address| proxy.ips.contains(address))
    };
    let selects = |service: &Service| {
        service.namespace == proxy.namespace
            && !service.selector.is_empty()
            && is_subset(&service.selector, &proxy.labels)
    };
    let services = mesh.registry.services().iter();
    services
        .filter(|service| has_address(service) || selects(service))
        .collect()
}

/// The port of a server that speaks HTTP in the end, and whether TLS ends there. TLS that is passed through is
/// not HTTP.
fn http_port(server: &Server) -> Option<(u16, bool)> {
    let port = server.port.as_ref()?;
    let number = u16::try_from(port.number).ok()?;
    let tls = match Protocol::parse(&port.protocol) {
        Protocol::Http | Protocol::Http2 | Protocol::Grpc | Protocol::GrpcWeb => false,
        Protocol::Https => true,
        _ => return None,
    };
    let mode = server.tls.as_ref().map(|tls| tls.mode);
    let passes_through = matches!(
        mode,
        Some(ServerTLSMode::Passthrough | ServerTLSMode::AutoPassthrough)
    );
    (!tls || !passes_through).then_some((number, tls))
}

fn credential_name(server: &Server) -> String {
    let tls = server.tls.as_ref();
    tls.map(|tls| tls.credential_name.clone()).unwrap_or_default()
}

/// Where the proxy listens for a port of a server: at the target port of the first Service in front of it that
/// has the port, unless it opts out, else at the port itself. A Gateway that names its Services listens at
/// the target ports of those, and nowhere else. Source: Istio `resolvePorts`.
fn listening_ports(gateway: &Gateway, number: u16, in_front: &[&Service]) -> Vec<u16> {
    let target = |service: &&Service| match service.port(number)?.target {
        TargetPort::Number(target) => Some(target),
        TargetPort::Name(_) => None,
    };
    if gateway.services.is_empty() {
        let mut translating = in_front.iter().filter(|service| !service.keeps_gateway_ports);
        return Vec::from([translating.find_map(target).unwrap_or(number)]);
    }
    let named = in_front
        .iter()
        .filter(|service| gateway.services.contains(&service.hostname));
    let mut ports: Vec<u16> = named.filter_map(target).collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}
