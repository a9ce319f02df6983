//! The addresses behind clusters.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

use serde_json::{Value, json};

use super::bound::Bound;
use super::clusters::{Cluster, Group};
use super::files::{self, typed};
use super::{EndpointKey, ExportOptions};
use crate::mesh::{Endpoint, Mesh, Resolution, Service, ServicePort, TargetPort};

/// An endpoint with its address, as Envoy takes it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Host {
    /// Where it is.
    address: Place,
    /// Share of the traffic.
    weight: u32,
    /// Whether its address is given in place of the registry's.
    is_stand_in: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Place {
    Ip(IpAddr, u16),
    Name(String, u16),
    Pipe(String),
}

impl Host {
    /// The endpoint on one port of its service; `None` where nobody knows its address.
    pub(super) fn new(
        service: &Service,
        port: &ServicePort,
        endpoint: &Endpoint,
        options: &ExportOptions,
    ) -> Option<Self> {
        let given = options.endpoints.get(&key(service, port, endpoint));
        let address = match given {
            Some(given) => Place::Ip(given.ip(), given.port()),
            None => place(endpoint.address.as_deref()?, endpoint_port(port, endpoint)),
        };
        Some(Self {
            address,
            weight: endpoint.weight,
            is_stand_in: given.is_some(),
        })
    }

    /// The workload of the proxy itself.
    pub(super) fn own(endpoint: &Bound) -> Self {
        Self {
            address: match endpoint {
                Bound::Socket(socket) => Place::Ip(socket.ip(), socket.port()),
                Bound::Pipe(path) => Place::Pipe(path.clone()),
            },
            weight: 1,
            is_stand_in: false,
        }
    }

    /// Whether Envoy takes it: names have to be looked up, and sockets cannot be.
    pub(super) fn suits(&self, resolution: Resolution) -> bool {
        match resolution {
            Resolution::Dns | Resolution::DnsRoundRobin => !matches!(self.address, Place::Pipe(_)),
            _ => !matches!(self.address, Place::Name(..)),
        }
    }

    /// Its share of the traffic.
    pub(super) fn weight(&self) -> u32 {
        self.weight
    }

    /// Whether it stands in for the real one, in plain HTTP.
    pub(super) fn is_stand_in(&self) -> bool {
        self.is_stand_in
    }

    /// `LbEndpoint`.
    pub(super) fn to_value(&self) -> Value {
        let socket =
            |address: &str, port: u16| json!({"socket_address": {"address": address, "port_value": port}});
        let address = match &self.address {
            Place::Ip(ip, port) => socket(&format!("{ip}"), *port),
            Place::Name(name, port) => socket(name, *port),
            Place::Pipe(path) => json!({"pipe": {"path": path}}),
        };
        json!({"endpoint": {"address": address}, "load_balancing_weight": self.weight})
    }
}

fn key(service: &Service, port: &ServicePort, endpoint: &Endpoint) -> EndpointKey {
    EndpointKey {
        host: service.hostname.clone(),
        workload: endpoint.workload.clone(),
        port: port.number,
    }
}

fn place(address: &str, port: u16) -> Place {
    if let Some(path) = address.strip_prefix("unix://") {
        return Place::Pipe(path.into());
    }
    address
        .parse()
        .map_or_else(|_| Place::Name(address.into(), port), |ip| Place::Ip(ip, port))
}

/// The endpoint's own number for the port, else the target port, else the service's number.
fn endpoint_port(port: &ServicePort, endpoint: &Endpoint) -> u16 {
    endpoint
        .ports
        .get(&port.name)
        .copied()
        .unwrap_or(match port.target {
            TargetPort::Number(number) => number,
            TargetPort::Name(_) => port.number,
        })
}

/// A `ClusterLoadAssignment`.
pub(super) fn load_assignment(cluster: &str, groups: &[Group]) -> Value {
    let groups: Vec<Value> = groups.iter().map(Group::to_value).collect();
    json!({"cluster_name": cluster, "endpoints": groups})
}

/// The file with the endpoints of a cluster, where it has one.
pub(super) fn file(cluster: &Cluster) -> Option<(String, Value)> {
    let assignment = load_assignment(&cluster.name, cluster.discovered_hosts()?);
    let resource = typed("envoy.config.endpoint.v3.ClusterLoadAssignment", assignment);
    Some((files::endpoints(&cluster.name), files::discovery(&[resource])))
}

/// The endpoints without address that the proxies can reach: whoever runs stand-ins for them puts their
/// addresses into [`ExportOptions::endpoints`].
pub fn missing_addresses(mesh: &Mesh, options: &ExportOptions) -> BTreeSet<EndpointKey> {
    let services = options
        .proxies
        .iter()
        .flat_map(|proxy| proxy.proxy.services(mesh).into_values())
        .map(|scoped| scoped.service);
    let mut missing = BTreeSet::new();
    for service in services {
        for endpoint in service
            .endpoints
            .iter()
            .filter(|endpoint| endpoint.address.is_none())
        {
            missing.extend(service.ports.iter().map(|port| key(service, port, endpoint)));
        }
    }
    missing.retain(|key| !options.endpoints.contains_key(key));
    missing
}
