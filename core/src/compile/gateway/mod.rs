//! A gateway's routes, port by port. Source: Istio `core/gateway.go`.

mod hosts;
mod servers;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub use servers::{GatewayPort, gateway_ports};

use self::hosts::JoinedHosts;
use self::servers::BoundServer;
use super::listener::{KnownServices, Listener};
use super::{Proxy, assemble};
use crate::mesh::Mesh;
use crate::report::Report;
use crate::table::{RouteConfig, RouteTable, UnknownPort};

/// Compiles all ports of a gateway proxy.
pub(super) fn compile(mesh: &Mesh, proxy: &Proxy, report: &mut Report) -> RouteTable {
    let mut by_port: BTreeMap<u16, Vec<BoundServer<'_>>> = BTreeMap::new();
    for server in servers::all(mesh, proxy) {
        by_port.entry(server.port.listen).or_default().push(server);
    }
    let services = mesh.registry.by_hostname(&proxy.namespace);
    let known = KnownServices::new(&services);
    let (mut route_configs, mut refused) = (BTreeMap::new(), BTreeMap::new());
    for (port, servers) in by_port {
        let mut config = route_config(mesh, proxy, &known, port, &servers, report);
        if config.is_refused() {
            let served = assemble::refused(config.name.clone());
            refused.insert(port, core::mem::replace(&mut config, served));
        }
        route_configs.insert(port, config);
    }
    RouteTable {
        route_configs,
        by_address: BTreeMap::new(),
        refused,
        unknown_port: UnknownPort::NoListener,
    }
}

fn route_config(
    mesh: &Mesh,
    proxy: &Proxy,
    known: &KnownServices<'_>,
    port: u16,
    servers: &[BoundServer<'_>],
    report: &mut Report,
) -> RouteConfig {
    let mut joined = JoinedHosts::default();
    for bound in servers {
        let listener = Listener {
            proxy,
            port: bound.port.number,
            gateway: bound.gateway.key(),
            tls: bound.server.tls.is_some(),
            services: known.by_name,
            known,
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
    let GatewayPort {
        listen, number, tls, ..
    } = bound.port;
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
