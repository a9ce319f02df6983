//! The virtual host that was found, and what may have been meant if none was.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::Explainer;
use super::model::{HostFinding, HostHint, HostHintCode, VirtualHostFinding};
use crate::compile::{Place, ProxyKind, gateway_servers};
use crate::decision::Decision;
use crate::input::nearest;
use crate::mesh::VirtualService;
use crate::mesh::names::{self, MESH};
use crate::report::Report;
use crate::request::Request;
use crate::table::{HostPattern, RouteConfig, VirtualHost};
use crate::trace::text;

/// How many hosts are shown where none was found.
const SHOWN: usize = 40;

/// What was found; `pattern` is `None` where nobody knows the host.
pub(super) fn finding(
    explainer: &Explainer<'_>,
    request: &Request<'_>,
    decision: &Decision<'_>,
    pattern: Option<HostPattern>,
) -> HostFinding {
    let name = text(&request.host());
    let found = decision.virtual_host.zip(pattern);
    let virtual_host = found.map(|(host, matched)| virtual_host(host, matched, &name));
    let mut finding = HostFinding {
        name,
        virtual_host,
        known: Vec::new(),
        hints: Vec::new(),
    };
    if let (None, Some(config)) = (&finding.virtual_host, decision.route_config) {
        let names = config
            .virtual_hosts()
            .iter()
            .filter_map(|host| host.domains.first());
        finding.known = names.filter(|name| *name != "*").take(SHOWN).cloned().collect();
    }
    if finding.virtual_host.is_none() {
        let domains = decision.route_config.map(domains).unwrap_or_default();
        finding.hints = hints(explainer, request, &finding.name, &domains);
    }
    finding
}

fn virtual_host(host: &VirtualHost, matched: HostPattern, name: &str) -> VirtualHostFinding {
    let fits = |domain: &&String| domain.as_str() == name || names::contains(domain, name);
    let best = host
        .domains
        .iter()
        .filter(fits)
        .max_by_key(|domain| (!names::is_wildcard(domain), domain.len()));
    VirtualHostFinding {
        name: host.name.clone(),
        domain: best.cloned().unwrap_or_else(|| "*".to_string()),
        matched,
        domains: host.domains.clone(),
    }
}

fn domains(config: &RouteConfig) -> Vec<String> {
    let domains = config.virtual_hosts().iter().flat_map(|host| &host.domains);
    domains.filter(|domain| *domain != "*").cloned().collect()
}

fn hints(explainer: &Explainer<'_>, request: &Request<'_>, name: &str, domains: &[String]) -> Vec<HostHint> {
    let mut hints = Vec::new();
    let mut add = |code, message| hints.push(HostHint { code, message });
    let ports = other_ports(explainer, request);
    if !ports.is_empty() {
        let message = format!(
            "`{name}` is known on port {}, and the request arrives on port {}: write http://{name}:{}/",
            list(&ports),
            request.port,
            ports.first().map(ToString::to_string).unwrap_or_default(),
        );
        add(HostHintCode::OtherPort, message);
    }
    for namespace in namespaces(explainer, name)
        .into_iter()
        .filter(|_| ports.is_empty())
    {
        let message = format!(
            "`{name}` is a Service of namespace {namespace}: from namespace {} it is called `{name}.{namespace}`",
            explainer.proxy.namespace
        );
        add(HostHintCode::OtherNamespace, message);
    }
    let apex = format!("*.{name}");
    if domains.contains(&apex) {
        add(
            HostHintCode::WildcardApex,
            format!("`{apex}` stands for hosts below `{name}`, not for `{name}` itself"),
        );
    }
    let domains = domains.iter().map(String::as_str);
    if let Some(near) = nearest(name, domains.filter(|domain| !names::is_wildcard(domain))) {
        add(HostHintCode::Spelling, format!("there is a host `{near}`"));
    }
    hints
}

/// The other ports on which the host is known.
fn other_ports(explainer: &Explainer<'_>, request: &Request<'_>) -> Vec<u16> {
    let host = request.host();
    let configs = explainer.table.route_configs.iter();
    let knows = |config: &RouteConfig| {
        config
            .virtual_host(&host)
            .is_some_and(|(_, pattern)| pattern != HostPattern::Any)
    };
    let ports = configs.filter(|(port, config)| **port != request.port && knows(config));
    ports.map(|(port, _)| *port).collect()
}

/// The namespaces that have a Service of this short name, where the proxy's own has none.
fn namespaces<'e>(explainer: &Explainer<'e>, name: &str) -> Vec<&'e str> {
    let services = explainer.mesh.registry.services().iter();
    let named = services.filter(|service| {
        service.kubernetes && service.hostname.split('.').next() == Some(name) && !name.contains('.')
    });
    let others = named.filter(|service| service.namespace != explainer.proxy.namespace);
    others.map(|service| service.namespace.as_str()).collect()
}

/// `80, 443`.
pub(super) fn list(ports: &[u16]) -> String {
    let words: Vec<String> = ports.iter().map(ToString::to_string).collect();
    words.join(", ")
}

/// The places at which the rules of a VirtualService are served for a request.
pub(super) fn places<'p>(
    explainer: &Explainer<'p>,
    request: &Request<'_>,
    virtual_service: &'p VirtualService,
) -> Vec<Place<'p>> {
    let proxy = explainer.proxy;
    if proxy.kind == ProxyKind::Sidecar {
        return vec![Place {
            proxy,
            port: request.port,
            gateway: MESH,
        }];
    }
    let servers = gateway_servers(explainer.mesh, proxy, &mut Report::default());
    let mut places: Vec<Place<'p>> = Vec::new();
    for server in servers.iter().filter(|server| server.listen == request.port) {
        let key = server.gateway.key();
        let gateway = virtual_service.gateways.iter().find(|bound| **bound == key);
        places.extend(gateway.map(|gateway| Place {
            proxy,
            port: server.number,
            gateway,
        }));
    }
    places
}
