//! Which routes a listener serves where Envoy alone decides.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::IpAddr;

use serde_json::{Value, json};

use super::{connections, said, table, virtual_host};
use crate::compile::{BLACKHOLE_CLUSTER, PASSTHROUGH_CLUSTER, compile_mesh};
use crate::diagnostic::Diagnostic;
use crate::export::Routing;
use crate::export::chains::Chain as FilterChain;
use crate::export::connection::tcp_proxy;
use crate::export::files::{self, typed};
use crate::export::listeners::Listener;
use crate::mesh::Mesh;
use crate::report::Report;
use crate::settings::{Decides, PortSource};
use crate::table::{ConnectionTable, RouteConfig, RouteTable, ServerRoutes, UnknownPort, VirtualHost};

/// The port of authorities that name none.
const DEFAULT_PORT: u16 = 80;

/// The routes of all listeners, by the name of the listener.
pub(in crate::export) struct NativeRoutes(BTreeMap<String, Served>);

/// What one listener serves.
struct Served {
    chains: Vec<Chain>,
    /// The filter chains of connections that are passed on as they are.
    opaque: Vec<Value>,
    /// Where other connections go, unless there are none.
    others: Option<&'static str>,
}

/// Connections that have one set of routes.
pub(in crate::export) struct Chain {
    /// Name of the routes, and of their statistics.
    pub(in crate::export) name: String,
    /// Which chain of the listener they are for: what ends TLS there, for which names.
    pub(in crate::export) chain: usize,
    /// The addresses that clients have connected to; `None` for all.
    at: Option<Value>,
    virtual_hosts: Vec<Value>,
    /// Whether the port is left out when hosts are compared.
    ignore_port: bool,
}

impl NativeRoutes {
    /// Makes the routes of every listener. What is wrong with the rules is reported.
    pub(in crate::export) fn plan(
        mesh: &Mesh,
        listeners: &[Listener<'_>],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let served = |listener: &Listener<'_>| {
            let table = match compile_mesh(mesh, &listener.client(), Report::default()) {
                Ok(compiled) => compiled.table,
                Err(found) => {
                    let new = found.into_iter().filter(|finding| !diagnostics.contains(finding));
                    let new: Vec<Diagnostic> = new.collect();
                    diagnostics.extend(new);
                    nothing()
                }
            };
            (listener.name.clone(), Served::new(mesh, listener, &table))
        };
        Self(listeners.iter().map(served).collect())
    }

    /// The sets of routes of a listener.
    pub(in crate::export) fn chains(&self, listener: &str) -> &[Chain] {
        self.0
            .get(listener)
            .map_or(&[], |served| served.chains.as_slice())
    }

    /// The filter chains of a listener for connections that are passed on as they are.
    pub(in crate::export) fn opaque(&self, listener: &str) -> &[Value] {
        self.0
            .get(listener)
            .map_or(&[], |served| served.opaque.as_slice())
    }

    /// What happens to connections that have no routes; `None` where all have some.
    pub(in crate::export) fn default_chain(&self, mesh: &Mesh, listener: &str) -> Option<Value> {
        let cluster = self.0.get(listener)?.others?;
        let settings = json!({"stat_prefix": cluster, "cluster": cluster});
        Some(json!({"filters": [tcp_proxy(mesh, Routing::Native, settings)]}))
    }

    /// The files of all routes.
    pub(in crate::export) fn files(&self) -> Vec<(String, Value)> {
        let chains = self.0.values().flat_map(|served| &served.chains);
        chains.map(Chain::file).collect()
    }
}

/// What a proxy serves whose rules are wrong.
fn nothing() -> RouteTable {
    RouteTable {
        route_configs: BTreeMap::new(),
        by_address: BTreeMap::new(),
        by_server: BTreeMap::new(),
        refused: BTreeMap::new(),
        unknown_port: UnknownPort::NoListener,
        connections: ConnectionTable::default(),
    }
}

impl Served {
    fn new(mesh: &Mesh, listener: &Listener<'_>, table: &RouteTable) -> Self {
        let chains = match listener.port {
            PortSource::Fixed(port) => of_port(listener, table, port),
            PortSource::Authority => Vec::from([Chain::of_all_ports(&listener.name, table)]),
            PortSource::Destination => redirected(&listener.name, table),
        };
        let others = match table.unknown_port {
            UnknownPort::Passthrough => PASSTHROUGH_CLUSTER,
            UnknownPort::Blackhole | UnknownPort::NoListener => BLACKHOLE_CLUSTER,
        };
        Self {
            chains,
            opaque: connections::chains(mesh, listener, table),
            others: (listener.port == PortSource::Destination).then_some(others),
        }
    }
}

impl Chain {
    fn new(name: String, at: Option<Value>, config: Option<&RouteConfig>) -> Self {
        let hosts = config.map(RouteConfig::virtual_hosts).unwrap_or_default();
        Self {
            name,
            chain: 0,
            at,
            virtual_hosts: hosts.iter().map(virtual_host).collect(),
            ignore_port: true,
        }
    }

    /// The hosts of all ports in one table, told apart by the port of the authority.
    fn of_all_ports(name: &str, table: &RouteTable) -> Self {
        let mut virtual_hosts = Vec::new();
        let mut catch_all = None;
        for (port, config) in &table.route_configs {
            for host in config.virtual_hosts() {
                if host.domains.iter().any(|domain| domain == "*") {
                    // It is the same on all ports.
                    catch_all = Some(virtual_host(host));
                } else {
                    virtual_hosts.push(virtual_host(&with_port(host, *port)));
                }
            }
        }
        virtual_hosts.extend(catch_all);
        Self {
            name: name.to_string(),
            chain: 0,
            at: None,
            virtual_hosts,
            ignore_port: false,
        }
    }

    /// The filter chain, for its connections only.
    pub(in crate::export) fn matching(&self, mut filter_chain: Value) -> Value {
        if let (Some(fields), Some(at)) = (filter_chain.as_object_mut(), &self.at) {
            fields.insert("name".into(), json!(self.name));
            fields.insert("filter_chain_match".into(), at.clone());
        }
        filter_chain
    }

    fn file(&self) -> (String, Value) {
        let table = table(&self.name, &self.virtual_hosts, self.ignore_port);
        let resource = typed("envoy.config.route.v3.RouteConfiguration", table);
        (files::routes(&self.name), files::discovery(&[resource]))
    }
}

/// The routes of a port: one set for each chain that reads HTTP, which a gateway has where several servers end TLS.
fn of_port(listener: &Listener<'_>, table: &RouteTable, port: u16) -> Vec<Chain> {
    let servers = table.by_server.get(&port);
    let http =
        |(_, chain): &(usize, &FilterChain)| chain.decides == Decides::Requests && chain.cluster.is_none();
    let chains = listener.chains.iter().enumerate().filter(http);
    let routes = |(number, chain): (usize, &FilterChain)| {
        let config = match servers {
            Some(servers) => of_names(servers, listener.own_address.as_deref(), &chain.server_names),
            None => table.route_configs.get(&port),
        };
        let name = match number {
            0 => listener.name.clone(),
            number => format!("{}-{number}", listener.name),
        };
        Chain {
            chain: number,
            ..Chain::new(name, None, config)
        }
    };
    chains.map(routes).collect()
}

/// The routes of the server at that address with these names; none stand for all.
fn of_names<'s>(
    servers: &'s ServerRoutes,
    address: Option<&str>,
    names: &[String],
) -> Option<&'s RouteConfig> {
    let all = names.is_empty();
    let is_meant = |own: &[String]| own == names || all && own.iter().any(|name| name == "*");
    let mut servers = servers.servers().iter();
    let meant = servers.find(|server| server.address.as_deref() == address && is_meant(&server.names))?;
    Some(&meant.config)
}

fn with_port(host: &VirtualHost, port: u16) -> VirtualHost {
    let named = |domain: &String| format!("{domain}:{port}");
    let mut domains: Vec<String> = host.domains.iter().map(named).collect();
    if port == DEFAULT_PORT {
        domains.extend(host.domains.iter().cloned());
    }
    VirtualHost {
        domains,
        ..host.clone()
    }
}

/// One chain for each port, and for each address whose routes are its own: as Istio's listeners.
fn redirected(listener: &str, table: &RouteTable) -> Vec<Chain> {
    let mut chains = Vec::new();
    for (port, config) in &table.route_configs {
        let addressed = table.by_address.get(port);
        for (address, own) in addressed.iter().flat_map(|routes| &routes.addresses) {
            let address = String::from_utf8_lossy(address);
            let name = format!("{listener}-{address}-{port}");
            chains.push(Chain::new(
                name,
                Some(destination(*port, Some(&address))),
                Some(own),
            ));
        }
        if addressed.is_none_or(|routes| routes.others) {
            let name = format!("{listener}-{port}");
            chains.push(Chain::new(name, Some(destination(*port, None)), Some(config)));
        }
    }
    chains
}

/// Source: Envoy `FilterChainMatch`.
fn destination(port: u16, address: Option<&str>) -> Value {
    let range = address
        .and_then(|address| address.parse::<IpAddr>().ok())
        .map(|ip| {
            let length = if ip.is_ipv4() { 32 } else { 128 };
            json!([{"address_prefix": ip, "prefix_len": length}])
        });
    said(json!({"destination_port": port, "prefix_ranges": range}))
}
