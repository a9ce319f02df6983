//! Workloads that the input does not run: which echo upstreams stand in for them.
//!
//! An endpoint without address is one that is known by its Deployment. A service without any endpoint gets one for
//! each set of labels that DestinationRules tell apart, so that its subsets can be told apart in answers.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use mainsheet_core::export::EndpointKey;
use mainsheet_core::mesh::names;
use mainsheet_core::mesh::{Labels, Mesh, Resolution, Service};
use mainsheet_core::resources::Bundle;
use mainsheet_tests::upstream::Workload;

use super::registration::Registration;

/// A workload that has no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standin {
    /// Full name of the service.
    host: String,
    /// What it says about itself.
    pub(super) workload: Workload,
    /// Whether the mesh knows nothing of it yet.
    unknown: bool,
}

/// Names a stand-in among all of them.
pub(super) type StandinKey = (String, String);

impl Standin {
    /// Names it among all of them.
    pub(super) fn key(&self) -> StandinKey {
        (self.host.clone(), self.workload.name.clone())
    }
}

/// Everything that has to stand in for something.
pub(super) fn needed(mesh: &Mesh) -> Vec<Standin> {
    let mut standins = Vec::new();
    for service in mesh.registry.services() {
        if service.endpoints.is_empty() {
            standins.extend(of_empty_service(mesh, service));
        } else {
            standins.extend(of_endpoints(service));
        }
    }
    standins
}

fn of_endpoints(service: &Service) -> impl Iterator<Item = Standin> {
    let nameless = service
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.address.is_none());
    nameless.map(|endpoint| standin(service, &endpoint.workload, endpoint.labels.clone(), false))
}

fn of_empty_service(mesh: &Mesh, service: &Service) -> Vec<Standin> {
    if service.resolution != Resolution::Endpoints || names::is_wildcard(&service.hostname) {
        return Vec::new();
    }
    let mut label_sets: BTreeSet<&Labels> = BTreeSet::new();
    let rules = mesh
        .destination_rules
        .iter()
        .filter(|rule| rule.host == service.hostname);
    label_sets.extend(rules.flat_map(|rule| rule.spec.subsets.iter().map(|subset| &subset.labels)));
    let none = Labels::new();
    if label_sets.is_empty() {
        label_sets.insert(&none);
    }
    label_sets
        .into_iter()
        .map(|labels| standin(service, &name(service, labels), all_labels(service, labels), true))
        .collect()
}

fn standin(service: &Service, name: &str, labels: Labels, unknown: bool) -> Standin {
    let workload = Workload {
        name: name.to_owned(),
        service: short_name(service).to_owned(),
        namespace: service.namespace.clone(),
        labels,
    };
    Standin {
        host: service.hostname.clone(),
        workload,
        unknown,
    }
}

fn all_labels(service: &Service, subset: &Labels) -> Labels {
    let mut labels = service.selector.clone();
    labels.extend(subset.clone());
    labels
}

fn short_name(service: &Service) -> &str {
    let first = service.hostname.split('.').next().unwrap_or_default();
    if service.kubernetes {
        first
    } else {
        &service.hostname
    }
}

/// `reviews`, `reviews-v2`: the values of the labels that make it a subset.
fn name(service: &Service, subset: &Labels) -> String {
    let own = subset
        .iter()
        .filter(|(key, value)| service.selector.get(*key) != Some(value));
    let values: Vec<&str> = own.map(|(_, value)| value.as_str()).collect();
    match values.as_slice() {
        [] => short_name(service).to_owned(),
        values => format!("{}-{}", short_name(service), values.join("-")),
    }
}

/// The addresses of stand-ins, for endpoints that the mesh knows.
pub(super) fn overrides(
    mesh: &Mesh,
    standins: &[Standin],
    addresses: &BTreeMap<StandinKey, SocketAddr>,
) -> BTreeMap<EndpointKey, SocketAddr> {
    let mut overrides = BTreeMap::new();
    for standin in standins {
        let Some(address) = addresses.get(&standin.key()) else {
            continue;
        };
        let services = mesh.registry.services().iter();
        let service = services.filter(|service| service.hostname == standin.host);
        overrides.extend(service.flat_map(|service| &service.ports).map(|port| {
            let (host, workload) = standin.key();
            (
                EndpointKey {
                    host,
                    workload,
                    port: port.number,
                },
                *address,
            )
        }));
    }
    overrides
}

/// Adds those that the mesh does not know to the input, so that it does.
pub(super) fn register(
    bundle: &mut Bundle,
    mesh: &Mesh,
    standins: &[Standin],
    addresses: &BTreeMap<StandinKey, SocketAddr>,
) {
    for standin in standins.iter().filter(|standin| standin.unknown) {
        let services = mesh.registry.services().iter();
        let service = services
            .into_iter()
            .find(|service| service.hostname == standin.host);
        if let (Some(service), Some(address)) = (service, addresses.get(&standin.key())) {
            let registration = Registration {
                service,
                workload: &standin.workload,
                address: *address,
            };
            registration.add_to(bundle);
        }
    }
}
