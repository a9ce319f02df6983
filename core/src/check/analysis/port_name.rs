//! `service.PortNameAnalyzer`: the name of a port says its protocol.

use alloc::format;
use alloc::string::{String, ToString};

use super::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::mesh::Protocol;
use crate::report::Field;
use crate::resources::kubernetes::ServicePort;
use crate::resources::scalar::IntOrString;
use crate::resources::{Object, Service};

/// Namespaces of Kubernetes itself. Source: Istio `inject.IgnoredNamespaces`.
const SYSTEM: [&str; 4] = [
    "kube-system",
    "kube-public",
    "kube-node-lease",
    "local-path-storage",
];

/// The label by which Istio marks Services that it makes, and whose.
const MANAGED: &str = "gateway.istio.io/managed";
const MANAGERS: [&str; 3] = [
    "istio.io-gateway-controller",
    "istio.io-mesh-controller",
    "istio.io-eastwest-controller",
];

pub(super) fn run(input: &Input<'_>, findings: &mut Findings) {
    for object in input.bundle.services.iter().filter(|object| is_own(object)) {
        for (index, port) in object.spec.ports.iter().enumerate() {
            let external = object.spec.service_type == "ExternalName";
            if is_sniffed(port) || external && port.name == "tcp" {
                let path = Field::SPEC.name("ports").index(index).name("name").to_string();
                let finding = if external { invalid_name() } else { unnamed(port) };
                findings.add(object, finding.at(path));
            }
        }
    }
}

/// Whether people have written it, and not Kubernetes or Istio.
fn is_own(object: &Object<Service>) -> bool {
    let labels = &object.metadata.labels;
    let is = |name: &str, values: &[&str]| {
        let value = labels.get(name);
        value.is_some_and(|value| values.contains(&value.as_str()))
    };
    !SYSTEM.contains(&object.metadata.namespace.as_str())
        && !labels.contains_key("istio")
        && !is("release", &["istio"])
        && !is(MANAGED, &MANAGERS)
}

fn is_sniffed(port: &ServicePort) -> bool {
    let number = u16::try_from(port.port).unwrap_or_default();
    let app_protocol = port.app_protocol.as_deref();
    Protocol::of_kubernetes_port(&port.protocol, app_protocol, &port.name, number) == Protocol::Sniffed
}

fn invalid_name() -> Diagnostic {
    let message = "port name for ExternalName service is invalid: the proxy may keep traffic of other TCP ports from \
                   being forwarded";
    Diagnostic::warning("external-name-port", message)
        .alias("IST0150")
        .help("begin it with the protocol of the application: `http-…`, `https-…`, `tls-…`, `tcp-…`")
}

fn unnamed(port: &ServicePort) -> Diagnostic {
    let target = match &port.target_port {
        Some(IntOrString::Int(number)) => number.to_string(),
        Some(IntOrString::String(name)) => name.clone(),
        None => String::from("0"),
    };
    let message = format!(
        "port name {} (port: {}, targetPort: {target}) doesn't follow the naming convention of Istio port",
        port.name, port.port
    );
    Diagnostic::new(crate::diagnostic::Severity::Info, "port-name", message)
        .alias("IST0118")
        .alias("KIA0601")
        .help("begin it with the protocol, as `http-…`, or write `appProtocol`; until then Istio looks at the traffic")
}
