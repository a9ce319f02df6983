//! A gateway's routes, port by port. Source: Istio `core/gateway.go`.

mod hosts;
mod servers;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::ToString;
use alloc::vec::Vec;

#[cfg(feature = "check")]
pub(crate) use hosts::server_hosts;
pub use servers::{GatewayPort, GatewayServer, Traffic, gateway_ports, gateway_servers};

use self::hosts::JoinedHosts;
use super::listener::{KnownServices, Listener};
use super::{Proxy, assemble, connections};
use crate::mesh::Mesh;
use crate::report::Report;
use crate::table::{OwnRoutes, RouteConfig, RouteTable, ServerRoutes, UnknownPort};

/// Compiles all ports of a gateway proxy.
pub(super) fn compile(mesh: &Mesh, proxy: &Proxy, report: &mut Report) -> RouteTable {
    let mut by_port: BTreeMap<u16, Vec<GatewayServer<'_>>> = BTreeMap::new();
    let servers = gateway_servers(mesh, proxy, report);
    for server in servers.iter().filter(|server| server.traffic.is_http()) {
        by_port.entry(server.listen).or_default().push(*server);
    }
    let services = mesh.registry.by_hostname(&proxy.namespace);
    let ports = Ports {
        mesh,
        proxy,
        known: &KnownServices::new(&services),
    };
    let mut table = RouteTable {
        route_configs: BTreeMap::new(),
        by_address: BTreeMap::new(),
        by_server: BTreeMap::new(),
        refused: BTreeMap::new(),
        unknown_port: UnknownPort::NoListener,
        connections: connections::of_gateway(mesh, proxy, ports.known, &servers, report),
    };
    for (port, servers) in by_port {
        ports.add(port, &servers, &mut table, report);
    }
    table
}

/// Servers by the routes that they share.
fn sharing<'s, 'm>(servers: &'s [GatewayServer<'m>]) -> Vec<Vec<GatewayServer<'m>>> {
    let mut sets: Vec<Vec<GatewayServer<'m>>> = Vec::new();
    for server in servers {
        let shares = |set: &&mut Vec<GatewayServer<'m>>| {
            let first = set.first();
            server.traffic == Traffic::Http && first.is_some_and(|first| first.address() == server.address())
        };
        match sets.iter_mut().find(shares) {
            Some(set) => set.push(*server),
            None => sets.push(Vec::from([*server])),
        }
    }
    sets
}

/// What the routes of all ports are made of.
struct Ports<'m> {
    mesh: &'m Mesh,
    proxy: &'m Proxy,
    known: &'m KnownServices<'m>,
}

impl Ports<'_> {
    /// Servers in the clear that are bound to one address share their routes. Each that ends TLS has its own, and where
    /// there are several the name that the client asks for says which; a single one has whatever its listener lets
    /// through.
    fn add(&self, port: u16, servers: &[GatewayServer<'_>], table: &mut RouteTable, report: &mut Report) {
        let sets = sharing(servers);
        if let [only] = sets.as_slice() {
            let (config, refused) = self.route_config(port, only, report);
            table.refused.extend(refused.map(|refused| (port, refused)));
            table.route_configs.insert(port, config);
            return;
        }
        let mut refused = BTreeSet::new();
        let mut own = |set: &Vec<GatewayServer<'_>>| {
            let (config, of_rules) = self.route_config(port, set, report);
            refused.extend(of_rules.map(|of_rules| of_rules.name));
            let first = set.first()?;
            Some(OwnRoutes {
                address: first.address(),
                names: match first.traffic {
                    Traffic::Http => Vec::from(["*".to_string()]),
                    _ => first.server_names(),
                },
                config,
            })
        };
        let all = sets.iter().filter_map(&mut own).collect();
        table.by_server.insert(port, ServerRoutes::new(all, refused));
    }

    /// The routes of servers, and those of their rules where Envoy would refuse them.
    fn route_config(
        &self,
        port: u16,
        servers: &[GatewayServer<'_>],
        report: &mut Report,
    ) -> (RouteConfig, Option<RouteConfig>) {
        let mut joined = JoinedHosts::default();
        for bound in servers {
            let listener = Listener {
                proxy: self.proxy,
                port: bound.number,
                gateway: bound.gateway.key(),
                tls: bound.server.tls.is_some(),
                services: self.known.by_name,
                known: self.known,
            };
            joined.add_server(self.mesh, &listener, bound, report);
        }
        let first = servers.first();
        let name = first.map_or_else(|| port.to_string(), GatewayServer::route_config_name);
        let config = RouteConfig::new(name, joined.finish(port, report, servers));
        if config.is_refused() {
            return (assemble::refused(config.name.clone()), Some(config));
        }
        (config, None)
    }
}
