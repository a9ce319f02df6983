//! What sidecars take for their own workloads: `ingress` of Sidecars. No rule has a say there.
//! Source: Istio `buildInboundListeners`, `buildInboundClustersFromSidecar`.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::bound::{self, Bound};
use super::chains::{Chain, Inspects};
use super::listeners::Listener;
use super::tls::Certificates;
use super::{ExportOptions, ProxyExport};
use crate::compile::{ProxyKind, inbound_name};
use crate::diagnostic::Diagnostic;
use crate::mesh::{Bind, Mesh, Protocol, Sidecar};
use crate::report::Field;
use crate::resources::gateway::{ServerTLSMode, ServerTLSSettings};
use crate::resources::sidecar::{CaptureMode, IstioIngressListener};
use crate::settings::{Decides, PortSource};

/// What is agreed on with clients in TLS. Source: Istio `util.ALPNHttp`.
const HTTP: [&str; 2] = ["h2", "http/1.1"];

/// An inbound listener that is served.
pub(super) struct Inbound<'m> {
    /// The Sidecar.
    pub(super) sidecar: &'m Sidecar,
    /// What it says.
    pub(super) written: &'m IstioIngressListener,
    /// Its index in `spec.ingress`.
    pub(super) index: usize,
    /// Its port.
    pub(super) port: u16,
    /// What the workload speaks.
    pub(super) protocol: Protocol,
    /// Where it is.
    bind: Option<Bind>,
    bound: Bound,
    /// Where the workload listens.
    pub(super) endpoint: Bound,
}

/// Why a listener is not served.
pub(super) struct Unserved {
    field: &'static str,
    reason: String,
    help: &'static str,
}

/// The inbound listeners of a proxy, and why others are not served.
pub(super) fn of_proxy<'m>(
    mesh: &'m Mesh,
    options: &ExportOptions,
    proxy: &ProxyExport,
) -> (Vec<Inbound<'m>>, Vec<Diagnostic>) {
    let (mut served, mut findings) = (Vec::new(), Vec::new());
    if proxy.proxy.kind != ProxyKind::Sidecar {
        return (served, findings);
    }
    let Some(sidecar) = mesh.sidecar_scope(proxy.proxy.client()).sidecar else {
        return (served, findings);
    };
    for (index, written) in sidecar.spec.ingress.iter().enumerate() {
        match Inbound::new(sidecar, index, written, options, proxy) {
            Ok(inbound) => served.push(inbound),
            Err(unserved) => findings.push(unserved.finding(sidecar, index)),
        }
    }
    (served, findings)
}

impl<'m> Inbound<'m> {
    fn new(
        sidecar: &'m Sidecar,
        index: usize,
        written: &'m IstioIngressListener,
        options: &ExportOptions,
        proxy: &ProxyExport,
    ) -> Result<Self, Unserved> {
        let port = written.port.as_ref();
        let number = port.and_then(|port| u16::try_from(port.number).ok());
        let (Some(port), Some(number)) = (port, number) else {
            return Err(Unserved::new(".port", "it has no port", "give it a number"));
        };
        if !is_bound(written.capture_mode, options) {
            let reason = "connections to its port would have to be redirected, which this configuration does not count on";
            let help =
                "`captureMode: NONE` gives it a socket of its own, to which clients connect by themselves";
            return Err(Unserved::new(".captureMode", reason, help));
        }
        let bind = Bind::parse(&written.bind);
        if bind.is_none() && !written.bind.is_empty() {
            let reason = "it is neither an IP address nor `unix://` and a path";
            return Err(Unserved::new(".bind", reason, "correct it, or leave it out"));
        }
        let inbound = Self {
            sidecar,
            written,
            index,
            port: number,
            protocol: spoken(&port.protocol, ended(written)),
            bound: Bound::new(options, bind.clone(), number),
            bind,
            endpoint: endpoint(&written.default_endpoint, &proxy.proxy.ips)?,
        };
        if is_circle(&inbound.bound, &inbound.endpoint) {
            let reason = "it would forward to itself";
            let help = "let the workload listen on another port, or the sidecar at another address";
            return Err(Unserved::new(".defaultEndpoint", reason, help));
        }
        Ok(inbound)
    }

    /// The listener.
    ///
    /// # Errors
    /// When there is no certificate for its TLS.
    pub(super) fn listener<'o>(
        &self,
        proxy: &'o ProxyExport,
        certificates: &mut Certificates<'_>,
    ) -> Result<Listener<'o>, Unserved> {
        let is_http = self.protocol.is_http();
        let protocols: &[&str] = if is_http { &HTTP } else { &[] };
        let socket = ended(self.written).map(|tls| certificates.transport_socket(tls, protocols));
        let socket = socket.transpose().map_err(|unusable| {
            let help = "a certificate comes from a Secret in the namespace of the proxy, or from files";
            Unserved::new(".tls", unusable.reason, help)
        })?;
        let is_encrypted = socket.is_some();
        let chain = Chain {
            transport_socket: socket,
            decides: if is_http {
                Decides::Requests
            } else {
                Decides::Connections
            },
            cluster: Some(inbound_name(self.port)),
            ..Chain::default()
        };
        let suffix = bound::suffix(self.bind.as_ref());
        Ok(Listener {
            name: format!("{}-inbound-{}{suffix}", proxy.name, self.port),
            proxy,
            egress: None,
            bound: self.bound.clone(),
            own_address: None,
            is_inbound: true,
            port: PortSource::Fixed(self.port),
            logical_port: Some(self.port),
            chains: Vec::from([chain]),
            inspects: if is_encrypted {
                Inspects::All
            } else {
                Inspects::Nothing
            },
        })
    }
}

/// Whether clients connect to a port of the listener itself. Source: Istio `getBindToPort`.
pub(super) fn is_bound(mode: CaptureMode, options: &ExportOptions) -> bool {
    match mode {
        CaptureMode::None => true,
        CaptureMode::Default => !options.redirected,
        CaptureMode::Iptables => false,
    }
}

/// The settings of TLS that ends here.
fn ended(written: &IstioIngressListener) -> Option<&ServerTLSSettings> {
    let protocol = &written.port.as_ref()?.protocol;
    let encrypted = matches!(Protocol::parse(protocol), Protocol::Https | Protocol::Tls);
    let passed_on = [ServerTLSMode::Passthrough, ServerTLSMode::AutoPassthrough];
    let tls = written.tls.as_ref().filter(|_| encrypted);
    tls.filter(|tls| !passed_on.contains(&tls.mode))
}

/// Source: Istio `AfterTLSTermination`.
fn spoken(protocol: &str, ended: Option<&ServerTLSSettings>) -> Protocol {
    match (Protocol::parse(protocol), ended) {
        (Protocol::Https, Some(_)) => Protocol::Http,
        (protocol, _) => protocol,
    }
}

/// The workload's own place: at the loopback address, at an address of the proxy, or at a socket.
fn endpoint(written: &str, ips: &[String]) -> Result<Bound, Unserved> {
    if written.is_empty() {
        let reason =
            "nothing says where the workload listens, and the client has connected to the listener itself";
        return Err(Unserved::new("", reason, "give it a `defaultEndpoint`"));
    }
    if let Some(Bind::Pipe(path)) = Bind::parse(written) {
        return Ok(Bound::Pipe(path));
    }
    let own = |is_kind: fn(&IpAddr) -> bool, loopback: IpAddr| {
        let mut own = ips.iter().filter_map(|ip| ip.parse().ok());
        own.find(is_kind).unwrap_or(loopback)
    };
    let v4 = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let v6 = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let ip = match written.parse::<SocketAddr>() {
        Ok(address) if address.ip() == v4 || address.ip() == v6 => address,
        Ok(SocketAddr::V4(any)) if any.ip().is_unspecified() => {
            SocketAddr::new(own(IpAddr::is_ipv4, v4), any.port())
        }
        Ok(SocketAddr::V6(any)) if any.ip().is_unspecified() => {
            SocketAddr::new(own(IpAddr::is_ipv6, v6), any.port())
        }
        _ => {
            let reason = format!("`{written}` is not a place of the workload");
            let help =
                "write `127.0.0.1:`, `[::1]:`, `0.0.0.0:` or `[::]:` and a port, or `unix://` and a path";
            return Err(Unserved::new(".defaultEndpoint", reason, help));
        }
    };
    Ok(Bound::Socket(ip))
}

/// Whether a listener would take what it sends.
fn is_circle(bound: &Bound, endpoint: &Bound) -> bool {
    match (bound, endpoint) {
        (Bound::Socket(bound), Bound::Socket(endpoint)) => {
            bound.port() == endpoint.port() && (bound.ip() == endpoint.ip() || bound.ip().is_unspecified())
        }
        _ => bound == endpoint,
    }
}

impl Unserved {
    fn new(field: &'static str, reason: impl Into<String>, help: &'static str) -> Self {
        Self {
            field,
            reason: reason.into(),
            help,
        }
    }

    pub(super) fn finding(self, sidecar: &Sidecar, index: usize) -> Diagnostic {
        let ingress = Field::SPEC.name("ingress");
        let path = ingress.index(index).to_string();
        let message = format!("the inbound listener is not served: {}", self.reason);
        let mut finding = Diagnostic::warning("ingress-not-served", message)
            .at(format!("{path}{}", self.field))
            .help(self.help);
        finding.resource = Some(sidecar.subject.resource.clone());
        finding.document = sidecar.subject.document;
        finding
    }
}
