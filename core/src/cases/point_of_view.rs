//! The proxy that a test asks, and the port on which a request arrives there.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::model::PointOfView;
use crate::compile::{Proxy, ProxyKind, gateway_ports};
use crate::mesh::{Gateway, Mesh, is_subset};
use crate::sent::SentRequest;

impl PointOfView {
    /// The proxy.
    ///
    /// # Errors
    /// The Gateway that the mesh does not have, with those that it has.
    pub fn proxy(&self, mesh: &Mesh) -> Result<Proxy, String> {
        let proxy = if self.gateway.is_empty() {
            Proxy {
                kind: self.kind,
                labels: self.labels.clone(),
                ..Proxy::sidecar(self.namespace())
            }
        } else {
            self.of_gateway(mesh)?
        };
        Ok(Proxy {
            repeated_headers: self.repeated_headers,
            ..proxy
        })
    }

    /// The namespace that short names are in.
    pub fn namespace(&self) -> &str {
        let of_gateway = self.gateway.split_once('/').map(|(namespace, _)| namespace);
        let said = Some(self.namespace.as_str()).filter(|namespace| !namespace.is_empty());
        said.or(of_gateway).unwrap_or("default")
    }

    /// The workload behind a Gateway: where a Service selects it, it runs there, else beside the Gateway.
    fn of_gateway(&self, mesh: &Mesh) -> Result<Proxy, String> {
        let is_it = |gateway: &&Gateway| {
            let resource = &gateway.subject.resource;
            key(gateway) == self.gateway
                || (!self.gateway.contains('/')
                    && resource.name == self.gateway
                    && resource.namespace == self.namespace())
        };
        let Some(gateway) = mesh.gateways.iter().find(is_it) else {
            let known: Vec<String> = mesh.gateways.iter().map(key).collect();
            let known = if known.is_empty() {
                "none".to_string()
            } else {
                known.join(", ")
            };
            return Err(format!(
                "the resources have no Gateway `{}` (they have: {known})",
                self.gateway
            ));
        };
        let labels = &gateway.spec.selector;
        let in_front = mesh.registry.services().iter().find(|service| {
            !labels.is_empty() && !service.selector.is_empty() && is_subset(labels, &service.selector)
        });
        let namespace = in_front.map_or(&gateway.subject.resource.namespace, |service| &service.namespace);
        Ok(Proxy::gateway(namespace.clone(), labels.clone()))
    }
}

fn key(gateway: &Gateway) -> String {
    let resource = &gateway.subject.resource;
    format!("{}/{}", resource.namespace, resource.name)
}

/// The port on which a request arrives at a proxy: one that names none arrives on the port that the gateway has.
pub fn arrival_port(request: &SentRequest, mesh: &Mesh, proxy: &Proxy) -> u16 {
    let asked = request.port();
    if proxy.kind == ProxyKind::Sidecar {
        return asked;
    }
    let ports = gateway_ports(mesh, proxy);
    let known = ports
        .iter()
        .find(|port| port.number == asked || port.listen == asked);
    match (known, ports.first()) {
        (Some(port), _) => port.listen,
        (None, Some(first)) if !request.names_port() => first.listen,
        _ => asked,
    }
}
