//! The servers that a gateway proxy plays, and the ports it listens on for them.
//! Source: Istio `pilot/pkg/model/gateway.go`, `MergeGateways`.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::IpAddr;

use crate::compile::Proxy;
use crate::mesh::{Bind, Gateway, Mesh, Protocol, Service, TargetPort, is_subset};
use crate::report::{Field, Report};
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
}

/// What a server does with its connections. Source: Istio `IsHTTPServer`, `IsPassThroughServer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// HTTP in the clear.
    Http,
    /// HTTP in TLS that ends here.
    Https,
    /// Bytes.
    Tcp,
    /// Bytes in TLS that ends here.
    Tls,
    /// TLS that goes on as it is, by the name that the client asks for.
    Passthrough,
    /// The same, where that name is the name of a cluster.
    AutoPassthrough,
}

impl Traffic {
    /// What is spoken in the end, as far as the port and its TLS settings say it.
    fn of(server: &Server) -> Option<Self> {
        let mode = server.tls.as_ref().map(|tls| tls.mode);
        let protocol = Protocol::parse(&server.port.as_ref()?.protocol);
        let encrypted = matches!(protocol, Protocol::Https | Protocol::Tls);
        Some(match (protocol, mode) {
            (Protocol::Http | Protocol::Http2 | Protocol::Grpc | Protocol::GrpcWeb, _) => Self::Http,
            (_, Some(ServerTLSMode::Passthrough)) if encrypted => Self::Passthrough,
            (_, Some(ServerTLSMode::AutoPassthrough)) if encrypted => Self::AutoPassthrough,
            (Protocol::Https, _) => Self::Https,
            (Protocol::Tls, _) => Self::Tls,
            (Protocol::Tcp, _) => Self::Tcp,
            _ => return None,
        })
    }

    /// Whether HTTP routes decide.
    pub fn is_http(self) -> bool {
        matches!(self, Self::Http | Self::Https)
    }

    /// Whether clients begin with TLS, whoever ends it.
    pub fn is_encrypted(self) -> bool {
        !matches!(self, Self::Http | Self::Tcp)
    }
}

/// A server of a Gateway, at one port where the proxy plays it.
#[derive(Clone, Copy, Debug)]
pub struct GatewayServer<'m> {
    /// The Gateway.
    pub gateway: &'m Gateway,
    /// The server.
    pub server: &'m Server,
    /// Its index in `spec.servers`.
    pub index: usize,
    /// Where the proxy listens.
    pub listen: u16,
    /// The server's port.
    pub number: u16,
    /// What it does with connections.
    pub traffic: Traffic,
}

impl GatewayServer<'_> {
    /// Istio's name of its routes; empty where it speaks no HTTP. Source: Istio `GatewayRDSRouteName`.
    pub fn route_config_name(&self) -> String {
        let Self { listen, number, .. } = self;
        let resource = &self.gateway.subject.resource;
        let port_name = self.server.port.as_ref().map_or("", |port| port.name.as_str());
        let bind = match self.server.bind.as_str() {
            "" => String::new(),
            bind => format!(".{bind}"),
        };
        match self.traffic {
            Traffic::Http => format!("http.{listen}{bind}"),
            Traffic::Https => format!(
                "https.{number}.{port_name}.{}.{}{bind}",
                resource.name, resource.namespace
            ),
            _ => String::new(),
        }
    }

    /// Where it asks to be bound.
    pub fn bind(&self) -> Option<Bind> {
        Bind::parse(&self.server.bind)
    }

    /// The address by which its connections are told from those to other servers of the port.
    pub fn address(&self) -> Option<String> {
        self.bind()?.address()
    }

    /// Its hosts with the namespaces that may use them, under which those of its own are written out.
    /// Source: Istio `sanitizeServerHostNamespace`.
    pub(in crate::compile) fn hosts(&self) -> Vec<String> {
        let namespace = &self.gateway.subject.resource.namespace;
        let full = |host: &String| match (host.strip_prefix("./"), host.strip_prefix("*/")) {
            (Some(own), _) => format!("{namespace}/{own}"),
            (None, Some(any)) => any.into(),
            (None, None) => host.clone(),
        };
        self.server.hosts.iter().map(full).collect()
    }

    /// The names that clients ask for to reach it, in lower case; `*` stands for all.
    /// Source: Istio `GetSNIHostsForServer`.
    pub fn server_names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for host in &self.server.hosts {
            let name = host.split_once('/').map_or(host.as_str(), |(_, name)| name);
            let name = name.to_ascii_lowercase();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// The ports on which a gateway proxy serves HTTP, in the order of their Gateways.
pub fn gateway_ports(mesh: &Mesh, proxy: &Proxy) -> Vec<GatewayPort> {
    let mut ports: Vec<GatewayPort> = Vec::new();
    let servers = gateway_servers(mesh, proxy, &mut Report::default());
    for server in servers.iter().filter(|server| server.traffic.is_http()) {
        if ports.iter().all(|port| port.listen != server.listen) {
            ports.push(GatewayPort {
                listen: server.listen,
                number: server.number,
                tls: server.traffic.is_encrypted(),
            });
        }
    }
    ports
}

/// The servers of all Gateways that the proxy serves, in any namespace, oldest first. A server that cannot share
/// its port with an older one is left out, with a warning.
pub fn gateway_servers<'m>(mesh: &'m Mesh, proxy: &Proxy, report: &mut Report) -> Vec<GatewayServer<'m>> {
    let in_front = services_in_front(mesh, proxy);
    let mut merged = Vec::new();
    let mut ports = Ports::default();
    let gateways = mesh.gateways.iter();
    for gateway in gateways.filter(|gateway| serves(gateway, proxy, &in_front)) {
        for (index, server) in gateway.spec.servers.iter().enumerate() {
            for server in at_ports(gateway, index, server, &in_front) {
                match ports.take(&server) {
                    Ok(()) => merged.push(server),
                    Err(reason) => warn_of_skipped(&server, &reason, report),
                }
            }
        }
    }
    merged
}

fn at_ports<'m>(
    gateway: &'m Gateway,
    index: usize,
    server: &'m Server,
    in_front: &[&Service],
) -> Vec<GatewayServer<'m>> {
    let number = server.port.as_ref().map(|port| u16::try_from(port.number));
    let (Some(Ok(number)), Some(traffic)) = (number, Traffic::of(server)) else {
        return Vec::new();
    };
    let ports = listening_ports(gateway, number, in_front).into_iter();
    let at = |listen| GatewayServer {
        gateway,
        server,
        index,
        listen,
        number,
        traffic,
    };
    ports.map(at).collect()
}

fn warn_of_skipped(server: &GatewayServer<'_>, reason: &str, report: &mut Report) {
    let message = format!("the server is skipped: {reason}");
    let help = "give it a port or an address of its own, or hosts that no older server of the port has";
    let servers = Field::SPEC.name("servers");
    let field = servers.index(server.index);
    report.warn(&server.gateway.subject, &field, "server-skipped", message, help);
}

/// A port, at one address where servers ask for that.
type Place = (u16, Option<String>);

/// Which servers have a port already. Source: Istio `mergeGateways`.
#[derive(Default)]
struct Ports {
    /// What the first server of each port does.
    first: BTreeMap<Place, Traffic>,
    /// The hosts of the servers of each port that have TLS settings, `httpsRedirect` among them.
    names: BTreeMap<Place, BTreeSet<String>>,
    /// The names of the routes in TLS.
    routes: BTreeSet<(u16, String)>,
    /// Where the servers are whose connections are told apart by IP addresses alone.
    opaque: BTreeMap<(u16, Option<IpAddr>), Option<String>>,
}

impl Ports {
    /// Lets the server have its port too, or says why it cannot.
    fn take(&mut self, server: &GatewayServer<'_>) -> Result<(), String> {
        let port = server.listen;
        if !server.server.bind.is_empty() && server.bind().is_none() {
            return Err(format!(
                "`bind: {}` is neither an IP address nor `unix://` and a path",
                server.server.bind
            ));
        }
        if server.server.tls.is_some() {
            self.take_names(server)?;
        }
        self.take_connections(server)?;
        let place = (port, server.address());
        match self.first.get(&place) {
            None => drop(self.first.insert(place, server.traffic)),
            Some(Traffic::Http) if server.traffic == Traffic::Http => {}
            Some(first) if first.is_encrypted() && server.traffic.is_encrypted() => {}
            Some(_) => {
                return Err(format!(
                    "an older server of port {port} speaks another protocol, or leaves none to tell them apart by"
                ));
            }
        }
        let name = server.route_config_name();
        let is_new = server.traffic != Traffic::Https || self.routes.insert((port, name));
        let port_name = "an older server of this Gateway has the same port and the same name of it";
        is_new.then_some(()).ok_or_else(|| port_name.to_string())
    }

    /// A socket in the file system has no address by which its connections are known.
    fn take_connections(&mut self, server: &GatewayServer<'_>) -> Result<(), String> {
        if matches!(
            server.traffic,
            Traffic::Http | Traffic::Https | Traffic::AutoPassthrough
        ) {
            return Ok(());
        }
        let ip = server.bind().and_then(|bind| bind.ip());
        let known = self.opaque.entry((server.listen, ip));
        if *known.or_insert_with(|| server.address()) == server.address() {
            return Ok(());
        }
        Err("its connections cannot be told from those to an older server at another socket".into())
    }

    /// Envoy tells TLS servers apart by the names that clients ask for, so each has one server.
    fn take_names(&mut self, server: &GatewayServer<'_>) -> Result<(), String> {
        let port = server.listen;
        let known = self.names.entry((port, server.address())).or_default();
        let names = if server.traffic.is_encrypted() {
            server.server_names()
        } else {
            server.hosts()
        };
        let mut taken = None;
        for name in names {
            if server.traffic.is_encrypted() && is_partial(&name) {
                return Err(format!(
                    "in TLS Envoy takes no name like `{name}`, only `*.` and a domain"
                ));
            }
            if !known.insert(name.clone()) {
                taken.get_or_insert(name);
            }
        }
        match taken {
            Some(name) => Err(format!("an older server of port {port} has the host `{name}`")),
            None => Ok(()),
        }
    }
}

/// Whether a wildcard stands for a part of a word.
fn is_partial(name: &str) -> bool {
    let rest = name.strip_prefix('*').unwrap_or_default();
    !rest.is_empty() && !rest.starts_with('.')
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
