//! The listeners of gateways: one for each port, or for each address of it that servers ask for, with one filter chain for each server that ends TLS.
//! Source: Istio `buildGatewayListeners`, `createGatewayHTTPFilterChainOpts`.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::bound::{self, Bound};
use super::chains::{Chain, Inspects};
use super::dynamic_dns::Destinations;
use super::listeners::{Listener, SecretFiles};
use super::secrets::Secrets;
use super::tls::{Certificates, Unusable};
use super::{ExportOptions, ProxyExport, auto_passthrough};
use crate::compile::{GatewayServer, Proxy, Traffic, compile_mesh, gateway_servers};
use crate::diagnostic::Diagnostic;
use crate::mesh::Mesh;
use crate::report::{Field, Report};
use crate::resources::Bundle;
use crate::resources::gateway::{ServerTLSSettings, is_cipher};
use crate::settings::{Decides, PortSource};
use crate::table::{ConnectionRule, ConnectionTable};

/// What is agreed on with clients in TLS. Source: Istio `util.ALPNHttp`.
const HTTP: [&str; 2] = ["h2", "http/1.1"];

/// The listeners of a gateway proxy. A server without a certificate that it can use is left out, with its reason.
pub(super) fn listeners<'o>(
    mesh: &Mesh,
    bundle: &Bundle,
    options: &'o ExportOptions,
    proxy: &'o ProxyExport,
    files: &mut SecretFiles,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Listener<'o>> {
    // What is wrong with the servers is said where the filter's configuration is made of them.
    let servers = gateway_servers(mesh, &proxy.proxy, &mut Report::default());
    let table = compile_mesh(mesh, &proxy.proxy, Report::default());
    let connections = table
        .map(|compiled| compiled.table.connections)
        .unwrap_or_default();
    let mut chains = Chains {
        mesh,
        proxy: &proxy.proxy,
        connections: &connections,
        dynamic: Destinations::new(mesh, &proxy.proxy),
        certificates: Certificates {
            options,
            secrets: Secrets {
                bundle,
                namespace: &proxy.proxy.namespace,
            },
            files,
        },
        diagnostics,
    };
    let mut listeners: Vec<Listener<'o>> = Vec::new();
    for server in &servers {
        let of_server = chains.of(server);
        if of_server.is_empty() {
            continue;
        }
        let is_same = |known: &&mut Listener<'_>| {
            known.port == PortSource::Fixed(server.listen) && known.own_address == server.address()
        };
        match listeners.iter_mut().find(is_same) {
            Some(known) => of_server.into_iter().for_each(|chain| known.add(chain)),
            None => listeners.push(listener(options, proxy, server, of_server)),
        }
    }
    if servers.is_empty() {
        chains.diagnostics.push(no_servers(proxy));
    }
    listeners
}

/// What chains are made of.
struct Chains<'b> {
    mesh: &'b Mesh,
    proxy: &'b Proxy,
    connections: &'b ConnectionTable,
    dynamic: Destinations,
    certificates: Certificates<'b>,
    diagnostics: &'b mut Vec<Diagnostic>,
}

impl Chains<'_> {
    /// The chains of a server; none where it is not served.
    fn of(&mut self, server: &GatewayServer<'_>) -> Vec<Chain> {
        let port = self.connections.ports.get(&server.listen);
        let address = server.bind().and_then(|bind| bind.ip());
        let rules = port
            .map(|port| port.rules_at(address).rules())
            .unwrap_or_default();
        let chain = match server.traffic {
            Traffic::Http => Ok(Chain::default()),
            Traffic::Https => self.encrypted(server, &HTTP),
            Traffic::AutoPassthrough => return self.by_name(server),
            // That is said where the table is compiled.
            _ if !has_rules(server, rules) => return Vec::new(),
            Traffic::Tcp => Ok(opaque(Vec::new())),
            Traffic::Tls => self.encrypted(server, &[]),
            Traffic::Passthrough => Ok(opaque(passed_names(rules))),
        };
        let chain = chain.inspect_err(|unusable| self.diagnostics.push(not_served(server, unusable)));
        let mut chains: Vec<Chain> = chain.into_iter().collect();
        for chain in chains
            .iter_mut()
            .filter(|chain| chain.decides == Decides::Connections)
        {
            chain.looks_up = self.dynamic.port_of(port);
        }
        chains
    }

    /// The chains of a server that passes TLS on by the name of its cluster.
    fn by_name(&mut self, server: &GatewayServer<'_>) -> Vec<Chain> {
        let chains = auto_passthrough::chains(self.mesh, self.proxy, server);
        if chains.is_empty() {
            let message = "the server is not served: no service of the mesh has one of its hosts".into();
            let hosts = "`hosts` are names of services; ServiceEntries outside of the mesh are none of it";
            let finding = finding(server, "", "tls-not-served", message).help(hosts);
            self.diagnostics.push(finding);
        }
        chains
    }

    /// The chain of a server that ends TLS.
    fn encrypted(&mut self, server: &GatewayServer<'_>, protocols: &[&str]) -> Result<Chain, Unusable> {
        let settings = server.server.tls.as_ref().ok_or_else(|| Unusable {
            field: "",
            reason: "it has no TLS settings".into(),
        })?;
        let transport_socket = self.certificates.transport_socket(settings, protocols)?;
        self.diagnostics.extend(unknown_ciphers(server, settings));
        Ok(Chain {
            server_names: unless_all(server.server_names()),
            transport_socket: Some(transport_socket),
            decides: if server.traffic.is_http() {
                Decides::Requests
            } else {
                Decides::Connections
            },
            ..Chain::default()
        })
    }
}

/// Whether connections to a server go anywhere.
fn has_rules(server: &GatewayServer<'_>, rules: &[ConnectionRule]) -> bool {
    match server.traffic {
        Traffic::Passthrough => !passed_names(rules).is_empty(),
        Traffic::Tls => rules.iter().any(|rule| rule.names == server.server_names()),
        _ => !rules.is_empty(),
    }
}

/// The names of all rules for TLS that is passed on: Envoy has to let those in.
/// Source: Istio `buildGatewayNetworkFiltersFromTLSRoutes`, which has a filter chain for each of them.
fn passed_names(rules: &[ConnectionRule]) -> Vec<String> {
    let tls = rules
        .iter()
        .filter(|rule| rule.source.as_ref().is_some_and(|source| source.list == "tls"));
    tls.flat_map(|rule| rule.names.iter().cloned()).collect()
}

fn opaque(names: Vec<String>) -> Chain {
    Chain {
        server_names: unless_all(names),
        decides: Decides::Connections,
        ..Chain::default()
    }
}

/// Envoy knows no name for all of them: then none is asked for.
fn unless_all(names: Vec<String>) -> Vec<String> {
    if names.iter().any(|name| name == "*") {
        return Vec::new();
    }
    names
}

fn listener<'o>(
    options: &'o ExportOptions,
    proxy: &'o ProxyExport,
    server: &GatewayServer<'_>,
    chains: Vec<Chain>,
) -> Listener<'o> {
    let bind = server.bind();
    Listener {
        name: format!("{}-{}{}", proxy.name, server.listen, bound::suffix(bind.as_ref())),
        proxy,
        egress: None,
        bound: Bound::new(options, bind, server.listen),
        own_address: server.address(),
        is_inbound: false,
        port: PortSource::Fixed(server.listen),
        logical_port: Some(server.number),
        chains,
        inspects: if server.traffic.is_encrypted() {
            Inspects::All
        } else {
            Inspects::Nothing
        },
    }
}

fn unknown_ciphers(server: &GatewayServer<'_>, settings: &ServerTLSSettings) -> Option<Diagnostic> {
    let mut suites = settings.cipher_suites.iter();
    let unknown = suites.find(|suite| !is_cipher(suite))?;
    let message = format!("`{unknown}` is no cipher that Istio knows, and is left out");
    Some(finding(server, ".cipherSuites", "unknown-cipher", message))
}

fn not_served(server: &GatewayServer<'_>, unusable: &Unusable) -> Diagnostic {
    let message = format!("the server is not served: {}", unusable.reason);
    finding(server, unusable.field, "tls-not-served", message)
        .help("a certificate comes from a Secret in the namespace of the gateway proxy, or from files")
}

fn no_servers(proxy: &ProxyExport) -> Diagnostic {
    let message = format!("no Gateway has servers for the gateway proxy `{}`", proxy.name);
    Diagnostic::warning("no-gateway-servers", message)
        .help("give the proxy the labels that the selector of the Gateway asks for")
}

/// A warning about the TLS settings of a server, or about a field of them.
fn finding(server: &GatewayServer<'_>, field: &str, code: &str, message: String) -> Diagnostic {
    let subject = &server.gateway.subject;
    let servers = Field::SPEC.name("servers");
    let path = servers.index(server.index).to_string();
    let mut finding = Diagnostic::warning(code, message).at(format!("{path}.tls{field}"));
    finding.resource = Some(subject.resource.clone());
    finding.document = subject.document;
    finding
}
