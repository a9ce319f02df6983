//! Which route, which cluster, which status.

use mainsheet_core::view::OutcomeKind;

use super::{Findings, Rules, cluster_parts, service_of};
use crate::conformance::expect::{Expect, LocationExpect, LocationParts, PortExpect};
use crate::subject::{Decided, Observation};

pub(super) fn check(expect: &Expect, seen: &Observation, rules: &Rules, findings: &mut Findings) {
    if let Some(decided) = &seen.decided {
        route(expect, decided, rules, findings);
    }
    status(expect, seen, findings);
    cluster(expect, seen, rules, findings);
    location(expect, seen, rules, findings);
    for (key, stated) in [
        ("consistentBackend", expect.consistent_backend),
        ("connectionFails", expect.connection_fails),
    ] {
        if stated.is_some() {
            findings.invisible(key);
        }
    }
}

/// An outcome in the words of the suites.
fn word(outcome: OutcomeKind) -> String {
    serde_json::to_value(outcome)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn route(expect: &Expect, seen: &Decided, rules: &Rules, findings: &mut Findings) {
    if let Some(outcome) = &expect.outcome {
        findings.same("outcome", outcome, &word(seen.outcome));
    }
    findings.stated("detail", expect.detail.as_ref(), seen.detail.as_ref(), rules);
    findings.stated(
        "routeConfig",
        expect.route_config.as_ref(),
        seen.route_config.as_ref(),
        rules,
    );
    findings.stated(
        "virtualHost",
        expect.virtual_host.as_ref(),
        seen.virtual_host.as_ref(),
        rules,
    );
    let name = seen.route.as_ref().filter(|name| !name.is_empty());
    findings.stated("route", expect.route.as_ref(), name, rules);
    findings.stated(
        "routeIndex",
        expect.route_index.as_ref(),
        seen.route_index.as_ref(),
        rules,
    );
    domains(expect, seen, findings);
    if expect.listener.is_some() {
        findings.same("listener", &expect.listener, &seen.listener);
    }
    let delayed = seen.delay_ms.is_some();
    if expect.delayed.is_some() || rules.recording {
        findings.same("delayed", &expect.delayed.unwrap_or_default(), &delayed);
    }
}

fn domains(expect: &Expect, seen: &Decided, findings: &mut Findings) {
    if let Some(domain) = &expect.virtual_host_domain
        && !seen.domains.contains(domain)
    {
        findings.fail(
            "virtualHostDomain",
            format!("{domain:?}"),
            format!("{:?}", seen.domains),
        );
    }
    if let Some(domain) = &expect.virtual_host_domain_not
        && seen.domains.contains(domain)
    {
        findings.fail(
            "virtualHostDomainNot",
            format!("not {domain:?}"),
            format!("{:?}", seen.domains),
        );
    }
}

fn status(expect: &Expect, seen: &Observation, findings: &mut Findings) {
    if let Some(allowed) = &expect.status
        && !allowed.contain(seen.status)
    {
        findings.fail("status", format!("{allowed:?}"), seen.status.to_string());
    }
    if let Some(forbidden) = &expect.status_not
        && forbidden.contain(seen.status)
    {
        findings.fail("statusNot", format!("not {forbidden:?}"), seen.status.to_string());
    }
    if let Some(name) = &expect.grpc_status {
        findings.same("grpcStatus", name.as_str(), grpc_status(seen));
    }
}

/// The name of the gRPC status that a client sees. An upstream that is reached answers `OK`.
fn grpc_status(seen: &Observation) -> &str {
    let header = seen
        .response_headers
        .iter()
        .find(|(name, _)| name == "grpc-status")
        .map(|(_, value)| value.as_str());
    match header {
        Some("0") => "OK",
        Some("7") => "PERMISSION_DENIED",
        Some("12") => "UNIMPLEMENTED",
        Some("13") => "INTERNAL",
        Some("14") => "UNAVAILABLE",
        Some("16") => "UNAUTHENTICATED",
        Some(_) => "UNKNOWN",
        None if seen.upstream.is_some() && seen.status == 200 => "OK",
        None => "none",
    }
}

fn cluster(expect: &Expect, seen: &Observation, rules: &Rules, findings: &mut Findings) {
    let chosen = seen.cluster.as_deref();
    if let Some(cluster) = &expect.cluster {
        findings.same("cluster", cluster.as_str(), chosen.unwrap_or_default());
        only_one(expect, seen, rules, findings);
    }
    let parts = chosen.and_then(cluster_parts);
    let host = parts.map(|(_, _, host)| host);
    if let Some(forbidden) = &expect.cluster_host_not
        && host == Some(forbidden)
    {
        findings.fail(
            "clusterHostNot",
            format!("not {forbidden:?}"),
            format!("{host:?}"),
        );
    }
    if let Some(subset) = &expect.subset {
        let chosen = parts.map(|(_, subset, _)| subset).unwrap_or_default();
        findings.same("subset", subset.as_str(), chosen);
    }
    let (name, namespace) = service_of(chosen);
    if let Some(backend) = &expect.backend {
        findings.same("backend", backend, &name);
    }
    if let Some(expected) = &expect.backend_namespace {
        findings.same("backendNamespace", expected, &namespace);
    }
    if let Some(workload) = &expect.workload {
        let pod = rules.pod.as_deref().filter(|_| host.is_none());
        if !pod.is_some_and(|pod| pod.starts_with(workload)) {
            findings.fail("workload", format!("{workload}…"), format!("{pod:?}, {chosen:?}"));
        }
    }
}

/// A recording that names one cluster had no choice.
fn only_one(expect: &Expect, seen: &Observation, rules: &Rules, findings: &mut Findings) {
    let destinations = seen.decided.as_ref().map(|decided| decided.destinations.len());
    if rules.recording && !expect.is_branch && destinations > Some(1) {
        findings.fail(
            "cluster",
            "the only destination",
            format!("one of {destinations:?}"),
        );
    }
}

fn location(expect: &Expect, seen: &Observation, rules: &Rules, findings: &mut Findings) {
    match &expect.location {
        None if rules.recording => findings.same("location", &None, &seen.location),
        None => {}
        Some(LocationExpect::Whole(whole)) => {
            findings.same("location", &Some(whole), &seen.location.as_ref());
        }
        Some(LocationExpect::Parts(parts)) => {
            let seen = seen.location.as_deref().unwrap_or_default();
            location_parts(parts, seen, findings);
        }
    }
}

fn location_parts(expect: &LocationParts, seen: &str, findings: &mut Findings) {
    let (scheme, rest) = seen.split_once("://").unwrap_or(("", seen));
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, ""));
    let path = target.split('?').next().unwrap_or_default();
    for (key, expected, found) in [
        ("location.scheme", &expect.scheme, scheme),
        ("location.host", &expect.host, host),
        ("location.path", &expect.path, path),
    ] {
        if let Some(expected) = expected {
            findings.same(key, expected.as_str(), found);
        }
    }
    let usual = if scheme == "https" { "443" } else { "80" };
    let holds = match &expect.port {
        None => true,
        Some(PortExpect::Number(number)) => {
            port == number.to_string() || (port.is_empty() && number.to_string() == usual)
        }
        Some(PortExpect::Word(word)) => word == "default" && (port.is_empty() || port == usual),
    };
    if !holds {
        findings.fail("location.port", format!("{:?}", expect.port), format!("{port:?}"));
    }
}
