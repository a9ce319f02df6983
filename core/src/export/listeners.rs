//! Where proxies take connections: gateways on the ports of their [servers], sidecars on one port for all.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use serde_json::{Value, json};

use super::bound::Bound;
use super::chains::{Chain, Inspects};
use super::files::typed;
use super::native::NativeRoutes;
use super::secrets::Secrets;
use super::tls::Certificates;
use super::{
    ExportOptions, ListenerAddress, ProxyExport, Routing, access_log, chains, connection, dynamic_dns, files,
    http_proxies, inbound, servers,
};
use crate::compile::{Proxy, ProxyKind, compile_mesh};
use crate::diagnostic::Diagnostic;
use crate::mesh::{Bind, EgressListener, Mesh};
use crate::report::Report;
use crate::resources::Bundle;
use crate::settings::{Decides, PortSource};
use crate::table::RouteTable;

/// One listener.
pub(super) struct Listener<'o> {
    /// Name of the listener, of its routes and of its statistics.
    pub(super) name: String,
    /// The proxy it belongs to.
    pub(super) proxy: &'o ProxyExport,
    /// The only listener of the Sidecar whose hosts it has, by its index in `spec.egress`.
    pub(super) egress: Option<usize>,
    /// Where it is bound.
    pub(super) bound: Bound,
    /// The address by which the rules tell its connections from others to the port.
    pub(super) own_address: Option<String>,
    /// Whether it leads to the workload of the proxy.
    pub(super) is_inbound: bool,
    /// Where the filter gets the port of a request from.
    pub(super) port: PortSource,
    /// The port that the rules know.
    pub(super) logical_port: Option<u16>,
    /// What it does with connections.
    pub(super) chains: Vec<Chain>,
    /// Where it looks for the name that clients ask for in TLS.
    pub(super) inspects: Inspects,
}

/// Files with secrets, by name.
pub(super) type SecretFiles = BTreeMap<String, Value>;

/// Lists the listeners of all proxies, and the secrets that they need. What cannot be served is reported.
pub(super) fn plan<'o>(
    mesh: &Mesh,
    bundle: &Bundle,
    options: &'o ExportOptions,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Listener<'o>>, SecretFiles) {
    let mut listeners: Vec<Listener<'o>> = Vec::new();
    let mut secrets = SecretFiles::new();
    for proxy in &options.proxies {
        let wanted = match proxy.proxy.kind {
            ProxyKind::Sidecar => {
                let mut wanted = outbound(mesh, options, proxy, diagnostics);
                wanted.extend(inbound(mesh, bundle, options, proxy, &mut secrets, diagnostics));
                wanted
            }
            ProxyKind::Gateway => servers::listeners(mesh, bundle, options, proxy, &mut secrets, diagnostics),
        };
        for listener in wanted {
            match listeners.iter().find(|other| other.conflicts_with(&listener)) {
                Some(other) => diagnostics.push(conflict(&listener, other)),
                None => listeners.push(listener),
            }
        }
    }
    (listeners, secrets)
}

/// The listeners of a sidecar: one for all redirected connections, and those that clients connect to by themselves.
fn outbound<'o>(
    mesh: &Mesh,
    options: &'o ExportOptions,
    proxy: &'o ProxyExport,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Listener<'o>> {
    let mut all = Listener {
        name: format!("{}-outbound", proxy.name),
        proxy,
        egress: None,
        bound: Bound::Socket(SocketAddr::new(options.bind, options.outbound_port)),
        own_address: None,
        is_inbound: false,
        port: if options.redirected {
            PortSource::Destination
        } else {
            PortSource::Authority
        },
        logical_port: None,
        chains: Vec::from([Chain::default()]),
        inspects: Inspects::Nothing,
    };
    // What is wrong with the rules is said where the filter's configuration is made of them.
    let Ok(compiled) = compile_mesh(mesh, &proxy.proxy, Report::default()) else {
        return Vec::from([all]);
    };
    let dynamic = dynamic_dns::Destinations::new(mesh, &proxy.proxy);
    if options.redirected {
        all.chains
            .extend(chains::of_sidecar(&compiled.table, diagnostics));
        all.chains.extend(dynamic.chains(&compiled.table));
        all.inspects = chains::inspected(&compiled.table);
    } else if compiled.table.connections.has_rules() {
        diagnostics.push(not_redirected(proxy));
    }
    let scope = mesh.sidecar_scope(proxy.proxy.client());
    let own = scope
        .listeners
        .iter()
        .filter_map(|egress| by_itself(options, proxy, egress, &compiled.table, &dynamic));
    let proxies = scope
        .sidecar
        .map(|sidecar| http_proxies::listeners(options, proxy, sidecar, diagnostics));
    let proxies = proxies.into_iter().flatten();
    core::iter::once(all).chain(own).chain(proxies).collect()
}

/// The listeners of a sidecar for its workload.
fn inbound<'o>(
    mesh: &Mesh,
    bundle: &Bundle,
    options: &'o ExportOptions,
    proxy: &'o ProxyExport,
    files: &mut SecretFiles,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Listener<'o>> {
    let mut certificates = Certificates {
        options,
        secrets: Secrets {
            bundle,
            namespace: &proxy.proxy.namespace,
        },
        files,
    };
    let (served, findings) = inbound::of_proxy(mesh, options, proxy);
    diagnostics.extend(findings);
    let mut listeners = Vec::new();
    for inbound in served {
        match inbound.listener(proxy, &mut certificates) {
            Ok(listener) => listeners.push(listener),
            Err(unserved) => diagnostics.push(unserved.finding(inbound.sidecar, inbound.index)),
        }
    }
    listeners
}

/// The listener of a Sidecar that clients connect to; `None` where connections are redirected, or go nowhere.
fn by_itself<'o>(
    options: &'o ExportOptions,
    proxy: &'o ProxyExport,
    egress: &EgressListener<'_>,
    table: &RouteTable,
    dynamic: &dynamic_dns::Destinations,
) -> Option<Listener<'o>> {
    let (port, bind) = (egress.port?, egress.bind?);
    let mut chain = chains::of_port(table, port)?;
    if chain.decides == Decides::Connections {
        chain.looks_up = dynamic.port_of(table.connections.ports.get(&port));
    }
    Some(Listener {
        name: format!("{}-outbound-{port}", proxy.name),
        proxy,
        egress: None,
        bound: Bound::new(options, Some(Bind::Ip(bind)), port),
        own_address: None,
        is_inbound: false,
        port: PortSource::Fixed(port),
        logical_port: Some(port),
        inspects: chains::inspected_on(table, &chain, port),
        chains: Vec::from([chain]),
    })
}

fn not_redirected(proxy: &ProxyExport) -> Diagnostic {
    let message = format!(
        "`tls` and `tcp` rules have no effect at the sidecar `{}`: clients of its port say where they want to go by HTTP",
        proxy.name
    );
    Diagnostic::warning("connections-not-served", message)
        .help("redirect connections to the port, as Istio's iptables rules do")
}

fn conflict(listener: &Listener<'_>, other: &Listener<'_>) -> Diagnostic {
    let message = format!(
        "`{}` and `{}` both listen on {}",
        other.name, listener.name, listener.bound
    );
    Diagnostic::error("listener-conflict", message).help("map one of the ports, or export the proxies apart")
}

/// The file of listeners, with those of tunnels.
pub(super) fn discovery(
    mesh: &Mesh,
    options: &ExportOptions,
    listeners: &[Listener<'_>],
    native: Option<&NativeRoutes>,
    tunnels: impl Iterator<Item = Value>,
) -> Value {
    let resource = |listener: &Listener<'_>| {
        let fields = json!({
            "name": listener.name,
            "address": listener.bound.to_value(),
            "traffic_direction": if listener.is_inbound { "INBOUND" } else { "OUTBOUND" },
            // Another Envoy on the same port would otherwise share its connections, unnoticed.
            "enable_reuse_port": false,
            "access_log": access_log::of_refused(mesh, options.routing),
            "listener_filters": listener.listener_filters(),
            "filter_chains": listener.filter_chains(mesh, options, native),
        });
        let others = native.and_then(|native| native.default_chain(mesh, &listener.name));
        with_default_chain(fields, others)
    };
    let resources = files::all_typed(
        "envoy.config.listener.v3.Listener",
        listeners.iter().map(resource).chain(tunnels),
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
        redirected.into_iter().chain(self.inspects.filter()).collect()
    }

    fn filter_chains(
        &self,
        mesh: &Mesh,
        options: &ExportOptions,
        native: Option<&NativeRoutes>,
    ) -> Vec<Value> {
        if let Some(native) = native {
            return self.native_chains(mesh, options, native);
        }
        let manager = [connection::filter(mesh, options, self, &self.name)];
        let opaque = connection::opaque(mesh, options, self);
        let value = |chain: &Chain| match (&chain.cluster, chain.decides) {
            (Some(cluster), _) => self.fixed(mesh, chain, cluster),
            (None, Decides::Requests) => chain.value(&manager),
            (None, Decides::Connections) => chain.value(&opaque),
        };
        self.chains.iter().map(value).collect()
    }

    /// A chain that goes to one cluster.
    fn fixed(&self, mesh: &Mesh, chain: &Chain, cluster: &str) -> Value {
        chain.value(&[match chain.decides {
            Decides::Requests => connection::inbound(mesh, self, cluster),
            Decides::Connections => {
                let settings = json!({"stat_prefix": cluster, "cluster": cluster});
                connection::tcp_proxy(mesh, Routing::Native, settings)
            }
        }])
    }

    /// The chains of a listener that Envoy alone routes: those that read HTTP have routes of their own each.
    fn native_chains(&self, mesh: &Mesh, options: &ExportOptions, native: &NativeRoutes) -> Vec<Value> {
        let chains = native.chains(&self.name).iter();
        let written = chains.filter_map(|routes| {
            let chain = self.chains.get(routes.chain)?;
            let manager = connection::filter(mesh, options, self, &routes.name);
            Some(routes.matching(chain.value(&[manager])))
        });
        let fixed = self.chains.iter().filter_map(|chain| {
            let cluster = chain.cluster.as_ref()?;
            Some(self.fixed(mesh, chain, cluster))
        });
        let opaque = native.opaque(&self.name).iter().cloned();
        written.chain(opaque).chain(fixed).collect()
    }

    /// Adds a chain, unless one is there for the same connections: servers in the clear share theirs, and so do those
    /// that pass TLS on.
    pub(super) fn add(&mut self, chain: Chain) {
        let names = |other: &Chain| other.server_names == chain.server_names;
        if !self.chains.iter().any(names) {
            self.chains.push(chain);
        }
    }

    /// Whose rules decide.
    pub(super) fn client(&self) -> Proxy {
        Proxy {
            egress: self.egress,
            ..self.proxy.proxy.clone()
        }
    }

    /// The address by which the rules tell its connections from others to the port.
    pub(super) fn own_ip(&self) -> Option<IpAddr> {
        self.own_address.as_deref()?.parse().ok()
    }

    /// Whether the filter stands there.
    pub(super) fn has(&self, decides: Decides) -> bool {
        let mut chains = self.chains.iter();
        chains.any(|chain| chain.decides == decides && chain.cluster.is_none())
    }

    fn conflicts_with(&self, other: &Self) -> bool {
        self.name == other.name || self.bound.conflicts_with(&other.bound)
    }

    /// Where it is, for people; `None` where it has no port.
    pub(super) fn address(&self) -> Option<ListenerAddress> {
        let Bound::Socket(socket) = self.bound else {
            return None;
        };
        let ProxyExport { name, proxy } = self.proxy;
        let whose = match proxy.kind {
            ProxyKind::Gateway => format!("gateway {name}"),
            ProxyKind::Sidecar => format!("sidecar {name} of namespace {}", proxy.namespace),
        };
        let port = self.logical_port.map(|port| format!(", port {port}"));
        let description = whose + port.as_deref().unwrap_or_default();
        Some(ListenerAddress {
            name: self.name.clone(),
            description,
            address: socket.ip(),
            port: socket.port(),
            logical_port: self.logical_port,
            tls: self.inspects == Inspects::All,
        })
    }
}
