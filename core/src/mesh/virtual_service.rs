//! A VirtualService with all its names made full.

use alloc::string::String;
use alloc::vec::Vec;

use super::gateway_api::Precedence;
use super::names::{self, MESH};
use super::{ExportTo, Semantics, subject};
use crate::report::{Field, Report, Subject};
use crate::resources::virtual_service::{Destination, HTTPRoute};
use crate::resources::{self, MeshConfig, Object};

/// A VirtualService.
#[derive(Clone, Debug)]
pub struct VirtualService {
    /// Its name and place.
    pub subject: Subject,
    /// Full names, lower-case; wildcards start with `*`.
    pub hosts: Vec<String>,
    /// `mesh` and `namespace/name`; never empty.
    pub gateways: Vec<String>,
    /// Who sees it.
    pub export_to: ExportTo,
    /// How it is written.
    pub semantics: Semantics,
    /// Its HTTP rules, in order.
    pub http: Vec<Rule>,
    /// Whether it has rules for TLS that is not ended here.
    pub has_tls: bool,
    /// Whether it has rules for opaque TCP.
    pub has_tcp: bool,
}

/// One HTTP rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The VirtualService it is written in, or the Gateway API's route.
    pub subject: Subject,
    /// How it is written.
    pub semantics: Semantics,
    /// Its index in `spec.http`, or in `spec.rules`.
    pub index: usize,
    /// Of the Gateway API: the index of its match in `matches`, each of which is a rule of its own here.
    pub block: Option<usize>,
    /// As written, hosts and gateways resolved.
    pub route: HTTPRoute,
}

impl VirtualService {
    pub(super) fn new(
        object: &Object<resources::VirtualService>,
        config: &MeshConfig,
        report: &mut Report,
    ) -> Self {
        let namespace = object.metadata.namespace.as_str();
        let spec = &object.spec;
        let subject = subject(object);
        if spec.hosts.is_empty() {
            report.add(
                crate::diagnostic::Severity::Warning,
                &subject,
                &Field::SPEC.name("hosts"),
                "delegate-unsupported",
                "a VirtualService without hosts is a delegate, and delegates are not supported yet",
                "write its rules into the VirtualService that delegates to it",
            );
        }
        let host = |host: &String| names::resolve_host(host, namespace, &config.domain).to_ascii_lowercase();
        let gateway = |gateway: &String| names::resolve_gateway(gateway, namespace, &config.domain);
        let gateways: Vec<String> = spec.gateways.iter().map(gateway).collect();
        Self {
            hosts: spec.hosts.iter().map(host).collect(),
            gateways: if gateways.is_empty() {
                alloc::vec![MESH.into()]
            } else {
                gateways
            },
            export_to: ExportTo::new(
                &spec.export_to,
                &config.default_virtual_service_export_to,
                namespace,
            ),
            semantics: Semantics::Istio,
            has_tls: !spec.tls.is_empty(),
            has_tcp: !spec.tcp.is_empty(),
            http: spec
                .http
                .iter()
                .enumerate()
                .map(|(index, route)| Rule {
                    subject: subject.clone(),
                    semantics: Semantics::Istio,
                    index,
                    block: None,
                    route: resolve_rule(route, namespace, &config.domain),
                })
                .collect(),
            subject,
        }
    }

    /// The namespace it is written in.
    pub fn namespace(&self) -> &str {
        &self.subject.resource.namespace
    }

    /// Whether it is bound to a gateway, or to `mesh`.
    pub fn is_bound_to(&self, gateway: &str) -> bool {
        self.gateways.iter().any(|bound| bound == gateway)
    }
}

fn resolve_rule(route: &HTTPRoute, namespace: &str, domain: &str) -> HTTPRoute {
    let mut route = route.clone();
    let resolve = |destination: &mut Destination| {
        // Services are known in lower case, and so are the clusters that are named after them.
        destination.host = names::resolve_host(&destination.host, namespace, domain).to_ascii_lowercase();
    };
    route
        .route
        .iter_mut()
        .filter_map(|weighted| weighted.destination.as_mut())
        .for_each(resolve);
    route.mirror.iter_mut().for_each(resolve);
    route
        .mirrors
        .iter_mut()
        .filter_map(|mirror| mirror.destination.as_mut())
        .for_each(resolve);
    for gateway in route.matches.iter_mut().flat_map(|block| &mut block.gateways) {
        *gateway = names::resolve_gateway(gateway, namespace, domain);
    }
    route
}

impl super::Mesh {
    /// The VirtualServices that a proxy of `namespace` sees at a gateway, or at `mesh`: private ones, then
    /// those exported by name, then public ones, each oldest first and not sorted across the three. The
    /// Gateway API's routes of that namespace come before other public ones.
    /// Source: Istio `VirtualServicesForGateway`.
    pub fn virtual_services_for<'m>(&'m self, gateway: &str, namespace: &str) -> Vec<&'m VirtualService> {
        let mut visible: Vec<(Precedence, &VirtualService)> = self
            .virtual_services
            .iter()
            .filter(|service| !service.hosts.is_empty() && service.is_bound_to(gateway))
            .filter_map(|service| Some((service.precedence(namespace)?, service)))
            .collect();
        visible.sort_by_key(|(precedence, _)| *precedence);
        visible.into_iter().map(|(_, service)| service).collect()
    }
}
