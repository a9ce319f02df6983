//! What cannot be done as it is written.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Cluster;
use super::check::Problem;
use super::load_balancer::is_passthrough;
use crate::diagnostic::{Diagnostic, Severity};
use crate::export::dynamic_dns;
use crate::export::endpoints::Host;
use crate::export::inbound::Inbound;
use crate::export::{ExportOptions, ProxyExport};
use crate::mesh::{Protocol, Resolution, Service};
use crate::report::Subject;
use crate::resources::destination_rule::{ClientTLSMode, TrafficPolicy};

/// Everything about a service itself.
pub(super) fn of(service: &Service, options: &ExportOptions) -> Vec<Diagnostic> {
    let findings = [
        dynamic_names(service),
        without_address(service, options),
        unsuitable(service, options),
    ];
    findings.into_iter().flatten().collect()
}

pub(super) fn disagreement(cluster: &Cluster, proxy: &ProxyExport) -> Diagnostic {
    let message = format!(
        "`{}` means something else to `{}` than to proxies before it",
        cluster.name, proxy.name
    );
    Diagnostic::warning("cluster-conflict", message).help("export proxies of different namespaces apart")
}

/// Something wrong with the policy for a service.
pub(super) fn of_policy(problem: Problem, subject: Option<&Subject>, service: &Service) -> Diagnostic {
    let Problem { block, message } = problem;
    let message = format!("`{block}` of the policy for `{}`: {message}", service.hostname);
    let help = "docs/fields.md says which fields have an effect";
    about_rule(subject, "traffic-policy-value", message, help)
}

/// A Secret that the policy for a service names and that is not used.
pub(super) fn of_credential(message: &str, subject: Option<&Subject>, service: &Service) -> Diagnostic {
    let host = &service.hostname;
    let message = format!("`tls.credentialName` of the policy for `{host}`: {message}");
    let help = "a Secret comes from the namespace of the proxy; files that it has itself need no Secret";
    about_rule(subject, "credential-not-used", message, help)
}

/// Something wrong with the limits of an inbound listener.
pub(super) fn of_inbound(problem: Problem, inbound: &Inbound<'_>) -> Diagnostic {
    let Problem { block, message } = problem;
    let message = format!(
        "`{block}` of the inbound listener on port {}: {message}",
        inbound.port
    );
    let help = "docs/fields.md says which fields have an effect";
    about_rule(
        Some(&inbound.sidecar.subject),
        "traffic-policy-value",
        message,
        help,
    )
}

/// Requests to the address that the client has connected to, where nothing brings connections here.
pub(super) fn passthrough(
    policy: &TrafficPolicy,
    subject: Option<&Subject>,
    service: &Service,
    options: &ExportOptions,
) -> Option<Diagnostic> {
    let message = format!(
        "requests for `{}` go to the address that the client has connected to, and no connections are redirected",
        service.hostname
    );
    let help = "they get 503; remove `simple: PASSTHROUGH`";
    (is_passthrough(policy) && !options.redirected)
        .then(|| about_rule(subject, "no-original-destination", message, help))
}

/// Leaves out what stand-ins do not speak.
pub(super) fn plain_stand_ins(
    policy: &mut TrafficPolicy,
    subject: Option<&Subject>,
    service: &Service,
) -> Option<Diagnostic> {
    let proxy_protocol = policy.proxy_protocol.take();
    let tls = policy.tls.take().filter(|tls| tls.mode != ClientTLSMode::Disable);
    let message = format!(
        "connections to what stands in for `{}` are plain: it speaks neither TLS nor the PROXY protocol",
        service.hostname
    );
    let help = "nothing has to be done; where the real endpoints are known, the rule counts";
    let asked = tls.is_some() || proxy_protocol.is_some();
    asked.then(|| Diagnostic {
        severity: Severity::Info,
        ..about_rule(subject, "plain-stand-in", message, help)
    })
}

/// Ports whose clients do not say the name that would be looked up.
fn dynamic_names(service: &Service) -> Option<Diagnostic> {
    let mut ports = service.ports.iter();
    let unserved = ports.find(|port| !dynamic_dns::serves(port) && port.protocol != Protocol::Udp);
    let port = unserved.filter(|_| service.resolution == Resolution::DynamicDns)?;
    let message = format!(
        "port {} of `{}` is not served: resolution DYNAMIC_DNS is for HTTP, HTTP2, GRPC and TLS",
        port.number, service.hostname
    );
    let help = "name the hosts and use resolution DNS, or give the port one of these protocols";
    Some(about(service, "resolution-not-served", message, help))
}

fn without_address(service: &Service, options: &ExportOptions) -> Option<Diagnostic> {
    let unknown = service.endpoints.iter().find(|endpoint| {
        service
            .ports
            .iter()
            .any(|port| Host::new(service, port, endpoint, options).is_none())
    })?;
    let message = format!(
        "nobody knows the address of `{}` behind `{}`",
        unknown.workload, service.hostname
    );
    let help = "add Pods with addresses or EndpointSlices, or let stand-ins serve it";
    Some(about(service, "endpoint-without-address", message, help))
}

/// Names where Envoy takes only addresses, and sockets where it takes only what can be looked up: one of them
/// would make it refuse all.
fn unsuitable(service: &Service, options: &ExportOptions) -> Option<Diagnostic> {
    let port = service.ports.first()?;
    let left_out = service.endpoints.iter().find(|endpoint| {
        let host = Host::new(service, port, endpoint, options);
        host.is_some_and(|host| !host.suits(service.resolution))
    })?;
    let workload = &left_out.workload;
    let (reason, help) = match service.resolution {
        Resolution::Dns | Resolution::DnsRoundRobin => ("it is a socket", "use resolution STATIC"),
        _ => ("it has a name and no IP address", "use resolution DNS"),
    };
    let message = format!("`{workload}` of `{}` is left out: {reason}", service.hostname);
    Some(about(service, "endpoint-not-an-address", message, help))
}

fn about(service: &Service, code: &str, message: String, help: &str) -> Diagnostic {
    Diagnostic {
        document: service.document,
        ..Diagnostic::warning(code, message).help(help)
    }
}

fn about_rule(subject: Option<&Subject>, code: &str, message: String, help: &str) -> Diagnostic {
    let finding = Diagnostic::warning(code, message).help(help);
    match subject {
        Some(subject) => finding.about(subject.resource.clone(), subject.document),
        None => finding,
    }
}
