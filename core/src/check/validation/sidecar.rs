//! Sidecars. Source: Istio `ValidateSidecar`.

use alloc::collections::BTreeSet;
use alloc::format;

use super::findings::Findings;
use super::protocols::{self, Declared};
use super::{addresses, connection_pool, destinations, labels, names, numbers, server_tls, sidecar_egress};
use crate::report::Field;
use crate::resources::Object;
use crate::resources::gateway::{ServerTLSMode, ServerTLSSettings};
use crate::resources::sidecar::{
    IstioIngressListener, OutboundTrafficPolicy, OutboundTrafficPolicyMode, Sidecar, SidecarPort,
};

pub(super) const NO_EFFECT: &str = "no-effect";

/// One Sidecar.
pub(super) fn check(object: &Object<Sidecar>, findings: &mut Findings) {
    let spec = &object.spec;
    let field = Field::SPEC;
    if let Some(selector) = &spec.workload_selector {
        let field = field.name("workloadSelector");
        if !labels::selector(&selector.labels, &field.name("labels"), findings) {
            return;
        }
        let effect = ", will be applied to all services in namespace";
        labels::warn_of_empty(&selector.labels, "sidecar: ", effect, &field, findings);
    }
    let settings = Sidecar {
        workload_selector: None,
        ..spec.clone()
    };
    if settings == Sidecar::default() {
        let message = "sidecar: empty configuration provided";
        let help = "add `egress`, `ingress` or `outboundTrafficPolicy`";
        findings.error(&field, "empty-policy", message, help);
        return;
    }
    check_ingress(&spec.ingress, &field.name("ingress"), findings);
    if let Some(pool) = &spec.inbound_connection_pool {
        connection_pool::check(pool, &field.name("inboundConnectionPool"), findings);
    }
    sidecar_egress::check(
        &spec.egress,
        &object.metadata.namespace,
        &field.name("egress"),
        findings,
    );
    if let Some(policy) = &spec.outbound_traffic_policy {
        check_outbound(policy, &field.name("outboundTrafficPolicy"), findings);
    }
}

fn check_ingress(list: &[IstioIngressListener], field: &Field<'_>, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for (index, listener) in list.iter().enumerate() {
        let field = field.index(index);
        let Some(port) = &listener.port else {
            let message = "sidecar: port is required for ingress listeners";
            findings.error(
                &field,
                "missing-port",
                message,
                "add `port: {number: …, protocol: …}`",
            );
            continue;
        };
        let at = field.name("port");
        check_port(port, &at, findings);
        findings.judge(numbers::port(port.number), &at.name("number"));
        check_bind(&listener.bind, &field, findings);
        check_unique(&mut seen, port.number, &at, findings);
        check_listener(listener, port, &field, findings);
    }
}

/// What ports of listeners in both directions have.
pub(super) fn check_port(port: &SidecarPort, field: &Field<'_>, findings: &mut Findings) {
    if port.target_port > 0 {
        let message = "targetPort has no impact on Sidecars";
        findings.error(&field.name("targetPort"), NO_EFFECT, message, "remove it");
    }
    if !port.name.is_empty() {
        findings.judge(names::port_name(&port.name), &field.name("name"));
    }
    findings.judge(protocols::known(&port.protocol), &field.name("protocol"));
}

/// `bind` as an address; `field` is that of the listener.
pub(super) fn check_bind(bind: &str, field: &Field<'_>, findings: &mut Findings) {
    if !bind.is_empty() {
        findings.judge(addresses::ip(bind), &field.name("bind"));
    }
}

/// Listeners do not share a port.
pub(super) fn check_unique(
    seen: &mut BTreeSet<u32>,
    number: u32,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    if !seen.insert(number) {
        let message = "sidecar: ports on IP bound listeners must be unique";
        let help = "declare each port once";
        findings.error(&field.name("number"), "duplicate-port", message, help);
    }
}

fn check_listener(
    listener: &IstioIngressListener,
    port: &SidecarPort,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    let protocol = Declared::parse(&port.protocol);
    if !listener.default_endpoint.is_empty() {
        check_endpoint(
            &listener.default_endpoint,
            &field.name("defaultEndpoint"),
            findings,
        );
    }
    if let Some(tls) = &listener.tls {
        check_tls(tls, protocol, &field.name("tls"), findings);
    }
    let Some(pool) = &listener.connection_pool else {
        return;
    };
    let field = field.name("connectionPool");
    connection_pool::check(pool, &field, findings);
    if pool.http.is_some() && protocol != Declared::Http {
        let message = format!(
            "sidecar: HTTP connection pool settings are configured for port {} ({:?}) but its protocol is not HTTP \
             ({}); only TCP settings will apply",
            port.number, port.name, port.protocol
        );
        findings.warn(
            &field.name("http"),
            NO_EFFECT,
            message,
            "declare HTTP, or use `tcp`",
        );
    }
}

/// The application behind the proxy: on the same host.
fn check_endpoint(endpoint: &str, field: &Field<'_>, findings: &mut Findings) {
    const CODE: &str = "invalid-address";
    let help = "write `127.0.0.1:8080` or `unix:///path/to/socket`, or leave it out";
    if let Some(path) = endpoint.strip_prefix(addresses::UNIX) {
        findings.judge(addresses::unix_path(path), field);
        return;
    }
    let Some((host, port)) = addresses::split_host_port(endpoint) else {
        let message = format!("address {endpoint}: missing port in address, or too many colons");
        findings.error(field, CODE, message, help);
        return;
    };
    if !matches!(host, "" | "127.0.0.1" | "0.0.0.0" | "::1" | "::") {
        let message = "sidecar: defaultEndpoint must be of form \
                       127.0.0.1:<port>,0.0.0.0:<port>,[::1]:port,[::]:port,unix://filepath or unset";
        findings.error(field, CODE, message, help);
    }
    match port.parse::<i64>() {
        Ok(number) => findings.judge(numbers::port(u32::try_from(number).unwrap_or_default()), field),
        Err(_) => {
            let message = format!("sidecar: defaultEndpoint port ({port}) is not a number");
            findings.error(field, CODE, message, help);
        }
    }
}

fn check_tls(tls: &ServerTLSSettings, protocol: Declared, field: &Field<'_>, findings: &mut Findings) {
    const CODE: &str = "unsupported-field";
    for (name, given, message) in [
        (
            "subjectAltNames",
            !tls.subject_alt_names.is_empty(),
            "sidecar: subjectAltNames is not supported in ingress tls",
        ),
        (
            "httpsRedirect",
            tls.https_redirect,
            "sidecar: httpsRedirect is not supported",
        ),
        (
            "credentialName",
            !tls.credential_name.is_empty(),
            "sidecar: credentialName is not currently supported",
        ),
        (
            "credentialNames",
            !tls.credential_names.is_empty(),
            "sidecar: credentialNames is not currently supported",
        ),
        (
            "caCertCredentialName",
            !tls.ca_cert_credential_name.is_empty(),
            "sidecar: caCertCredentialName is not currently supported",
        ),
        (
            "tlsCertificates",
            !tls.tls_certificates.is_empty(),
            "sidecar: tls_certificates is not currently supported",
        ),
    ] {
        if given {
            let help = "remove it; certificates are files that are mounted into the proxy";
            findings.error(&field.name(name), CODE, message, help);
        }
    }
    let mode = match tls.mode {
        ServerTLSMode::IstioMutual => Some("ISTIO_MUTUAL"),
        ServerTLSMode::AutoPassthrough => Some("AUTO_PASSTHROUGH"),
        _ => None,
    };
    if let Some(mode) = mode {
        let message = format!("configuration is invalid: cannot set mode to {mode} in sidecar ingress tls");
        findings.error(&field.name("mode"), CODE, message, "write SIMPLE or MUTUAL");
    }
    if protocol != Declared::Tls {
        let message = "server cannot have TLS settings for non HTTPS/TLS ports";
        findings.error(
            field,
            "conflicting-fields",
            message,
            "write `protocol: HTTPS`, or remove `tls`",
        );
    }
    server_tls::check(tls, field, findings);
}

fn check_outbound(policy: &OutboundTrafficPolicy, field: &Field<'_>, findings: &mut Findings) {
    let Some(proxy) = &policy.egress_proxy else { return };
    let field = field.name("egressProxy");
    if policy.mode != OutboundTrafficPolicyMode::AllowAny {
        let message = "sidecar: egress_proxy must be set only with ALLOW_ANY outbound_traffic_policy mode";
        findings.error(&field, "conflicting-fields", message, "write `mode: ALLOW_ANY`");
        return;
    }
    findings.judge(names::fqdn(&proxy.host), &field.name("host"));
    if proxy.port.is_none() {
        let message = "sidecar: egress_proxy port must be non-nil";
        findings.error(&field, "missing-port", message, "add `port: {number: …}`");
        return;
    }
    destinations::check(proxy, &field, findings);
}
