//! HTTPRoutes of the Gateway API that are attached to Services: each host becomes a VirtualService of the mesh.
//! Source: Istio `pilot/pkg/config/kube/gateway`, `HTTPRouteCollection`, `mergeHTTPRoutes`.

mod backends;
mod filters;
mod matches;
mod order;
mod parents;
mod rules;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::names::MESH;
use super::{ExportTo, Registry, Rule, Semantics, VirtualService, age, by_age, subject};
use crate::report::{Field, Report, Subject};
use crate::resources::{Bundle, HTTPRoute, MeshConfig, Object, Timestamp};
use parents::Parent;

/// Where to look for a VirtualService: `exportTo` decides, and among public ones the own namespace's routes of
/// the Gateway API come first, so that a client's routes take the place of the service's.
/// Source: Istio `VirtualServicesForGateway`.
pub(super) type Precedence = (u8, bool);

impl VirtualService {
    /// The place of this one among those that a proxy of `namespace` sees; `None` where it does not.
    pub(super) fn precedence(&self, namespace: &str) -> Option<Precedence> {
        match self.semantics {
            Semantics::Istio => Some((self.export_to.precedence(self.namespace(), namespace)?, true)),
            Semantics::GatewayApi => self
                .export_to
                .is_visible(namespace)
                .then(|| (2, self.namespace() != namespace)),
        }
    }
}

/// What conversion looks at.
struct Scope<'s> {
    bundle: &'s Bundle,
    config: &'s MeshConfig,
    registry: &'s Registry,
}

/// A route that is being converted, and where findings about it go.
struct Draft<'d> {
    scope: &'d Scope<'d>,
    object: &'d Object<HTTPRoute>,
    subject: Subject,
    report: &'d mut Report,
}

impl Draft<'_> {
    fn namespace(&self) -> &str {
        &self.object.metadata.namespace
    }

    fn error(&mut self, field: &Field<'_>, code: &str, message: impl Into<String>, help: &str) {
        self.report.error(&self.subject, field, code, message, help);
    }

    fn warn(&mut self, field: &Field<'_>, code: &str, message: impl Into<String>, help: &str) {
        self.report.warn(&self.subject, field, code, message, help);
    }
}

/// Routes of one namespace are joined by host and by the port of their parent, and then sorted by how specific
/// their matches are.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    namespace: String,
    port: Option<u32>,
    host: String,
}

impl Key {
    /// The name of the VirtualService that Istio makes, which breaks ties between those of one age.
    fn name(&self) -> String {
        match self.port {
            Some(port) => format!("{}~{port}~{}", self.namespace, self.host),
            None => format!("{}~{}", self.namespace, self.host),
        }
    }
}

/// A VirtualService in the making, and when the oldest of its routes was created.
struct Joined {
    stamp: Option<Timestamp>,
    virtual_service: VirtualService,
}

/// Adds the routes of the Gateway API to the VirtualServices, all in the order of their age.
pub(super) fn add(
    virtual_services: &mut Vec<VirtualService>,
    bundle: &Bundle,
    config: &MeshConfig,
    registry: &Registry,
    report: &mut Report,
) {
    let scope = Scope {
        bundle,
        config,
        registry,
    };
    let mut joined = BTreeMap::new();
    for object in by_age(&bundle.http_routes) {
        let draft = Draft {
            scope: &scope,
            object,
            subject: subject(object),
            report,
        };
        join(draft, &mut joined);
    }
    if joined.is_empty() {
        return;
    }
    let stamps: BTreeMap<_, _> = bundle
        .virtual_services
        .iter()
        .map(|object| (object.reference(), object.metadata.creation_timestamp))
        .collect();
    let mut all: Vec<(Option<Timestamp>, String, VirtualService)> = Vec::new();
    for virtual_service in virtual_services.drain(..) {
        let resource = &virtual_service.subject.resource;
        let stamp = stamps.get(resource).copied().flatten();
        all.push((stamp, resource.name.clone(), virtual_service));
    }
    for (key, mut converted) in joined {
        order::sort(&mut converted.virtual_service.http);
        all.push((converted.stamp, key.name(), converted.virtual_service));
    }
    all.sort_by(|a, b| age(a.0, &a.1, a.2.namespace()).cmp(&age(b.0, &b.1, b.2.namespace())));
    virtual_services.extend(all.into_iter().map(|(_, _, virtual_service)| virtual_service));
}

/// Adds the rules of a route to each of its hosts.
fn join(mut draft: Draft<'_>, joined: &mut BTreeMap<Key, Joined>) {
    let parents = draft.parents();
    if parents.is_empty() {
        return;
    }
    let rules = draft.rules();
    for parent in parents {
        let key = Key {
            namespace: draft.namespace().into(),
            port: parent.port,
            host: parent.host.clone(),
        };
        let rules = rules.iter().map(|rule| at_port(rule, parent.port));
        let entry = joined.entry(key).or_insert_with(|| Joined {
            stamp: draft.object.metadata.creation_timestamp,
            virtual_service: draft.virtual_service(&parent),
        });
        entry.virtual_service.http.extend(rules);
    }
}

impl Draft<'_> {
    /// A VirtualService for one host, without rules yet. Only clients of the route's own namespace see a route
    /// for a Service of another one.
    fn virtual_service(&self, parent: &Parent) -> VirtualService {
        let namespace = self.namespace();
        let default = &self.scope.config.default_virtual_service_export_to;
        VirtualService {
            subject: self.subject.clone(),
            hosts: alloc::vec![parent.host.clone()],
            tls: Vec::new(),
            tcp: Vec::new(),
            written_hosts: alloc::vec![parent.host.clone()],
            gateways: alloc::vec![MESH.into()],
            export_to: if parent.namespace == namespace {
                ExportTo::new(&[], default, namespace)
            } else {
                ExportTo::Namespaces(alloc::vec![namespace.into()])
            },
            semantics: Semantics::GatewayApi,
            http: Vec::new(),
        }
    }
}

/// The rule, for one port only if the parent names one. Source: Istio `augmentPortMatch`.
fn at_port(rule: &Rule, port: Option<u32>) -> Rule {
    let mut rule = rule.clone();
    if let Some(port) = port {
        if rule.route.matches.is_empty() {
            rule.route.matches.push(Default::default());
            // It is written nowhere: the port of the parent.
            rule.blocks.push(None);
        }
        for block in &mut rule.route.matches {
            block.port = port;
        }
    }
    rule
}
