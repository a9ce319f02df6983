//! Connections to servers of Gateways that speak no HTTP, or do not end TLS. Source: Istio
//! `buildGatewayNetworkFiltersFromTLSRoutes`, `buildGatewayNetworkFiltersFromTCPRoutes`.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::{any, lower_case, rule, source};
use crate::compile::Proxy;
use crate::compile::gateway::{GatewayServer, Traffic};
use crate::compile::listener::{KnownServices, Listener};
use crate::mesh::{Mesh, VirtualService, names};
use crate::report::{Field, Report};
use crate::table::{
    ConnectionRule, ConnectionRules, ConnectionSource, ConnectionTable, PortConnections, UnknownPort,
};

/// Compiles all ports with such servers.
pub(in crate::compile) fn compile(
    mesh: &Mesh,
    proxy: &Proxy,
    known: &KnownServices<'_>,
    servers: &[GatewayServer<'_>],
    report: &mut Report,
) -> ConnectionTable {
    let mut ports: BTreeMap<(u16, Option<IpAddr>), Port> = BTreeMap::new();
    let place = |server: &GatewayServer<'_>| (server.listen, server.bind().and_then(|bind| bind.ip()));
    for server in servers {
        if matches!(server.traffic, Traffic::Https | Traffic::Tls) {
            let port = ports.entry(place(server)).or_default();
            port.names.extend(server.server_names());
        }
    }
    for server in servers {
        let bound = Bound {
            server,
            virtual_services: mesh.virtual_services_for(&server.gateway.key(), &proxy.namespace),
            listener: Listener {
                proxy,
                port: server.number,
                gateway: server.gateway.key(),
                tls: server.traffic.is_encrypted(),
                services: known.by_name,
                known,
            },
        };
        if let Some(rules) = bound.rules() {
            let port = ports.entry(place(server)).or_default();
            port.add(rules, &bound, report);
        }
    }
    let mut by_port: BTreeMap<u16, PortConnections> = BTreeMap::new();
    for ((number, address), port) in ports {
        let (known, rules) = (
            by_port.entry(number).or_default(),
            ConnectionRules::new(port.rules),
        );
        match address {
            Some(address) => drop(known.by_address.insert(address, rules)),
            None => known.others = rules,
        }
    }
    ConnectionTable {
        ports: by_port,
        unknown: UnknownPort::NoListener,
    }
}

/// The rules of one port, or of those to one address of it.
#[derive(Default)]
struct Port {
    rules: Vec<ConnectionRule>,
    /// The names that they have, and the servers that end TLS.
    names: BTreeSet<String>,
}

impl Port {
    /// Adds the rules of a server. Several servers of a port may lead to one rule.
    fn add(&mut self, rules: Vec<ConnectionRule>, bound: &Bound<'_, '_>, report: &mut Report) {
        if rules.is_empty() {
            warn_of_silence(bound.server, report);
        }
        for rule in rules {
            let same = |known: &ConnectionRule| known.source == rule.source && known.names == rule.names;
            if self.rules.iter().any(same) {
                continue;
            }
            if bound.server.traffic != Traffic::Passthrough || self.take_names(&rule, bound, report) {
                self.rules.push(rule);
            }
        }
    }

    /// Envoy takes each name once a port, so a block with one that an older block has is left out.
    /// Source: Istio `CheckDuplicates`.
    fn take_names(&mut self, rule: &ConnectionRule, bound: &Bound<'_, '_>, report: &mut Report) -> bool {
        let mut twice = None;
        for name in &rule.names {
            if !self.names.insert(name.clone()) {
                twice = Some(name);
            }
        }
        let Some(name) = twice else { return true };
        if let Some(source) = &rule.source {
            warn_of_name(bound, source, name, report);
        }
        false
    }
}

/// A server, and the VirtualServices of its Gateway.
struct Bound<'s, 'm> {
    server: &'s GatewayServer<'m>,
    virtual_services: Vec<&'m VirtualService>,
    listener: Listener<'s>,
}

impl<'m> Bound<'_, 'm> {
    /// Those that have a host of the server.
    fn matching(&self) -> impl Iterator<Item = &'m VirtualService> {
        let hosts = self.server.hosts();
        let of_server = move |virtual_service: &&VirtualService| {
            hosts.iter().any(|written| {
                let (owner, host) = written.split_once('/').unwrap_or(("*", written));
                let mut own = virtual_service.written_hosts.iter();
                (owner == "*" || owner == virtual_service.namespace())
                    && own.any(|own| names::intersection(host, own).is_some())
            })
        };
        let all: Vec<&'m VirtualService> = self.virtual_services.clone();
        all.into_iter().filter(of_server)
    }

    fn accepts(&self, port: u32, gateways: &[String]) -> bool {
        (port == 0 || port == u32::from(self.server.number))
            && (gateways.is_empty() || gateways.contains(&self.listener.gateway))
    }

    /// The rules for its connections; `None` where they are decided otherwise.
    fn rules(&self) -> Option<Vec<ConnectionRule>> {
        match self.server.traffic {
            Traffic::Http | Traffic::Https | Traffic::AutoPassthrough => None,
            Traffic::Tcp => Some(self.tcp(any())),
            Traffic::Tls => Some(self.tcp(self.server.server_names())),
            Traffic::Passthrough => Some(self.tls()),
        }
    }

    /// The first rule that applies, for everything.
    fn tcp(&self, names: Vec<String>) -> Vec<ConnectionRule> {
        for virtual_service in self.matching() {
            for (index, route) in virtual_service.tcp.iter().enumerate() {
                let mut blocks = route.matches.iter();
                let block = blocks.position(|block| self.accepts(block.port, &block.gateways));
                if block.is_some() || route.matches.is_empty() {
                    let source = source(virtual_service, "tcp", index, block);
                    let rule = rule(&self.listener, source, Vec::new(), names, &route.route);
                    return rule.into_iter().collect();
                }
            }
        }
        Vec::new()
    }

    /// All rules that apply, by their names.
    fn tls(&self) -> Vec<ConnectionRule> {
        let mut rules = Vec::new();
        for virtual_service in self.matching() {
            for (index, route) in virtual_service.tls.iter().enumerate() {
                for (block, condition) in route.matches.iter().enumerate() {
                    if self.accepts(condition.port, &condition.gateways) {
                        let names = lower_case(&condition.sni_hosts);
                        let source = source(virtual_service, "tls", index, Some(block));
                        rules.extend(rule(&self.listener, source, Vec::new(), names, &route.route));
                    }
                }
            }
        }
        rules
    }
}

fn warn_of_name(bound: &Bound<'_, '_>, source: &ConnectionSource, name: &str, report: &mut Report) {
    let mut virtual_services = bound.virtual_services.iter();
    let Some(owner) = virtual_services.find(|owner| owner.subject.resource == source.resource) else {
        return;
    };
    let tls = Field::SPEC.name(source.list);
    let rule = tls.index(source.rule);
    let matches = rule.name("match");
    let block = matches.index(source.block.unwrap_or_default());
    let message = format!(
        "another server or an older rule of the port has the name `{name}`, so this block has no effect there"
    );
    let help = "each name belongs to one rule: put the rules into one, or name hosts apart";
    report.warn(
        &owner.subject,
        &block.name("sniHosts"),
        "server-name-taken",
        message,
        help,
    );
}

fn warn_of_silence(server: &GatewayServer<'_>, report: &mut Report) {
    let kind = if server.traffic == Traffic::Passthrough {
        "tls"
    } else {
        "tcp"
    };
    let message = format!("no VirtualService has `{kind}` rules for it, so its connections go nowhere");
    let help = match kind {
        "tls" => {
            "bind a VirtualService with `tls` rules for its hosts: `http` rules see nothing of TLS that goes through"
        }
        _ => "bind a VirtualService to the Gateway that has one of its hosts",
    };
    let servers = Field::SPEC.name("servers");
    let field = servers.index(server.index);
    report.warn(
        &server.gateway.subject,
        &field,
        "server-without-rules",
        message,
        help,
    );
}
