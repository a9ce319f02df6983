//! Which kinds there are, and what becomes of the others.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

use super::similar::nearest;
use crate::diagnostic::{Diagnostic, Severity};

/// A kind that goes into the bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    VirtualService,
    DestinationRule,
    Gateway,
    ServiceEntry,
    WorkloadEntry,
    Sidecar,
    HTTPRoute,
    Service,
    Pod,
    Endpoints,
    Namespace,
    Secret,
    Deployment,
    EndpointSlice,
    /// A list of objects, as `kubectl get -o yaml` writes it.
    List,
}

const NETWORKING: &str = "networking.istio.io";
const NETWORKING_KINDS: &[(&str, Kind)] = &[
    ("VirtualService", Kind::VirtualService),
    ("DestinationRule", Kind::DestinationRule),
    ("Gateway", Kind::Gateway),
    ("ServiceEntry", Kind::ServiceEntry),
    ("WorkloadEntry", Kind::WorkloadEntry),
    ("Sidecar", Kind::Sidecar),
];
const GATEWAY_API: &str = "gateway.networking.k8s.io";
const GATEWAY_API_KINDS: &[(&str, Kind)] = &[("HTTPRoute", Kind::HTTPRoute)];
const CORE_KINDS: &[(&str, Kind)] = &[
    ("Service", Kind::Service),
    ("Pod", Kind::Pod),
    ("Endpoints", Kind::Endpoints),
    ("Namespace", Kind::Namespace),
    ("Secret", Kind::Secret),
];
/// Kinds of Istio that say nothing about routes.
const NOT_ROUTING: &[(&str, &str)] = &[
    (NETWORKING, "EnvoyFilter"),
    (NETWORKING, "ProxyConfig"),
    (NETWORKING, "WorkloadGroup"),
    ("extensions.istio.io", "WasmPlugin"),
    ("extensions.istio.io", "TrafficExtension"),
];

/// Finds the kind, or says why the object is passed over.
pub(crate) fn classify(api_version: &str, kind: &str) -> Result<Kind, Box<Diagnostic>> {
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    if kind.ends_with("List") && (kind == "List" || known(group, kind.trim_end_matches("List")).is_some()) {
        return Ok(Kind::List);
    }
    match known(group, kind) {
        Some((found, versions)) if versions.contains(&version) => Ok(found),
        Some((_, versions)) => Err(Box::new(unknown_version(group, version, kind, versions))),
        None => Err(Box::new(passed_over(group, api_version, kind))),
    }
}

/// A kind of that group, and the versions it is served in.
fn known(group: &str, kind: &str) -> Option<(Kind, &'static [&'static str])> {
    let among = |kinds: &[(&str, Kind)]| {
        kinds
            .iter()
            .find(|(name, _)| *name == kind)
            .map(|(_, kind)| *kind)
    };
    match (group, kind) {
        (NETWORKING, _) => Some((among(NETWORKING_KINDS)?, &["v1", "v1beta1", "v1alpha3"])),
        (GATEWAY_API, _) => Some((among(GATEWAY_API_KINDS)?, &["v1", "v1beta1"])),
        ("", _) => Some((among(CORE_KINDS)?, &["v1"])),
        ("apps", "Deployment") => Some((Kind::Deployment, &["v1", "v1beta1", "v1beta2"])),
        ("extensions", "Deployment") => Some((Kind::Deployment, &["v1beta1"])),
        ("discovery.k8s.io", "EndpointSlice") => Some((Kind::EndpointSlice, &["v1", "v1beta1"])),
        _ => None,
    }
}

fn unknown_version(group: &str, version: &str, kind: &str, versions: &[&str]) -> Diagnostic {
    let slash = if group.is_empty() { "" } else { "/" };
    let newest = versions.first().copied().unwrap_or_default();
    Diagnostic::error(
        "unknown-api-version",
        format!("{kind} has no version `{version}`"),
    )
    .help(format!("write `apiVersion: {group}{slash}{newest}`"))
}

fn passed_over(group: &str, api_version: &str, kind: &str) -> Diagnostic {
    let what = format!("{kind} ({api_version})");
    if NOT_ROUTING.contains(&(group, kind)) || matches!(group, "security.istio.io" | "telemetry.istio.io") {
        let message = format!("{what} is not a routing resource: passed over");
        return Diagnostic::new(Severity::Info, "not-routing", message);
    }
    let of_istio = NETWORKING_KINDS
        .iter()
        .any(|(name, _)| *name == kind && kind != "Gateway");
    if !of_istio && (group == "gateway.networking.k8s.io" || group == "gateway.networking.x-k8s.io") {
        let message = format!(
            "{what} is a kind of the Gateway API, of which only HTTPRoute is supported yet: passed over"
        );
        let finding = Diagnostic::warning("unknown-kind", message);
        return match kind {
            "Gateway" => finding.help("Istio's own Gateway is `apiVersion: networking.istio.io/v1`"),
            // TCPRoute and others are too near for more than this.
            _ => match GATEWAY_API_KINDS
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(kind))
            {
                Some((name, _)) => Diagnostic {
                    severity: Severity::Error,
                    ..finding.help(format!("did you mean `{name}`?"))
                },
                None => finding,
            },
        };
    }
    let message = format!("{what} is not a kind that routing uses: passed over");
    match meant(group, kind) {
        // A slip in the name must not make rules disappear.
        Some(help) => Diagnostic::error("unknown-kind", format!("there is no kind {what}")).help(help),
        None => Diagnostic::new(Severity::Info, "unknown-kind", message),
    }
}

/// What was probably meant, where the group or the kind is misspelt.
fn meant(group: &str, kind: &str) -> Option<String> {
    if let Some((_, name)) = NOT_ROUTING.iter().find(|(_, name)| *name == kind) {
        return Some(format!("`{name}` is a kind of another group"));
    }
    let istio = NETWORKING_KINDS.iter().map(|(name, _)| *name);
    if group == NETWORKING {
        return nearest(kind, istio).map(|name| format!("did you mean `{name}`?"));
    }
    let exact = istio.clone().find(|name| *name == kind);
    let misspelt_group = nearest(group, [NETWORKING]).is_some();
    if exact.is_some() || misspelt_group {
        return Some(format!("write `apiVersion: {NETWORKING}/v1`"));
    }
    let core = CORE_KINDS.iter().map(|(name, _)| *name);
    let in_core = group.is_empty().then(|| nearest(kind, core)).flatten();
    in_core
        .filter(|name| *name != kind)
        .map(|name| format!("did you mean `{name}`?"))
}
