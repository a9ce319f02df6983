//! The listeners of gateways: one for each port, with one filter chain for each server that ends TLS.
//! Source: Istio `buildGatewayListeners`, `createGatewayHTTPFilterChainOpts`.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::SocketAddr;

use super::listeners::{Chain, Listener, SecretFiles};
use super::secrets::Secrets;
use super::tls::{self, Certificates, Unusable};
use super::{ExportOptions, ProxyExport};
use crate::compile::{GatewayServer, Traffic, gateway_servers};
use crate::diagnostic::Diagnostic;
use crate::mesh::Mesh;
use crate::report::{Field, Report};
use crate::resources::Bundle;
use crate::resources::gateway::ServerTLSSettings;
use crate::settings::PortSource;

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
    let mut certificates = Certificates {
        options,
        secrets: Secrets {
            bundle,
            namespace: &proxy.proxy.namespace,
        },
        files,
    };
    let mut listeners: Vec<Listener<'o>> = Vec::new();
    for server in servers.iter().filter(|server| server.traffic.is_http()) {
        let known = listeners
            .iter()
            .position(|listener| listener.port == PortSource::Fixed(server.listen));
        if known.is_some() && server.traffic == Traffic::Http {
            continue;
        }
        let chain = match chain(server, &mut certificates, diagnostics) {
            Ok(chain) => chain,
            Err(unusable) => {
                diagnostics.push(not_served(server, &unusable));
                continue;
            }
        };
        match known.and_then(|known| listeners.get_mut(known)) {
            Some(listener) => listener.chains.push(chain),
            None => listeners.push(listener(options, proxy, server, chain)),
        }
    }
    if servers.iter().all(|server| !server.traffic.is_http()) {
        diagnostics.push(no_servers(proxy));
    }
    listeners
}

fn listener<'o>(
    options: &'o ExportOptions,
    proxy: &'o ProxyExport,
    server: &GatewayServer<'_>,
    chain: Chain,
) -> Listener<'o> {
    let bound = options
        .port_map
        .get(&server.listen)
        .copied()
        .unwrap_or(server.listen);
    Listener {
        name: format!("{}-{}", proxy.name, server.listen),
        proxy,
        bound: SocketAddr::new(options.bind, bound),
        port: PortSource::Fixed(server.listen),
        logical_port: Some(server.number),
        chains: Vec::from([chain]),
    }
}

fn chain(
    server: &GatewayServer<'_>,
    certificates: &mut Certificates<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Chain, Unusable> {
    if !server.traffic.is_encrypted() {
        return Ok(Chain::default());
    }
    let settings = server.server.tls.as_ref().ok_or_else(|| Unusable {
        field: "",
        reason: "it has no TLS settings".into(),
    })?;
    let transport_socket = certificates.transport_socket(settings, &HTTP)?;
    diagnostics.extend(unknown_ciphers(server, settings));
    let names = server.server_names();
    Ok(Chain {
        server_names: if names.iter().any(|name| name == "*") {
            Vec::new()
        } else {
            names
        },
        transport_socket: Some(transport_socket),
    })
}

fn unknown_ciphers(server: &GatewayServer<'_>, settings: &ServerTLSSettings) -> Option<Diagnostic> {
    let mut suites = settings.cipher_suites.iter();
    let unknown = suites.find(|suite| !tls::is_cipher(suite))?;
    let message = format!("`{unknown}` is no cipher that Istio knows, and is left out");
    Some(finding(server, ".cipherSuites", "unknown-cipher", message))
}

fn not_served(server: &GatewayServer<'_>, unusable: &Unusable) -> Diagnostic {
    let message = format!("the server is not served: {}", unusable.reason);
    finding(server, unusable.field, "tls-not-served", message)
        .help("a certificate comes from a Secret in the namespace of the gateway proxy, or from files")
}

fn no_servers(proxy: &ProxyExport) -> Diagnostic {
    let message = format!(
        "no Gateway has HTTP servers for the gateway proxy `{}`",
        proxy.name
    );
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
