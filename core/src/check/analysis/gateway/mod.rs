//! Analyzers of Gateways.

pub(super) mod certificate;
pub(super) mod conflicting_gateway;
pub(super) mod ingress_gateway_port;
pub(super) mod secret;

use alloc::format;

use super::workloads::selector_text;
use crate::diagnostic::Diagnostic;
use crate::resources::{Gateway, Object};

/// The finding that nobody plays a Gateway.
fn without_pods(object: &Object<Gateway>) -> Diagnostic {
    let selector = selector_text(&object.spec.selector);
    Diagnostic::error(
        "gateway-without-pods",
        format!("referenced selector not found: {selector:?}"),
    )
    .alias("IST0101")
    .alias("KIA0302")
    .at("spec.selector")
    .help("correct the labels, or add the Deployment of the gateway")
}
