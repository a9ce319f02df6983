//! What runs, and how to talk to it.

use mainsheet_core::export::ListenerAddress;
use mainsheet_core::mesh::Service;

use super::session::{Session, socket};
use crate::output::{self, BOLD, DIM, styled};

/// How many example requests one listener gets.
const EXAMPLES: usize = 4;

/// Prints it.
pub(super) fn print(session: &Session) {
    for listener in session.addresses() {
        heading(format_args!("{} on {}", listener.description, socket(listener)));
        for example in examples(session, listener) {
            output::line(format_args!("  {example}"));
        }
    }
    print_workloads(session);
    heading(format_args!(
        "administration on http://{}",
        session.envoy().admin_address()
    ));
    output::line(format_args!(
        "  files and log in {}",
        session.directory().display()
    ));
    output::line(styled(
        DIM,
        "Ctrl-C stops everything. Changes of the input are applied as they are saved.",
    ));
}

fn heading(text: impl std::fmt::Display) {
    output::line(styled(BOLD, text));
}

fn print_workloads(session: &Session) {
    let mut workloads = session.workloads().peekable();
    if workloads.peek().is_none() {
        return;
    }
    heading("echo upstreams, in place of workloads without address");
    for (workload, address) in workloads {
        let labels: Vec<String> = workload
            .labels
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let labels = styled(DIM, labels.join(","));
        output::line(format_args!(
            "  {:<24} {address}  {}/{}  {labels}",
            workload.name, workload.namespace, workload.service
        ));
    }
}

fn examples(session: &Session, listener: &ListenerAddress) -> Vec<String> {
    let address = socket(listener);
    let (mut hosts, path) = match listener.logical_port {
        Some(port) => (gateway_hosts(session, port), gateway_path(session)),
        None => (outbound_hosts(session), "/"),
    };
    hosts.dedup();
    hosts.truncate(EXAMPLES);
    hosts
        .into_iter()
        .map(|host| curl(&host, &format!("http://{address}{path}")))
        .collect()
}

/// A path that some rule of a Gateway matches, so that the example does not end with 404.
fn gateway_path(session: &Session) -> &str {
    let virtual_services = session.mesh().virtual_services.iter();
    let at_gateways = virtual_services.filter(|own| own.gateways.iter().any(|gateway| gateway != "mesh"));
    let blocks = at_gateways.flat_map(|own| own.http.iter().flat_map(|rule| &rule.route.matches));
    let mut paths = blocks.filter_map(|block| {
        block
            .uri
            .as_ref()?
            .exact
            .as_deref()
            .or(block.uri.as_ref()?.prefix.as_deref())
    });
    paths.next().unwrap_or("/")
}

fn curl(host: &str, url: &str) -> String {
    if host == "*" {
        format!("curl -i {url}")
    } else {
        format!("curl -i -H 'Host: {host}' {url}")
    }
}

/// The hosts of a Gateway's servers on this port, without their namespaces.
fn gateway_hosts(session: &Session, port: u16) -> Vec<String> {
    let servers = session
        .mesh()
        .gateways
        .iter()
        .flat_map(|gateway| &gateway.spec.servers);
    let here = servers.filter(|server| {
        server
            .port
            .as_ref()
            .is_some_and(|own| own.number == u32::from(port))
    });
    let hosts = here.flat_map(|server| &server.hosts);
    let bare = hosts.map(|host| host.rsplit_once('/').map_or(host.as_str(), |(_, host)| host));
    bare.map(|host| {
        host.strip_prefix("*.")
            .map_or_else(|| host.to_owned(), |rest| format!("www.{rest}"))
    })
    .collect()
}

fn outbound_hosts(session: &Session) -> Vec<String> {
    let services = session.mesh().registry.services().iter();
    let http = services.filter(|service| !service.hostname.starts_with('*'));
    http.flat_map(authorities).collect()
}

fn authorities(service: &Service) -> impl Iterator<Item = String> {
    let mut labels = service.hostname.split('.');
    let short = labels.next().unwrap_or_default();
    let name = match (service.kubernetes, service.namespace.as_str()) {
        (true, "default") => short.to_owned(),
        (true, namespace) => format!("{short}.{namespace}"),
        (false, _) => service.hostname.clone(),
    };
    let http = service.ports.iter().filter(|port| port.protocol.is_http());
    http.map(move |port| format!("{name}:{}", port.number))
}
