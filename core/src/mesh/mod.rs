//! What the whole mesh says: names resolved, defaults filled, the registry joined. One mesh serves any
//! number of proxies.

mod bind;
pub mod delegates;
mod destination_rules;
mod endpoints;
mod gateway_api;
mod locality;
pub mod names;
mod registry;
mod semantics;
mod service;
mod sidecar;
mod traffic_policy;
mod virtual_service;
mod visibility;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

pub use bind::Bind;
pub use destination_rules::{Client, SelectedRules};
#[cfg(feature = "export")]
pub(crate) use endpoints::SERVICE_LABEL;
pub use locality::{Locality, add_topology};
pub use registry::Registry;
pub(crate) use registry::kubernetes_domain;
pub use semantics::Semantics;
pub use service::{Alias, Endpoint, Protocol, Resolution, Service, ServicePort, TargetPort, is_subset};
pub use sidecar::{EgressListener, ScopedService, Sidecar, SidecarScope, is_http_proxy};
pub use virtual_service::{Rule, VirtualService};
pub use visibility::ExportTo;

use crate::report::{Field, Report, Subject};
pub use crate::resources::Labels;
use crate::resources::{self, Bundle, MeshConfig, Object, Resource, Timestamp};

/// The resolved mesh.
#[derive(Clone, Debug)]
pub struct Mesh {
    /// Mesh-wide settings.
    pub config: MeshConfig,
    /// All services.
    pub registry: Registry,
    /// Oldest first.
    pub virtual_services: Vec<VirtualService>,
    /// Oldest first, `host` resolved.
    pub destination_rules: Vec<DestinationRule>,
    /// Oldest first.
    pub gateways: Vec<Gateway>,
    /// Oldest first.
    pub sidecars: Vec<Sidecar>,
}

/// A DestinationRule with its host resolved.
#[derive(Clone, Debug)]
pub struct DestinationRule {
    /// Its name and place.
    pub subject: Subject,
    /// Full host name, lower-case; may be a wildcard.
    pub host: String,
    /// Who sees it.
    pub export_to: ExportTo,
    /// As written.
    pub spec: resources::DestinationRule,
}

/// A Gateway.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Its name and place.
    pub subject: Subject,
    /// Full names of the Services whose proxies serve it; empty where it selects them by labels.
    pub services: Vec<String>,
    /// As written.
    pub spec: resources::Gateway,
}

/// The annotation by which a Gateway names the Services whose proxies serve it.
const GATEWAY_SERVICE: &str = "internal.istio.io/gateway-service";

impl From<&Object<resources::Gateway>> for Gateway {
    fn from(object: &Object<resources::Gateway>) -> Self {
        let named = object.metadata.annotations.get(GATEWAY_SERVICE);
        let services = named.map(|list| list.split(',').map(|name| name.trim().into()).collect());
        Self {
            subject: subject(object),
            services: services.unwrap_or_default(),
            spec: object.spec.clone(),
        }
    }
}

impl Gateway {
    /// `namespace/name`, as VirtualServices refer to it.
    pub fn key(&self) -> String {
        alloc::format!(
            "{}/{}",
            self.subject.resource.namespace,
            self.subject.resource.name
        )
    }
}

impl Mesh {
    /// Resolves a bundle. Findings go to `report`; what they are about is left out of the mesh.
    pub fn new(bundle: &Bundle, config: &MeshConfig, report: &mut Report) -> Self {
        warn_of_duplicates(&bundle.virtual_services, report);
        warn_of_duplicates(&bundle.destination_rules, report);
        warn_of_duplicates(&bundle.gateways, report);
        warn_of_duplicates(&bundle.service_entries, report);
        warn_of_duplicates(&bundle.services, report);
        warn_of_duplicates(&bundle.http_routes, report);
        let registry = Registry::new(bundle, config, report);
        let mut virtual_services = virtual_services(bundle, config, report);
        gateway_api::add(&mut virtual_services, bundle, config, &registry, report);
        Self {
            registry,
            virtual_services,
            destination_rules: by_age(&bundle.destination_rules)
                .into_iter()
                .map(|object| DestinationRule::new(object, config))
                .collect(),
            gateways: by_age(&bundle.gateways).into_iter().map(Gateway::from).collect(),
            sidecars: by_age(&bundle.sidecars).into_iter().map(Sidecar::from).collect(),
            config: config.clone(),
        }
    }
}

fn virtual_services(bundle: &Bundle, config: &MeshConfig, report: &mut Report) -> Vec<VirtualService> {
    let sorted = by_age(&bundle.virtual_services).into_iter();
    let all = sorted.map(|object| VirtualService::new(object, config)).collect();
    delegates::resolve(all, report)
}

impl DestinationRule {
    fn new(object: &Object<resources::DestinationRule>, config: &MeshConfig) -> Self {
        let namespace = &object.metadata.namespace;
        let host = names::resolve_host(&object.spec.host, namespace, &config.domain);
        Self {
            subject: subject(object),
            host: host.to_ascii_lowercase(),
            export_to: ExportTo::new(
                &object.spec.export_to,
                &config.default_destination_rule_export_to,
                namespace,
            ),
            spec: object.spec.clone(),
        }
    }
}

/// In a cluster the last one applied would have taken the place of the others.
fn warn_of_duplicates<T: Resource>(objects: &[Object<T>], report: &mut Report) {
    let mut known = BTreeMap::new();
    for object in objects {
        let meta = &object.metadata;
        let Some(first) = known.insert((&meta.namespace, &meta.name), object.document) else {
            continue;
        };
        let message = "another resource of this kind has the same namespace and name: in a cluster the one that is \
                       applied last takes its place";
        let help = "give it a name of its own, or keep one of them";
        let field = Field::METADATA.name("name");
        report.warn(&subject(object), &field, "duplicate-resource", message, help);
        report.see(first, &field, "the other one");
    }
}

fn subject<T: Resource>(object: &Object<T>) -> Subject {
    Subject {
        resource: object.reference(),
        document: object.document,
    }
}

/// Oldest first, then by name, then by namespace; those without a time stamp count as created together,
/// after all others. The order in the files never matters. Source: Istio `configCompareByCreationTime`.
fn by_age<T>(objects: &[Object<T>]) -> Vec<&Object<T>> {
    let mut sorted: Vec<&Object<T>> = objects.iter().collect();
    sorted.sort_by_key(|object| {
        let meta = &object.metadata;
        age(meta.creation_timestamp, &meta.name, &meta.namespace)
    });
    sorted
}

/// What resources are sorted by.
fn age<'m>(stamp: Option<Timestamp>, name: &'m str, namespace: &'m str) -> impl Ord + use<'m> {
    (stamp.is_none(), stamp, name, namespace)
}
