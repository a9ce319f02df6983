//! `parentRefs`: the hosts that a route speaks for. Source: Istio `toInternalParentReference`.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::Draft;
use crate::mesh::registry::kubernetes_hostname;
use crate::report::Field;
use crate::resources::http_route::ParentReference;

const GATEWAY_API: &str = "gateway.networking.k8s.io";
const ISTIO: &str = "networking.istio.io";

/// A host of the mesh that the route is attached to.
pub(super) struct Parent {
    /// Its full name, lower-case.
    pub(super) host: String,
    /// The namespace of its Service.
    pub(super) namespace: String,
    /// Only this port of it.
    pub(super) port: Option<u32>,
}

impl Draft<'_> {
    /// The hosts of all parents that are Services or ServiceEntries; the others are warned of.
    pub(super) fn parents(&mut self) -> Vec<Parent> {
        let spec = &self.object.spec;
        let field = Field::SPEC.name("parentRefs");
        let mut parents = Vec::new();
        for (index, reference) in spec.parent_refs.iter().enumerate() {
            parents.extend(self.parent(reference, &field.index(index)));
        }
        if spec.parent_refs.is_empty() {
            let message = "the route is attached to nothing and has no effect";
            self.warn(
                &Field::SPEC,
                "missing-parent",
                message,
                "name a Service in parentRefs",
            );
        }
        parents
    }

    fn parent(&mut self, reference: &ParentReference, field: &Field<'_>) -> Vec<Parent> {
        let group = reference.group.as_deref().unwrap_or(GATEWAY_API);
        let kind = reference.kind.as_deref().unwrap_or("Gateway");
        let namespace = reference.namespace.as_deref().unwrap_or(self.namespace());
        let hosts = match (group, kind) {
            ("", "Service") => vec![kubernetes_hostname(&reference.name, namespace, self.scope.config)],
            (ISTIO, "ServiceEntry") => self.service_entry_hosts(&reference.name, namespace),
            (GATEWAY_API, "Gateway") => {
                let message = "HTTPRoutes on Gateways are not supported yet and have no effect";
                let help = "attach it to a Service, or write a VirtualService for an Istio Gateway";
                self.warn(field, "unsupported-field", message, help);
                return Vec::new();
            }
            _ => {
                let message = format!("a parent of kind {kind} and group {group:?} has no effect");
                let help = "a Service is `group: \"\"` and `kind: Service`";
                self.warn(field, "unknown-parent", message, help);
                return Vec::new();
            }
        };
        let namespace = String::from(namespace);
        self.check_parent(&hosts, kind, reference, field);
        let parent = |host| Parent {
            host,
            namespace: namespace.clone(),
            port: reference.port,
        };
        hosts.into_iter().map(parent).collect()
    }

    fn service_entry_hosts(&self, name: &str, namespace: &str) -> Vec<String> {
        let entries = &self.scope.bundle.service_entries;
        let found = entries
            .iter()
            .find(|entry| entry.metadata.name == name && entry.metadata.namespace == namespace);
        let hosts = found.into_iter().flat_map(|entry| &entry.spec.hosts);
        hosts.map(|host| host.to_ascii_lowercase()).collect()
    }

    fn check_parent(&mut self, hosts: &[String], kind: &str, reference: &ParentReference, field: &Field<'_>) {
        let services = self.scope.registry.services();
        let known = services.iter().any(|service| hosts.contains(&service.hostname));
        if !known {
            let message = format!(
                "there is no {kind} {:?}, so the rules have no effect for it",
                reference.name
            );
            let help = "check its name and namespace";
            self.warn(&field.name("name"), "parent-not-found", message, help);
        }
    }
}
