//! Which proxies an object is for, and what it is called.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use crate::compile::{Proxy, ProxyKind};
use crate::diagnostic::Diagnostic;
use crate::export::ProxyExport;
use crate::mesh::{Labels, Mesh, is_subset};
use crate::wire::FILTER_NAME;

/// The label of workloads that Istio runs for a Gateway of the Gateway API.
const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";

/// The proxies that an object is for.
pub(super) enum Target<'p> {
    /// All of its namespace.
    Namespace,
    /// Those with these labels.
    Labels(&'p Labels),
    /// Those of a Gateway of the Gateway API.
    Gateway(&'p str),
}

impl<'p> Target<'p> {
    /// A proxy is known by its labels.
    pub(super) fn of(proxy: &'p Proxy) -> Self {
        match proxy.labels.get(GATEWAY_NAME) {
            Some(gateway) => Self::Gateway(gateway),
            None if proxy.labels.is_empty() => Self::Namespace,
            None => Self::Labels(&proxy.labels),
        }
    }

    /// Fields of a `spec`; labels stand in `selector` under `labels`.
    pub(super) fn fields(&self, selector: &str, labels: &str) -> Map<String, Value> {
        let mut fields = Map::new();
        match self {
            Self::Namespace => {}
            Self::Labels(own) => drop(fields.insert(selector.to_owned(), json!({ labels: own }))),
            Self::Gateway(name) => {
                let gateway = json!({"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": name});
                fields.insert("targetRefs".to_owned(), json!([gateway]));
            }
        }
        fields
    }
}

/// Says that nobody knows the ports of a gateway's container: the filter leaves requests alone that arrive on others.
pub(super) fn unknown_ports(mesh: &Mesh, proxy: &ProxyExport) -> Option<Diagnostic> {
    let Proxy {
        kind,
        namespace,
        labels,
        ..
    } = &proxy.proxy;
    let mut services = mesh.registry.services().iter();
    let in_front = services.any(|service| {
        service.namespace == *namespace
            && !service.selector.is_empty()
            && is_subset(&service.selector, labels)
    });
    let finding = || {
        let name = &proxy.name;
        let message = format!(
            "no Service leads to gateway `{name}`: its container is taken to listen on the Gateway's ports"
        );
        Diagnostic::warning("gateway-without-service", message)
            .help("add the Service in front of it, whose target ports count; requests on other ports are left to Istio")
    };
    (*kind == ProxyKind::Gateway && !in_front).then(finding)
}

/// The `context` of patches.
pub(super) fn context(proxy: &Proxy) -> &'static str {
    match proxy.kind {
        ProxyKind::Sidecar => "SIDECAR_OUTBOUND",
        ProxyKind::Gateway => "GATEWAY",
    }
}

/// A name for the objects of each proxy. No two in one namespace have the same.
pub(super) fn names(proxies: &[ProxyExport]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let name = |proxy: &ProxyExport| {
        let namespace = proxy.proxy.namespace.as_str();
        let first = format!("{FILTER_NAME}-{}", dns_name(&proxy.name));
        let others = (2..).map(|number: u32| format!("{first}-{number}"));
        let mut free = core::iter::once(first.clone())
            .chain(others)
            .filter(|name| !taken.contains(&(namespace.to_owned(), name.clone())));
        let chosen = free.next().unwrap_or_default();
        taken.insert((namespace.to_owned(), chosen.clone()));
        chosen
    };
    proxies.iter().map(name).collect()
}

/// A name that Kubernetes takes: lower-case letters, digits, `-` and `.`.
fn dns_name(name: &str) -> String {
    let letter = |letter: char| match letter.to_ascii_lowercase() {
        letter @ ('a'..='z' | '0'..='9' | '.' | '-') => letter,
        _ => '-',
    };
    let name: String = name.chars().map(letter).collect();
    name.trim_matches(['.', '-']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_fine_for_kubernetes_and_different() {
        let of = |name: &str, namespace: &str| ProxyExport {
            name: name.into(),
            proxy: Proxy::sidecar(namespace),
        };
        let proxies = [
            of("Web_1.shop", "shop"),
            of("web-1.shop", "shop"),
            of("web-1.shop", "b"),
        ];
        assert_eq!(
            names(&proxies),
            [
                "mainsheet-web-1.shop",
                "mainsheet-web-1.shop-2",
                "mainsheet-web-1.shop"
            ]
        );
    }
}
