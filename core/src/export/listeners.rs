//! Where proxies take requests: gateways on the ports of their servers, sidecars on one port for all.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::SocketAddr;

use serde_json::{Value, json};

use super::bootstrap::socket_address;
use super::files::typed;
use super::native::{Chain, NativeRoutes};
use super::{CertificateFiles, ExportOptions, ListenerAddress, ProxyExport, connection, files, tls};
use crate::compile::{GatewayPort, ProxyKind, gateway_ports};
use crate::diagnostic::Diagnostic;
use crate::mesh::Mesh;
use crate::settings::PortSource;

/// One listener.
pub(super) struct Listener<'o> {
    /// Name of the listener, of its routes and of its statistics.
    pub(super) name: String,
    /// The proxy it belongs to.
    pub(super) proxy: &'o ProxyExport,
    /// Where it is bound.
    pub(super) bound: SocketAddr,
    /// Where the filter gets the port of a request from.
    pub(super) port: PortSource,
    /// The port that the rules know.
    logical_port: Option<u16>,
    /// What it ends TLS with.
    certificate: Option<&'o CertificateFiles>,
}

/// Lists the listeners of all proxies. What cannot be served is reported.
pub(super) fn plan<'o>(
    mesh: &Mesh,
    options: &'o ExportOptions,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Listener<'o>> {
    let mut listeners: Vec<Listener<'o>> = Vec::new();
    for proxy in &options.proxies {
        let wanted = match proxy.proxy.kind {
            ProxyKind::Sidecar => Vec::from([outbound(options, proxy)]),
            ProxyKind::Gateway => gateway(mesh, options, proxy, diagnostics),
        };
        for listener in wanted {
            match listeners.iter().find(|other| other.conflicts_with(&listener)) {
                Some(other) => diagnostics.push(conflict(&listener, other)),
                None => listeners.push(listener),
            }
        }
    }
    listeners
}

/// The one listener of a sidecar, for all ports.
fn outbound<'o>(options: &'o ExportOptions, proxy: &'o ProxyExport) -> Listener<'o> {
    Listener {
        name: format!("{}-outbound", proxy.name),
        proxy,
        bound: SocketAddr::new(options.bind, options.outbound_port),
        port: if options.redirected {
            PortSource::Destination
        } else {
            PortSource::Authority
        },
        logical_port: None,
        certificate: None,
    }
}

fn gateway<'o>(
    mesh: &Mesh,
    options: &'o ExportOptions,
    proxy: &'o ProxyExport,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Listener<'o>> {
    let ports = gateway_ports(mesh, &proxy.proxy);
    if ports.is_empty() {
        diagnostics.push(no_servers(proxy));
    }
    let mut listeners = Vec::new();
    for port in ports {
        let certificate = options.certificates.get(&port.credential_name);
        if port.tls && certificate.is_none() {
            diagnostics.push(tls_not_served(proxy, &port));
        } else {
            listeners.push(server(options, proxy, &port, certificate.filter(|_| port.tls)));
        }
    }
    listeners
}

fn server<'o>(
    options: &'o ExportOptions,
    proxy: &'o ProxyExport,
    port: &GatewayPort,
    certificate: Option<&'o CertificateFiles>,
) -> Listener<'o> {
    let bound = options.port_map.get(&port.listen).copied().unwrap_or(port.listen);
    Listener {
        name: format!("{}-{}", proxy.name, port.listen),
        proxy,
        bound: SocketAddr::new(options.bind, bound),
        port: PortSource::Fixed(port.listen),
        logical_port: Some(port.number),
        certificate,
    }
}

fn no_servers(proxy: &ProxyExport) -> Diagnostic {
    let message = format!(
        "no Gateway has HTTP servers for the gateway proxy `{}`",
        proxy.name
    );
    Diagnostic::warning("no-gateway-servers", message)
        .help("give the proxy the labels that the selector of the Gateway asks for")
}

fn tls_not_served(proxy: &ProxyExport, port: &GatewayPort) -> Diagnostic {
    let message = format!(
        "no certificate for the TLS servers on port {} of `{}`",
        port.number, proxy.name
    );
    Diagnostic::warning("tls-not-served", message).help("add a server with protocol HTTP to reach the rules")
}

fn conflict(listener: &Listener<'_>, other: &Listener<'_>) -> Diagnostic {
    let message = format!(
        "`{}` and `{}` both listen on {}",
        other.name, listener.name, listener.bound
    );
    Diagnostic::error("listener-conflict", message).help("map one of the ports, or export the proxies apart")
}

/// The file of listeners.
pub(super) fn discovery(
    mesh: &Mesh,
    options: &ExportOptions,
    listeners: &[Listener<'_>],
    native: Option<&NativeRoutes>,
) -> Value {
    let resource = |listener: &Listener<'_>| {
        let fields = json!({
            "name": listener.name,
            "address": socket_address(listener.bound),
            "traffic_direction": "OUTBOUND",
            // Another Envoy on the same port would otherwise share its connections, unnoticed.
            "enable_reuse_port": false,
            "listener_filters": listener.listener_filters(),
            "filter_chains": listener.filter_chains(mesh, options, native),
        });
        let others = native.and_then(|native| native.default_chain(&listener.name));
        with_default_chain(fields, others)
    };
    let resources = files::all_typed(
        "envoy.config.listener.v3.Listener",
        listeners.iter().map(resource),
    );
    files::discovery(&resources)
}

fn with_default_chain(mut listener: Value, chain: Option<Value>) -> Value {
    if let (Some(fields), Some(chain)) = (listener.as_object_mut(), chain) {
        fields.insert("default_filter_chain".into(), chain);
    }
    listener
}

/// Restores the address that the client has connected to, before the connection was redirected.
fn original_destination() -> Value {
    json!({
        "name": "envoy.filters.listener.original_dst",
        "typed_config":
            typed("envoy.extensions.filters.listener.original_dst.v3.OriginalDst", json!({})),
    })
}

impl Listener<'_> {
    fn listener_filters(&self) -> Vec<Value> {
        let redirected = (self.port == PortSource::Destination).then(original_destination);
        let encrypted = self.certificate.map(|_| tls::inspector());
        redirected.into_iter().chain(encrypted).collect()
    }

    /// One for all connections, or those of a listener that Envoy alone routes.
    fn filter_chains(
        &self,
        mesh: &Mesh,
        options: &ExportOptions,
        native: Option<&NativeRoutes>,
    ) -> Vec<Value> {
        let Some(native) = native else {
            return Vec::from([self.filter_chain(mesh, options, &self.name)]);
        };
        let chains = native.chains(&self.name).iter();
        let chain = |chain: &Chain| chain.matching(self.filter_chain(mesh, options, &chain.name));
        chains.map(chain).collect()
    }

    fn filter_chain(&self, mesh: &Mesh, options: &ExportOptions, routes: &str) -> Value {
        let filters = [connection::filter(mesh, options, self, routes)];
        match self.certificate {
            Some(certificate) => {
                json!({"filters": filters, "transport_socket": tls::transport_socket(certificate)})
            }
            None => json!({"filters": filters}),
        }
    }

    fn conflicts_with(&self, other: &Self) -> bool {
        self.name == other.name || self.bound == other.bound && self.bound.port() != 0
    }

    /// Where it is, for people.
    pub(super) fn address(&self) -> ListenerAddress {
        let description = match self.logical_port {
            Some(port) => format!("gateway {}, port {port}", self.proxy.name),
            None => format!(
                "sidecar {} of namespace {}",
                self.proxy.name, self.proxy.proxy.namespace
            ),
        };
        ListenerAddress {
            name: self.name.clone(),
            description,
            address: self.bound.ip(),
            port: self.bound.port(),
            logical_port: self.logical_port,
            tls: self.certificate.is_some(),
        }
    }
}
