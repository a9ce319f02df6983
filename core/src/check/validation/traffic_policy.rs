//! `trafficPolicy`. Source: Istio `validateTrafficPolicy`, `validatePortTrafficPolicies`, `validateTunnelSettings`.

use alloc::format;

use super::findings::Findings;
use super::{addresses, client_tls, connection_pool, load_balancer, names, numbers, outlier_detection};
use crate::report::Field;
use crate::resources::destination_rule::{PortTrafficPolicy, RetryBudget, TrafficPolicy, TunnelSettings};

const EMPTY: &str = "empty-policy";
const EMPTY_HELP: &str = "add a setting, or remove the policy";

/// One policy, in a resource of `namespace`.
pub fn check(policy: &TrafficPolicy, namespace: &str, field: &Field<'_>, findings: &mut Findings) {
    if *policy == TrafficPolicy::default() {
        findings.error(
            field,
            EMPTY,
            "traffic policy must have at least one field",
            EMPTY_HELP,
        );
        return;
    }
    if policy.tunnel.is_some() && policy.proxy_protocol.is_some() {
        let message = "tunnel and proxyProtocol must not be set together";
        findings.error(
            &field.name("tunnel"),
            "conflicting-fields",
            message,
            "remove one of them",
        );
        return;
    }
    // Both have these four.
    let shared = PortTrafficPolicy {
        port: None,
        load_balancer: policy.load_balancer.clone(),
        connection_pool: policy.connection_pool.clone(),
        outlier_detection: policy.outlier_detection.clone(),
        tls: policy.tls.clone(),
    };
    check_settings(&shared, namespace, field, findings);
    let ports = field.name("portLevelSettings");
    for (index, policy) in policy.port_level_settings.iter().enumerate() {
        check_port(policy, namespace, &ports.index(index), findings);
    }
    if let Some(tunnel) = &policy.tunnel {
        check_tunnel(tunnel, &field.name("tunnel"), findings);
    }
    if let Some(budget) = &policy.retry_budget {
        check_budget(budget, &field.name("retryBudget"), findings);
    }
}

fn check_port(policy: &PortTrafficPolicy, namespace: &str, field: &Field<'_>, findings: &mut Findings) {
    if policy.port.is_none() {
        let message = "portTrafficPolicy must have valid port";
        findings.error(field, "missing-port", message, "write `port: {number: …}`");
    }
    let settings = PortTrafficPolicy {
        port: None,
        ..policy.clone()
    };
    if settings == PortTrafficPolicy::default() {
        findings.error(
            field,
            EMPTY,
            "port traffic policy must have at least one field",
            EMPTY_HELP,
        );
    } else {
        check_settings(&settings, namespace, field, findings);
    }
}

fn check_settings(policy: &PortTrafficPolicy, namespace: &str, field: &Field<'_>, findings: &mut Findings) {
    let outlier = policy.outlier_detection.as_ref();
    if let Some(outlier) = outlier {
        outlier_detection::check(outlier, &field.name("outlierDetection"), findings);
    }
    if let Some(pool) = &policy.connection_pool {
        connection_pool::check(pool, &field.name("connectionPool"), findings);
    }
    if let Some(balancer) = &policy.load_balancer {
        load_balancer::check(balancer, outlier, &field.name("loadBalancer"), findings);
    }
    if let Some(tls) = &policy.tls {
        client_tls::check(tls, namespace, &field.name("tls"), findings);
    }
}

fn check_tunnel(tunnel: &TunnelSettings, field: &Field<'_>, findings: &mut Findings) {
    if !matches!(tunnel.protocol.as_str(), "" | "CONNECT" | "POST") {
        let message = "tunnel protocol must be \"CONNECT\" or \"POST\"";
        findings.error(
            &field.name("protocol"),
            "invalid-protocol",
            message,
            "write CONNECT or POST",
        );
    }
    let host = &tunnel.target_host;
    if let Err(refusal) = names::fqdn(host)
        && !addresses::is_ip(host)
    {
        let message = format!(
            "tunnel target host must be valid FQDN or IP address: {}; {host} is not a valid IP",
            refusal.message
        );
        findings.error(
            &field.name("targetHost"),
            "invalid-host",
            message,
            "name a host, or give an address",
        );
    }
    if let Err(refusal) = numbers::port(tunnel.target_port) {
        let message = format!("tunnel target port is invalid: {}", refusal.message);
        findings.error(&field.name("targetPort"), refusal.code, message, refusal.help);
    }
}

/// Source: the schema of Istio's DestinationRule.
fn check_budget(budget: &RetryBudget, field: &Field<'_>, findings: &mut Findings) {
    if budget
        .percent
        .is_some_and(|percent| !(0.0..=100.0).contains(&percent))
    {
        let message = "percent must be in range [0.0, 100.0]";
        let help = "give a number from 0 to 100";
        findings.error(&field.name("percent"), "invalid-percentage", message, help);
    }
}
