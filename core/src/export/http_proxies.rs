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
use crate::mesh::{Bind, Sidecar, is_http_proxy};
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
        if is_bound(written.capture_mode, options) {
            listeners.push(listener(options, proxy, index, written));
        } else {
            diagnostics.push(not_bound(sidecar, index));
        }
    }
    listeners
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

fn not_bound(sidecar: &Sidecar, index: usize) -> Diagnostic {
    let egress = Field::SPEC.name("egress");
    let path = egress.index(index).to_string();
    let message = "the HTTP proxy is not served: clients connect to it by themselves, and it has no socket";
    let mut finding = Diagnostic::warning("egress-not-served", message)
        .at(format!("{path}.captureMode"))
        .help("`captureMode: NONE` gives it one");
    finding.resource = Some(sidecar.subject.resource.clone());
    finding.document = sidecar.subject.document;
    finding
}
