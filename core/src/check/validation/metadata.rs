//! What holds for resources of every kind. Source: Istio `validateMetadata`.

use alloc::format;

use super::findings::Findings;
use crate::report::Field;
use crate::resources::ObjectMeta;

const CODE: &str = "invalid-annotation";
/// For AuthorizationPolicies only.
const DRY_RUN: &str = "istio.io/dry-run";
const ALWAYS_REJECT: &str = "internal.istio.io/webhook-always-reject";
/// What Istio writes into what it converts, and believes.
const INTERNAL: [&str; 2] = ["internal.istio.io/parent-namespace", "internal.istio.io/parents"];
const GATEWAY_SEMANTICS: &str = "internal.istio.io/gateway-semantics";
const ROUTE_SEMANTICS: &str = "internal.istio.io/route-semantics";

/// The annotations; says whether Istio looks at anything else.
pub(super) fn check(meta: &ObjectMeta, findings: &mut Findings) -> bool {
    let field = Field::METADATA.name("annotations");
    let help = "remove the annotation";
    if meta.annotations.contains_key(DRY_RUN) {
        let (namespace, name) = (&meta.namespace, &meta.name);
        let message =
            format!("{namespace}/{name} has unsupported annotation {DRY_RUN}, please remove the annotation");
        findings.error(&field.key(DRY_RUN), CODE, message, help);
        return false;
    }
    if meta.annotations.contains_key(ALWAYS_REJECT) {
        let message = format!("{ALWAYS_REJECT:?} annotation found, rejecting");
        findings.error(&field.key(ALWAYS_REJECT), CODE, message, help);
        return false;
    }
    let reserved = INTERNAL.iter().find(|name| meta.annotations.contains_key(**name));
    if let Some(name) = reserved {
        let message = format!("{name:?} annotation found, this may not be set by users");
        findings.error(&field.key(name), CODE, message, help);
    }
    reserved.is_none()
}

/// Whether a Gateway was made from one of the Gateway API.
pub(super) fn is_converted_gateway(meta: &ObjectMeta) -> bool {
    meta.annotations
        .get(GATEWAY_SEMANTICS)
        .is_some_and(|value| value == "gateway")
}

/// Whether a VirtualService was made from a route of the Gateway API.
pub(super) fn is_converted_route(meta: &ObjectMeta) -> bool {
    meta.annotations
        .get(ROUTE_SEMANTICS)
        .is_some_and(|value| value == "gateway")
}
