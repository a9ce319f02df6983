//! `backendRefs`: where requests go. Source: Istio `buildHTTPDestination`, `buildDestination`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Draft;
use crate::mesh::registry::kubernetes_hostname;
use crate::report::Field;
use crate::resources::http_route::HTTPBackendRef;
use crate::resources::virtual_service::{Destination, HTTPRouteDestination, PortSelector};

/// The help where a reference leads nowhere.
const HELP: &str = "check its name, namespace and port";

/// A reference that was looked up.
pub(super) struct Backend {
    /// Where it leads. Without host where its kind is unknown: there is no such cluster.
    pub(super) destination: Destination,
    /// Whether there is a service of that name and port.
    pub(super) found: bool,
}

impl Draft<'_> {
    /// Destinations with a weight. `None` when one of them has an error, which is then in the report.
    pub(super) fn destinations(
        &mut self,
        references: &[HTTPBackendRef],
        field: &Field<'_>,
    ) -> Option<Vec<HTTPRouteDestination>> {
        let mut destinations = Vec::new();
        let mut complete = true;
        for (index, reference) in references.iter().enumerate() {
            let weight = reference.weight.unwrap_or(1);
            if weight == 0 {
                continue;
            }
            match self.weighted(reference, weight, &field.index(index)) {
                Some(destination) => destinations.push(destination),
                None => complete = false,
            }
        }
        complete.then_some(destinations)
    }

    fn weighted(
        &mut self,
        reference: &HTTPBackendRef,
        weight: u32,
        field: &Field<'_>,
    ) -> Option<HTTPRouteDestination> {
        let backend = self.backend(reference, field)?;
        if !backend.found {
            let message = format!(
                "backend {:?} not found: its share of requests gets 500",
                reference.name
            );
            self.warn(field, "backend-not-found", message, HELP);
        }
        let headers = self.backend_headers(&reference.filters, &field.name("filters"))?;
        Some(HTTPRouteDestination {
            destination: Some(backend.destination),
            weight: i32::try_from(weight).unwrap_or(i32::MAX),
            headers,
        })
    }

    /// Looks a reference up. `None` when it has an error, which is then in the report.
    pub(super) fn backend(&mut self, reference: &HTTPBackendRef, field: &Field<'_>) -> Option<Backend> {
        let group = reference.group.as_deref().unwrap_or_default();
        let kind = reference.kind.as_deref().unwrap_or("Service");
        let namespace = reference.namespace.as_deref().unwrap_or(self.namespace());
        let host = match (group, kind) {
            // Istio takes an import for the Service, unless multi-cluster hosts are switched on.
            ("", "Service") | ("multicluster.x-k8s.io", "ServiceImport") => {
                if reference.name.contains('.') {
                    let message = "the name of the Service must be used, not the hostname";
                    let help = "write the name, and its namespace in `namespace`";
                    self.error(&field.name("name"), "invalid-backend", message, help);
                    return None;
                }
                kubernetes_hostname(&reference.name, namespace, self.scope.config)
            }
            ("networking.istio.io", "Hostname") => {
                if reference.namespace.is_some() {
                    let message = "namespace may not be set with Hostname type";
                    self.error(&field.name("namespace"), "invalid-backend", message, "remove it");
                    return None;
                }
                reference.name.to_ascii_lowercase()
            }
            _ => {
                return Some(Backend {
                    destination: Destination::default(),
                    found: false,
                });
            }
        };
        let Some(port) = reference.port else {
            self.error(
                field,
                "invalid-backend",
                "port is required in backendRef",
                "name a port",
            );
            return None;
        };
        Some(Backend {
            found: self.is_known(&host, port),
            destination: destination(host, port),
        })
    }

    fn is_known(&self, host: &str, port: u32) -> bool {
        let services = self.scope.registry.by_hostname(self.namespace());
        let port = u16::try_from(port).ok();
        let service = services.get(host);
        service
            .zip(port)
            .is_some_and(|(service, port)| service.port(port).is_some())
    }
}

fn destination(host: String, port: u32) -> Destination {
    Destination {
        host,
        subset: String::new(),
        port: Some(PortSelector { number: port }),
    }
}
