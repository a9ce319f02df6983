//! A gateway's routes, port by port.
//! Source: Istio `core/gateway.go`, `pilot/pkg/model/gateway.go`.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use super::Proxy;
use super::rules::{self, Listener};
use crate::mesh::{Gateway, Mesh, Protocol, TargetPort, is_subset, names};
use crate::report::{Field, Report};
use crate::resources::gateway::{Server, ServerTLSMode};
use crate::table::{Route, RouteConfig, RouteList, RouteTable, UnknownPort, VirtualHost};

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

/// A server of a Gateway that the proxy serves.
struct BoundServer<'m> {
    gateway: &'m Gateway,
    server: &'m Server,
    port: GatewayPort,
}

/// The ports on which a gateway proxy serves HTTP, in the order of their Gateways.
pub fn gateway_ports(mesh: &Mesh, proxy: &Proxy) -> Vec<GatewayPort> {
    let mut ports: Vec<GatewayPort> = Vec::new();
    for server in servers(mesh, proxy) {
        if ports.iter().all(|port| port.listen != server.port.listen) {
            ports.push(server.port);
        }
    }
    ports
}

/// Compiles all ports of a gateway proxy.
pub(super) fn compile(mesh: &Mesh, proxy: &Proxy, report: &mut Report) -> RouteTable {
    let mut by_port: BTreeMap<u16, Vec<BoundServer<'_>>> = BTreeMap::new();
    for server in servers(mesh, proxy) {
        by_port.entry(server.port.listen).or_default().push(server);
    }
    let route_configs = by_port
        .into_iter()
        .map(|(port, servers)| (port, route_config(mesh, proxy, port, &servers, report)))
        .collect();
    RouteTable {
        route_configs,
        unknown_port: UnknownPort::NoListener,
    }
}

/// The HTTP servers of all Gateways whose selector the proxy satisfies, in any namespace, oldest first.
fn servers<'m>(mesh: &'m Mesh, proxy: &Proxy) -> Vec<BoundServer<'m>> {
    let mut bound = Vec::new();
    for gateway in mesh
        .gateways
        .iter()
        .filter(|gateway| is_subset(&gateway.spec.selector, &proxy.labels))
    {
        for server in &gateway.spec.servers {
            bound.extend(http_port(mesh, proxy, server).map(|port| BoundServer {
                gateway,
                server,
                port,
            }));
        }
    }
    bound
}

/// The port of a server that speaks HTTP in the end. TLS that is passed through is not HTTP.
fn http_port(mesh: &Mesh, proxy: &Proxy, server: &Server) -> Option<GatewayPort> {
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
    (!tls || !passes_through).then(|| GatewayPort {
        listen: target_port(mesh, proxy, number),
        number,
        tls,
    })
}

/// Where the workload listens when a Service in front of it maps the port; first found.
fn target_port(mesh: &Mesh, proxy: &Proxy, number: u16) -> u16 {
    let in_front = mesh.registry.services().iter().filter(|service| {
        service.namespace == proxy.namespace
            && !service.selector.is_empty()
            && is_subset(&service.selector, &proxy.labels)
    });
    let target = in_front
        .filter_map(|service| service.port(number))
        .find_map(|port| match &port.target {
            TargetPort::Number(target) => Some(*target),
            TargetPort::Name(_) => None,
        });
    target.unwrap_or(number)
}

/// Routes of several VirtualServices on one host are joined, oldest first.
#[derive(Default)]
struct JoinedHosts {
    hosts: BTreeMap<String, JoinedHost>,
}

#[derive(Default)]
struct JoinedHost {
    /// The server port, which is part of the name.
    port: u16,
    routes: Vec<Route>,
    require_tls: bool,
}

fn route_config(
    mesh: &Mesh,
    proxy: &Proxy,
    port: u16,
    servers: &[BoundServer<'_>],
    report: &mut Report,
) -> RouteConfig {
    let mut joined = JoinedHosts::default();
    let services = mesh.registry.by_hostname(&proxy.namespace);
    for bound in servers {
        let listener = Listener {
            proxy,
            port: bound.port.number,
            gateway: bound.gateway.key(),
            tls: bound.port.tls,
            services: &services,
            known: &services,
        };
        joined.add_server(mesh, &listener, bound, report);
    }
    let name = servers
        .first()
        .map_or_else(|| port.to_string(), |first| route_config_name(first));
    RouteConfig::new(name, joined.finish(port, report, servers))
}

/// Source: Istio `GatewayRDSRouteName`.
fn route_config_name(bound: &BoundServer<'_>) -> String {
    let GatewayPort { listen, number, tls } = bound.port;
    if !tls {
        return format!("http.{listen}");
    }
    let resource = &bound.gateway.subject.resource;
    let port_name = bound.server.port.as_ref().map_or("", |port| port.name.as_str());
    format!(
        "https.{number}.{port_name}.{}.{}",
        resource.name, resource.namespace
    )
}

impl JoinedHosts {
    fn add_server(
        &mut self,
        mesh: &Mesh,
        listener: &Listener<'_>,
        bound: &BoundServer<'_>,
        report: &mut Report,
    ) {
        let https_redirect = bound.server.tls.as_ref().is_some_and(|tls| tls.https_redirect);
        for virtual_service in mesh.virtual_services_for(&listener.gateway, &listener.proxy.namespace) {
            let hosts = server_hosts(bound, virtual_service.namespace(), &virtual_service.hosts);
            if hosts.is_empty() {
                continue;
            }
            let routes = rules::routes(mesh, virtual_service, listener, report);
            if routes.is_empty() {
                continue;
            }
            for host in hosts {
                let joined = self.host(host, bound.port.number);
                joined.routes.extend(routes.iter().cloned());
                joined.require_tls |= https_redirect;
            }
        }
        if https_redirect {
            // Also hosts that no VirtualService serves are redirected, under the name as it is written.
            for host in &bound.server.hosts {
                let host = host.strip_prefix("*/").unwrap_or(host);
                self.host(host.to_ascii_lowercase(), bound.port.number)
                    .require_tls = true;
            }
        }
    }

    fn host(&mut self, host: String, port: u16) -> &mut JoinedHost {
        let joined = self.hosts.entry(host).or_default();
        if joined.port == 0 {
            joined.port = port;
        }
        joined
    }

    fn finish(self, port: u16, report: &mut Report, servers: &[BoundServer<'_>]) -> Vec<VirtualHost> {
        if self.hosts.is_empty() {
            return vec![VirtualHost {
                name: format!("blackhole:{port}"),
                domains: vec!["*".into()],
                routes: Arc::new(RouteList::default()),
                require_tls: false,
            }];
        }
        let mut virtual_hosts = Vec::with_capacity(self.hosts.len());
        for (host, mut joined) in self.hosts {
            // Routes that take everything go last, so that they do not hide those of younger resources.
            joined.routes.sort_by_key(|route| route.matcher.is_catch_all());
            virtual_hosts.push(VirtualHost {
                name: format!("{host}:{}", joined.port),
                domains: vec![host],
                routes: Arc::new(index(joined.routes, servers, report)),
                require_tls: joined.require_tls,
            });
        }
        virtual_hosts
    }
}

fn index(routes: Vec<Route>, servers: &[BoundServer<'_>], report: &mut Report) -> RouteList {
    RouteList::new(routes).unwrap_or_else(|error| {
        if let Some(bound) = servers.first() {
            let message = format!("the regexes of all paths of one of its hosts together: {error}");
            let help = "use fewer or simpler regexes";
            report.error(
                &bound.gateway.subject,
                &Field::SPEC.name("servers"),
                "regexes-too-large",
                message,
                help,
            );
        }
        RouteList::default()
    })
}

/// The hosts that both the server and the VirtualService have, the narrower of each pair.
/// Source: Istio `NamesForNamespace`, `Names.Intersection`.
fn server_hosts(bound: &BoundServer<'_>, namespace: &str, hosts: &[String]) -> Vec<String> {
    let gateway_namespace = bound.gateway.subject.resource.namespace.as_str();
    let mut found: Vec<String> = Vec::new();
    for written in &bound.server.hosts {
        let (owner, host) = written.split_once('/').unwrap_or(("*", written));
        let owner = if owner == "." { gateway_namespace } else { owner };
        if owner != "*" && owner != namespace {
            continue;
        }
        let host = host.to_ascii_lowercase();
        let both = hosts.iter().filter_map(|other| names::intersection(&host, other));
        for host in both {
            if found.iter().all(|known| known != host) {
                found.push(host.to_string());
            }
        }
    }
    found
}
