//! Requests put to the rules for real: the VirtualServices of a view compiled for a proxy that is made for it.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::curl::Curl;
use super::listing::{Arena, Entry, Pass, View};
use super::region::Sample;
use crate::compile::{Proxy, compile};
use crate::entropy::Entropy;
use crate::mesh::{self, Mesh, names::MESH};
use crate::request::Request;
use crate::resources::gateway::{Port, Server};
use crate::resources::service_entry::{Resolution, ServicePort};
use crate::resources::{Bundle, Gateway, MeshConfig, Object, ServiceEntry, VirtualService};
use crate::table::{PathCache, RouteTable};
use crate::view::DecisionView;

/// What becomes of a request.
pub(super) struct Outcome {
    /// The request, as arguments of `curl`.
    pub(super) curl: String,
    /// Whether the block takes it.
    pub(super) taken: bool,
    /// Whether the block that it was thought of for would take it.
    pub(super) satisfies: bool,
    /// The path that the destination sees.
    pub(super) path: Option<String>,
}

/// Tables by who tries the rules.
pub(super) struct Trials<'b> {
    bundle: &'b Bundle,
    config: &'b MeshConfig,
    tables: BTreeMap<(View, Pass), Option<Trial>>,
}

struct Trial {
    table: RouteTable,
    port: u16,
    tls: bool,
}

impl<'b> Trials<'b> {
    pub(super) fn new(bundle: &'b Bundle, config: &'b MeshConfig) -> Self {
        Self {
            bundle,
            config,
            tables: BTreeMap::new(),
        }
    }

    /// Sends a request; `None` where that cannot be done.
    pub(super) fn send(
        &mut self,
        arena: &Arena<'_>,
        seen: (&View, &Pass),
        sample: &Sample,
        target: &Entry,
        winner: &Entry,
    ) -> Option<Outcome> {
        let key = (seen.0.clone(), seen.1.clone());
        let (bundle, config) = (self.bundle, self.config);
        let made = self
            .tables
            .entry(key)
            .or_insert_with(|| Trial::new(bundle, config, arena, seen.0, seen.1));
        made.as_ref()?.send(sample, target, winner)
    }
}

impl Trial {
    fn new(
        bundle: &Bundle,
        config: &MeshConfig,
        arena: &Arena<'_>,
        view: &View,
        pass: &Pass,
    ) -> Option<Self> {
        let sources = view.sources.iter();
        let sources = sources.filter_map(|source| arena.mesh.virtual_services.get(*source));
        let sources: Vec<&mesh::VirtualService> = sources.collect();
        let mut world = Bundle {
            virtual_services: taking_part(bundle, &sources),
            ..Bundle::default()
        };
        let port = pass.port.and_then(|port| u16::try_from(port).ok());
        let port = port.or_else(|| view.ports.first().copied());
        let home = sources.first()?.namespace();
        let namespace = pass.namespace.as_deref().unwrap_or(home);
        let labels = pass.labels.clone();
        let (proxy, port, tls) = if view.gateway == MESH {
            let port = port.or_else(|| known_port(arena.mesh, &sources)).unwrap_or(80);
            let hosts = sources.iter().flat_map(|source| &source.hosts);
            let hosts = hosts.map(|host| concrete(host)).collect();
            world.service_entries.push(service(hosts, port, home));
            let proxy = Proxy {
                labels,
                ..Proxy::sidecar(namespace)
            };
            (proxy, port, false)
        } else {
            let gateway = gateway(bundle, &view.gateway, port.unwrap_or(80));
            let mut proxy = Proxy::gateway(namespace, labels);
            proxy.labels.extend(gateway.spec.selector.clone());
            let (port, tls) = at_port(&gateway, port)?;
            world.gateways.push(gateway);
            (proxy, port, tls)
        };
        let table = compile(&world, config, &proxy).ok()?.table;
        Some(Self { table, port, tls })
    }

    fn send(&self, sample: &Sample, target: &Entry, winner: &Entry) -> Option<Outcome> {
        let curl = Curl::new(sample, self.tls, self.port)?;
        let request = Request::new(self.port, &curl.headers);
        let mut cache = PathCache::default();
        let decision = self
            .table
            .decide(&request, &mut Entropy::new(0), &mut cache, &mut ());
        let source = decision.route.and_then(|route| route.source.as_ref());
        let taken = source.is_some_and(|source| {
            source.resource == winner.subject.resource
                && source.rule == winner.place.rule
                && source.block == winner.place.block
        });
        let view = DecisionView::new(&decision, &request);
        Some(Outcome {
            taken,
            satisfies: target.matcher.is_match(&request, &mut ()),
            path: view.upstream.map(|upstream| upstream.path),
            curl: curl.arguments,
        })
    }
}

/// The port of the service that the first host is.
fn known_port(mesh: &Mesh, sources: &[&mesh::VirtualService]) -> Option<u16> {
    let source = sources.first()?;
    let known = mesh.registry.by_hostname(source.namespace());
    let service = known.get(source.hosts.first()?.as_str())?;
    let mut ports = service.ports.iter().filter(|port| port.protocol.is_http());
    ports.next().map(|port| port.number)
}

/// The VirtualServices of a view, and delegates, which any of them may need.
fn taking_part(bundle: &Bundle, sources: &[&mesh::VirtualService]) -> Vec<Object<VirtualService>> {
    let is_source = |object: &Object<VirtualService>| {
        sources.iter().any(|source| {
            source.subject.document == object.document && source.subject.resource == object.reference()
        })
    };
    let all = bundle.virtual_services.iter();
    all.filter(|object| object.spec.hosts.is_empty() || is_source(object))
        .cloned()
        .collect()
}

/// A host that a wildcard stands for.
pub(super) fn concrete(host: &str) -> String {
    match host.strip_prefix('*') {
        Some("") => "example.com".into(),
        Some(suffix) => format!("www{suffix}"),
        None => host.into(),
    }
}

fn service(hosts: Vec<String>, number: u16, namespace: &str) -> Object<ServiceEntry> {
    let mut object = Object::<ServiceEntry>::default();
    object.metadata.name = "mainsheet".into();
    object.metadata.namespace = namespace.into();
    object.spec.hosts = hosts;
    object.spec.export_to = Vec::from(["*".into()]);
    object.spec.resolution = Resolution::None;
    object.spec.ports = Vec::from([ServicePort {
        number: number.into(),
        name: "http".into(),
        protocol: "HTTP".into(),
        ..ServicePort::default()
    }]);
    object
}

/// The Gateway, or one like it that has every host.
fn gateway(bundle: &Bundle, key: &str, number: u16) -> Object<Gateway> {
    let (namespace, name) = key.split_once('/').unwrap_or(("default", key));
    let is_it =
        |object: &&Object<Gateway>| object.metadata.name == name && object.metadata.namespace == namespace;
    if let Some(known) = bundle.gateways.iter().find(is_it) {
        return known.clone();
    }
    let mut object = Object::<Gateway>::default();
    object.metadata.name = name.into();
    object.metadata.namespace = namespace.into();
    object.spec.servers = Vec::from([Server {
        port: Some(Port {
            number: number.into(),
            name: "http".into(),
            protocol: "HTTP".into(),
            ..Port::default()
        }),
        hosts: Vec::from(["*".into()]),
        ..Server::default()
    }]);
    object
}

/// The port of the Gateway that is asked for, else the first that speaks HTTP, and whether it ends TLS.
fn at_port(gateway: &Object<Gateway>, port: Option<u16>) -> Option<(u16, bool)> {
    gateway.spec.servers.iter().find_map(|server| {
        let own = server.port.as_ref()?;
        let number = u16::try_from(own.number).ok()?;
        let redirects = server.tls.as_ref().is_some_and(|tls| tls.https_redirect);
        let suits = port.is_none_or(|port| port == number) && !redirects;
        suits.then(|| (number, own.protocol.eq_ignore_ascii_case("https")))
    })
}
