//! Resources whose rules are not looked at, and why: the most frequent reason for "my rule is ignored".

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::model::{Bystander, BystanderReason as Reason};
use super::{Explainer, hosts};
use crate::compile::{GatewayServer, ProxyKind, gateway_servers};
use crate::decision::Decision;
use crate::input::nearest;
use crate::mesh::names::{self, MESH};
use crate::mesh::{Gateway, Semantics, VirtualService};
use crate::report::Report;
use crate::request::{Request, strip_port};
use crate::table::RouteSource;
use crate::trace::{SourceTrace, text};

/// All of them: those about the host of the request first.
pub(super) fn find(
    explainer: &Explainer<'_>,
    request: &Request<'_>,
    decision: &Decision<'_>,
    known: bool,
) -> Vec<Bystander> {
    if explainer.table.refused.contains_key(&request.port) {
        // Nothing is looked at, for a reason that is told elsewhere.
        return Vec::new();
    }
    let virtual_host = decision.virtual_host.filter(|_| known);
    let routes = virtual_host.iter().flat_map(|host| host.routes.routes());
    let served: Vec<&RouteSource> = routes.filter_map(|route| route.source.as_ref()).collect();
    let search = Search {
        explainer,
        request,
        names: asked_names(
            explainer,
            request,
            virtual_host.map(|host| host.domains.as_slice()),
        ),
        known,
        owner: served.first().map(|source| source.root.to_string()),
    };
    let written = explainer.mesh.virtual_services.iter();
    let others = written.filter(|written| {
        !served
            .iter()
            .any(|source| source.root == written.subject.resource)
    });
    let mut found: Vec<Bystander> = others
        .filter(|other| !other.http.is_empty())
        .map(|other| search.of(other))
        .collect();
    found.sort_by_key(|bystander| bystander.reason);
    found
}

/// Every name of the host of the request: as it is asked for, completed, and as its virtual host has it.
fn asked_names(explainer: &Explainer<'_>, request: &Request<'_>, domains: Option<&[String]>) -> Vec<String> {
    let host = text(&request.host());
    let config = &explainer.mesh.config;
    let full = names::resolve_host(&host, &explainer.proxy.namespace, &config.domain);
    let domains = domains
        .unwrap_or_default()
        .iter()
        .filter(|domain| !names::is_wildcard(domain));
    let mut all: Vec<String> = domains.cloned().collect();
    all.extend([
        full,
        format!("{host}.svc.{}", config.domain),
        format!("{host}.{}", config.domain),
        host,
    ]);
    all
}

struct Search<'s> {
    explainer: &'s Explainer<'s>,
    request: &'s Request<'s>,
    names: Vec<String>,
    /// Whether there is a virtual host for it.
    known: bool,
    /// Who has the host.
    owner: Option<String>,
}

/// A reason, the field that says so, why, and what to do.
type Told = (Reason, &'static str, String, Option<String>);

impl Search<'_> {
    fn of(&self, other: &VirtualService) -> Bystander {
        let covers = other
            .hosts
            .iter()
            .any(|host| self.names.iter().any(|name| names::contains(host, name)));
        let (reason, field, why, help) = if covers {
            self.of_same_host(other)
        } else {
            self.of_other_host(other)
        };
        let resource = &other.subject.resource;
        Bystander {
            source: SourceTrace {
                kind: resource.kind.clone(),
                namespace: resource.namespace.clone(),
                name: resource.name.clone(),
                path: field.replace("hosts", other.semantics.hosts()),
            },
            at: None,
            reason,
            why,
            help,
        }
    }

    fn of_same_host(&self, other: &VirtualService) -> Told {
        let bound = match self.explainer.proxy.kind {
            ProxyKind::Sidecar => not_mesh(other),
            ProxyKind::Gateway => self.not_gateway(other),
        };
        bound
            .or_else(|| self.not_visible(other))
            .or_else(|| self.not_in_server(other))
            .unwrap_or_else(|| self.not_served(other))
    }

    fn not_visible(&self, other: &VirtualService) -> Option<Told> {
        let namespace = &self.explainer.proxy.namespace;
        if !other.export_to.is_visible(namespace) {
            let why = format!("it is not exported to namespace {namespace}, where the proxy is");
            let help = format!("add `{namespace}` or `*` to `exportTo`");
            return Some((Reason::NotExported, "spec.exportTo", why, Some(help)));
        }
        if self.explainer.proxy.kind == ProxyKind::Gateway {
            return None;
        }
        let scope = self.explainer.mesh.sidecar_scope(self.explainer.proxy.client());
        let mut seen = scope
            .listeners
            .iter()
            .flat_map(|listener| &listener.virtual_services);
        if seen.any(|seen| seen.subject == other.subject) {
            return None;
        }
        let sidecar = scope
            .sidecar
            .map_or_else(String::new, |sidecar| format!(" {}", sidecar.subject.resource));
        let why = format!("{} does not import it", sidecar.trim());
        let help = "add its namespace and host to `egress.hosts` there".to_string();
        Some((Reason::NotImported, "spec.hosts", why, Some(help)))
    }

    fn not_gateway(&self, other: &VirtualService) -> Option<Told> {
        let mesh = self.explainer.mesh;
        let servers = self.servers();
        let serves = |gateway: &&String| servers.iter().any(|server| server.gateway.key() == **gateway);
        if other.gateways.iter().any(|gateway| serves(&gateway)) {
            return None;
        }
        let help = servers
            .first()
            .map(|server| format!("name `{}` in `gateways`", server.gateway.key()));
        let Some(named) = other.gateways.iter().find(|gateway| *gateway != MESH) else {
            let why = "it names no `gateways`, and so is for sidecars only".to_string();
            return Some((Reason::OnlyMesh, "spec.gateways", why, help));
        };
        if mesh.gateways.iter().any(|gateway| gateway.key() == *named) {
            let why = format!(
                "it is bound to {}, which other proxies serve",
                list(&other.gateways)
            );
            return Some((Reason::OtherGateway, "spec.gateways", why, help));
        }
        let keys: Vec<String> = mesh.gateways.iter().map(Gateway::key).collect();
        let near = near_gateway(named, &keys).map(|near| format!("did you mean `{near}`?"));
        let why = format!("there is no Gateway {named}");
        Some((Reason::UnknownGateway, "spec.gateways", why, near.or(help)))
    }

    fn servers(&self) -> Vec<GatewayServer<'_>> {
        gateway_servers(self.explainer.mesh, self.explainer.proxy, &mut Report::default())
    }

    fn not_in_server(&self, other: &VirtualService) -> Option<Told> {
        if self.explainer.proxy.kind == ProxyKind::Sidecar {
            return None;
        }
        let servers = self.servers();
        let bound: Vec<&GatewayServer<'_>> = servers
            .iter()
            .filter(|server| other.is_bound_to(&server.gateway.key()))
            .collect();
        let here: Vec<&&GatewayServer<'_>> = bound
            .iter()
            .filter(|server| server.listen == self.request.port)
            .collect();
        if here.is_empty() {
            let ports: Vec<u16> = bound.iter().map(|server| server.listen).collect();
            let why = format!(
                "its Gateway listens on port {}, not on {}",
                hosts::list(&ports),
                self.request.port
            );
            return Some((Reason::NotAtPort, "spec.gateways", why, None));
        }
        let takes = |written: &String| {
            let (owner, host) = written.split_once('/').unwrap_or(("*", written));
            let allowed = owner == "*" || owner == "." || owner == other.namespace();
            allowed
                && other
                    .hosts
                    .iter()
                    .any(|own| names::overlap(own, &host.to_ascii_lowercase()))
        };
        if here.iter().any(|server| server.server.hosts.iter().any(takes)) {
            return None;
        }
        let server_hosts: Vec<String> = here
            .iter()
            .flat_map(|server| server.server.hosts.clone())
            .collect();
        let why = format!(
            "the servers of its Gateway are for {}, not for {}",
            list(&server_hosts),
            list(&other.hosts)
        );
        let help = "add the host to a server of the Gateway".to_string();
        Some((Reason::NotInServer, "spec.hosts", why, Some(help)))
    }

    fn not_served(&self, other: &VirtualService) -> Told {
        match &self.owner {
            Some(owner) => {
                let why = format!("{owner} has the host already, and a sidecar takes one resource a host");
                let help = "put the rules into one resource".to_string();
                (Reason::HostTaken, "spec.hosts", why, Some(help))
            }
            None => {
                let port = self.request.port;
                let why = if self.known {
                    format!("none of its rules applies to port {port} here")
                } else {
                    format!("its hosts are not served on port {port}")
                };
                let path = if other.semantics == Semantics::Istio {
                    "spec.http"
                } else {
                    "spec.rules"
                };
                (Reason::NotAtPort, path, why, None)
            }
        }
    }

    fn of_other_host(&self, other: &VirtualService) -> Told {
        let near = other.hosts.iter().find_map(|host| self.near_host(host, other));
        near.unwrap_or_else(|| {
            let why = format!("it is for {}", list(&other.hosts));
            (Reason::OtherHosts, "spec.hosts", why, None)
        })
    }

    fn near_host(&self, host: &str, other: &VirtualService) -> Option<Told> {
        let domain = &self.explainer.mesh.config.domain;
        let asked = self.names.last().map(String::as_str).unwrap_or_default();
        let has = |name: &str| self.names.iter().any(|own| own == name);
        let field = "spec.hosts";
        let bare = text(strip_port(host.as_bytes()));
        if bare != host && (has(&bare) || has(&names::resolve_host(&bare, other.namespace(), domain))) {
            let why = format!("its host `{host}` has a port, and hosts have none");
            return Some((Reason::HostWithPort, field, why, Some(format!("write `{bare}`"))));
        }
        if host.strip_prefix("*.").is_some_and(has) {
            let why = format!("its host `{host}` stands for hosts below `{asked}`, not for `{asked}` itself");
            return Some((
                Reason::WildcardApex,
                field,
                why,
                Some(format!("add `{asked}` to `hosts`")),
            ));
        }
        if has(&format!("{host}.svc.{domain}")) || has(&format!("{host}.{domain}")) {
            let why = format!("its host `{host}` has a dot, and so is not completed to the full name");
            return Some((
                Reason::NotCompleted,
                field,
                why,
                Some("write the full name".to_string()),
            ));
        }
        let suffix = format!(".{}.svc.{domain}", other.namespace());
        let short = host.strip_suffix(suffix.as_str());
        let same_short = |short: &&str| self.names.iter().any(|own| own.split('.').next() == Some(short));
        if let Some(short) = short.filter(same_short) {
            let why = format!(
                "its host `{short}` means `{host}`: short names belong to the namespace of the resource, {}",
                other.namespace()
            );
            let help = "write the full name of the host that is meant".to_string();
            return Some((Reason::OtherNamespace, field, why, Some(help)));
        }
        let names = self.names.iter().map(String::as_str);
        let near = nearest(host, names).or_else(|| nearest(short?, [asked]))?;
        let why = format!("its host is `{host}`, and the request asks for `{near}`");
        Some((Reason::Spelling, field, why, None))
    }
}

fn not_mesh(other: &VirtualService) -> Option<Told> {
    if other.is_bound_to(MESH) {
        return None;
    }
    let why = format!(
        "its `gateways` are {} without `mesh`, and so it is not for sidecars",
        list(&other.gateways)
    );
    let help = format!(
        "add `mesh` to `gateways`, or ask a gateway: {}",
        list(&other.gateways)
    );
    Some((Reason::NotMesh, "spec.gateways", why, Some(help)))
}

/// The Gateway of the same name in another namespace, or one that is spelled nearly so.
fn near_gateway<'k>(named: &str, keys: &'k [String]) -> Option<&'k str> {
    let name = |key: &str| key.split_once('/').map(|(_, name)| name.to_string());
    let same = keys.iter().find(|key| name(key) == name(named));
    same.map(String::as_str)
        .or_else(|| nearest(named, keys.iter().map(String::as_str)))
}

fn list(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(3).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(shown.len());
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(", "))
}
