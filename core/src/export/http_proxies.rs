//! Outbound listeners of Sidecars that clients use as an HTTP proxy: each request says which port it means.
//! Source: Istio `buildSidecarOutboundListeners`, the routes `http_proxy` and `unix://…`.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::bound::{self, Bound};
use super::chains::{Chain, Inspects};
use super::inbound::is_bound;
use super::listeners::Listener;
use super::{ExportOptions, ProxyExport};
use crate::diagnostic::Diagnostic;
use crate::mesh::{Bind, Protocol, Sidecar, is_http_proxy};
use crate::report::Field;
use crate::resources::sidecar::IstioEgressListener;
use crate::settings::PortSource;

/// Those of a Sidecar that have a socket.
pub(super) fn listeners<'o>(
    options: &'o ExportOptions,
    proxy: &'o ProxyExport,
    sidecar: &Sidecar,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Listener<'o>> {
    let egress = sidecar.spec.egress.iter().enumerate();
    let mut listeners = Vec::new();
    for (index, written) in egress.filter(|(_, written)| is_http_proxy(written)) {
        match unserved(written, options) {
            None => listeners.push(listener(options, proxy, index, written)),
            Some(why) => diagnostics.push(finding(sidecar, index, why)),
        }
    }
    listeners
}

/// Why a proxy is not served: the field, what is wrong, and what helps.
fn unserved(written: &IstioEgressListener, options: &ExportOptions) -> Option<[&'static str; 3]> {
    let protocol = written.port.as_ref().map(|port| Protocol::parse(&port.protocol));
    if protocol.is_some_and(|protocol| !protocol.is_http()) {
        let reason = "only in HTTP do clients say where they want to go";
        return Some([".port.protocol", reason, "give the listener a port of its own"]);
    }
    if !written.bind.is_empty() && Bind::parse(&written.bind).is_none() {
        let reason = "it is neither an IP address nor `unix://` and a path";
        return Some([".bind", reason, "correct it, or leave it out"]);
    }
    let reason = "clients connect to it by themselves, and it has no socket";
    let not_bound = [".captureMode", reason, "`captureMode: NONE` gives it one"];
    (!is_bound(written.capture_mode, options)).then_some(not_bound)
}

fn listener<'o>(
    options: &'o ExportOptions,
    proxy: &'o ProxyExport,
    index: usize,
    written: &IstioEgressListener,
) -> Listener<'o> {
    let number = written.port.as_ref().map_or(0, |port| port.number);
    let port = u16::try_from(number).unwrap_or_default();
    let bind = Bind::parse(&written.bind);
    Listener {
        name: format!("{}-outbound-{port}{}", proxy.name, bound::suffix(bind.as_ref())),
        proxy,
        egress: Some(index),
        bound: Bound::new(options, bind, port),
        own_address: None,
        is_inbound: false,
        port: PortSource::Authority,
        logical_port: None,
        chains: Vec::from([Chain::default()]),
        inspects: Inspects::Nothing,
    }
}

fn finding(sidecar: &Sidecar, index: usize, [field, reason, help]: [&str; 3]) -> Diagnostic {
    let egress = Field::SPEC.name("egress");
    let path = egress.index(index).to_string();
    let message = format!("the HTTP proxy is not served: {reason}");
    let mut finding = Diagnostic::warning("egress-not-served", message)
        .at(format!("{path}{field}"))
        .help(help);
    finding.resource = Some(sidecar.subject.resource.clone());
    finding.document = sidecar.subject.document;
    finding
}
