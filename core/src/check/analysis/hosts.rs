//! The hosts that destinations may name: those of ServiceEntries and Services, with the namespaces that see them.
//! Source: Istio `InitServiceEntryHostMap`, `GetDestinationHost`.

use alloc::borrow::{Cow, ToOwned};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::Input;
use crate::input::nearest;
use crate::mesh::names;
use crate::report::Subject;
use crate::resources::{Labels, Object, ServiceEntry};

/// The annotation by which a Service is exported.
const EXPORT_ANNOTATION: &str = "networking.istio.io/exportTo";

/// The scope of everyone.
const EVERYONE: &str = "*";

/// A host, whoever has it.
#[derive(Clone, Debug)]
pub(super) struct KnownHost {
    /// Full name, lower-case.
    pub(super) name: String,
    /// The name alone and the namespace, for a Service.
    pub(super) service: Option<(String, String)>,
    /// Its ports, UDP among them.
    pub(super) ports: Vec<u32>,
    /// Labels of all its workloads, where a ServiceEntry selects them.
    pub(super) selector: Labels,
    /// Labels of the endpoints that a ServiceEntry lists.
    pub(super) endpoints: Vec<Labels>,
    /// Where it is written; what every installation has is not.
    pub(super) subject: Option<Subject>,
}

/// All hosts.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    domain: String,
    known: Vec<KnownHost>,
    /// By scope and full name.
    scoped: BTreeMap<(String, String), usize>,
}

impl Hosts {
    pub(super) fn new(input: &Input<'_>) -> Self {
        let mut hosts = Self {
            domain: input.domain().to_owned(),
            ..Self::default()
        };
        for entry in &input.bundle.service_entries {
            for host in &entry.spec.hosts {
                let namespace = &entry.metadata.namespace;
                let known = service_entry_host(entry, hosts.full_name(host, namespace));
                hosts.add(known, &scopes(&entry.spec.export_to, namespace));
            }
        }
        for service in &input.services {
            let meta = &service.metadata;
            let written = matches!(service, Cow::Borrowed(_));
            let known = KnownHost {
                name: hosts.full_name(&meta.name, &meta.namespace),
                service: Some((meta.name.clone(), meta.namespace.clone())),
                ports: service.spec.ports.iter().map(|port| port.port).collect(),
                selector: Labels::new(),
                endpoints: Vec::new(),
                subject: written.then(|| subject(service)),
            };
            let exported = meta.annotations.get(EXPORT_ANNOTATION);
            let exported = exported.map(|list| list.split(',').map(|entry| entry.trim().to_owned()));
            let exported: Vec<String> = exported.map(Iterator::collect).unwrap_or_default();
            hosts.add(known, &scopes(&exported, &meta.namespace));
        }
        hosts
    }

    fn add(&mut self, known: KnownHost, scopes: &[String]) {
        for scope in scopes {
            let key = (scope.clone(), known.name.clone());
            self.scoped.insert(key, self.known.len());
        }
        self.known.push(known);
    }

    /// The full name of a host written in `namespace`, lower-case.
    pub(super) fn full_name(&self, host: &str, namespace: &str) -> String {
        names::resolve_host(host, namespace, &self.domain).to_ascii_lowercase()
    }

    /// The host that a rule of `namespace` means, where the namespaces that see the rule see the host.
    pub(super) fn find(&self, host: &str, namespace: &str, export_to: &[String]) -> Option<&KnownHost> {
        let name = self.full_name(host, namespace);
        let mut seen_by: Vec<&str> = Vec::from([EVERYONE]);
        if export_to.is_empty() {
            seen_by.push(namespace);
        }
        seen_by.extend(export_to.iter().map(|entry| match entry.as_str() {
            "." => namespace,
            other => other,
        }));
        let exact = seen_by.iter().find_map(|scope| {
            let key = ((*scope).to_owned(), name.clone());
            self.scoped.get(&key)
        });
        let found = exact.or_else(|| self.by_wildcard(host, namespace))?;
        self.known.get(*found)
    }

    /// The narrowest wildcard. A wildcard destination is in one with the same end.
    fn by_wildcard(&self, host: &str, namespace: &str) -> Option<&usize> {
        let host = host.to_ascii_lowercase();
        let host = host.strip_prefix('*').unwrap_or(&host);
        let matching = self.scoped.iter().filter(|((scope, name), _)| {
            let end = name.strip_prefix('*');
            (scope == EVERYONE || scope == namespace) && end.is_some_and(|end| host.ends_with(end))
        });
        let narrowest = matching.min_by_key(|((_, name), _)| Reverse(name.len()));
        narrowest.map(|(_, known)| known)
    }

    /// Whether there is a host of that full name, whoever sees it.
    pub(super) fn is_known(&self, name: &str) -> bool {
        self.known.iter().any(|known| known.name == name)
    }

    /// The namespaces that have a Service of that name alone.
    pub(super) fn namespaces_of(&self, service: &str) -> Vec<&str> {
        let services = self.known.iter().filter_map(|known| known.service.as_ref());
        let same = services.filter(|(name, _)| name.eq_ignore_ascii_case(service));
        same.map(|(_, namespace)| namespace.as_str()).collect()
    }

    /// What to do about a host that was not found.
    pub(super) fn remedy(&self, host: &str, namespace: &str) -> String {
        let name = self.full_name(host, namespace);
        if self.is_known(&name) {
            return format!("there is `{name}`, which is not exported to all who see this resource");
        }
        if let Some(other) = self.namespaces_of(host).first() {
            let domain = &self.domain;
            return format!(
                "`{host}` is in namespace `{other}`: write `{host}.{other}.svc.{domain}`; a short name means \
                 namespace `{namespace}`"
            );
        }
        let completed = format!("{name}.svc.{}", self.domain);
        if self.is_known(&completed) {
            return format!("only names without a dot are completed: write `{completed}`");
        }
        match self.similar(host, namespace) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "correct the host, or add the Service or ServiceEntry that has it".to_owned(),
        }
    }

    /// The host that was probably meant, as it would be written.
    fn similar(&self, host: &str, namespace: &str) -> Option<&str> {
        if host.is_empty() {
            return None;
        }
        if host.contains('.') {
            return nearest(host, self.known.iter().map(|known| known.name.as_str()));
        }
        let services = self.known.iter().filter_map(|known| known.service.as_ref());
        let near = services.filter(|(_, home)| home == namespace);
        nearest(host, near.map(|(name, _)| name.as_str()))
    }
}

impl KnownHost {
    /// The ports in words.
    pub(super) fn port_list(&self) -> String {
        let ports: Vec<String> = self.ports.iter().map(ToString::to_string).collect();
        ports.join(", ")
    }
}

fn service_entry_host(entry: &Object<ServiceEntry>, name: String) -> KnownHost {
    let spec = &entry.spec;
    let selector = spec.workload_selector.as_ref();
    KnownHost {
        name,
        service: None,
        ports: spec.ports.iter().map(|port| port.number).collect(),
        selector: selector
            .map(|selector| selector.labels.clone())
            .unwrap_or_default(),
        endpoints: spec
            .endpoints
            .iter()
            .map(|endpoint| endpoint.labels.clone())
            .collect(),
        subject: Some(subject(entry)),
    }
}

fn subject<T: crate::resources::Resource>(object: &Object<T>) -> Subject {
    Subject {
        resource: object.reference(),
        document: object.document,
    }
}

/// The namespaces that see a resource, `*` for all of them.
pub(super) fn scopes(export_to: &[String], namespace: &str) -> Vec<String> {
    if export_to.is_empty() || export_to.iter().any(|entry| entry == EVERYONE) {
        return Vec::from([EVERYONE.to_owned()]);
    }
    let mut scopes: Vec<String> = Vec::new();
    for entry in export_to {
        let scope = if entry == "." { namespace } else { entry };
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    scopes
}
