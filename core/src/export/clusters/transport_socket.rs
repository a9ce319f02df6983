//! TLS towards upstreams, and the PROXY protocol. Source: Istio `core/cluster_tls.go`.

use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

use serde_json::{Value, json};

use super::Fields;
use super::http_options::Upstream;
use crate::compile::sni_name;
use crate::export::ExportOptions;
use crate::export::files::typed;
use crate::mesh::{Protocol, Service, ServicePort};
use crate::resources::destination_rule::{
    ClientTLSMode, ClientTLSSettings, ProxyProtocolVersion, TrafficPolicy,
};

/// Where Istio's certificates are in files. Source: Istio `constants.AuthCertsPath`.
pub(in crate::export) const ISTIO_CERTIFICATE: (&str, &str) =
    ("/etc/certs/cert-chain.pem", "/etc/certs/key.pem");
/// Who has signed them.
pub(in crate::export) const ISTIO_AUTHORITIES: &str = "/etc/certs/root-cert.pem";

/// What TLS asks for and expects where a policy says nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Names<'s> {
    /// The server name between Istio's proxies.
    sni: String,
    /// What the service says about its certificates.
    subject_alt_names: &'s [String],
}

impl<'s> Names<'s> {
    pub(super) fn new(service: &'s Service, port: &ServicePort, subset: &str) -> Self {
        Self {
            sni: sni_name(port.number, subset, &service.hostname),
            subject_alt_names: &service.subject_alt_names,
        }
    }
}

/// `transport_socket`; nothing where connections are plain.
pub(super) fn message(
    policy: &TrafficPolicy,
    protocol: Protocol,
    upstream: Upstream,
    names: &Names<'_>,
    options: &ExportOptions,
) -> Option<Value> {
    let context = policy.tls.as_ref().and_then(|tls| match tls.mode {
        ClientTLSMode::Disable => None,
        ClientTLSMode::Simple | ClientTLSMode::Mutual => Some(of_rule(tls, upstream, names, options)),
        ClientTLSMode::IstioMutual => Some(of_istio(tls, protocol, upstream, names)),
    });
    let encrypted = context.map(|context| {
        let context = typed(
            "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
            context,
        );
        json!({"name": "envoy.transport_sockets.tls", "typed_config": context})
    });
    match &policy.proxy_protocol {
        Some(proxy) => Some(announced(proxy.version, encrypted)),
        None => encrypted,
    }
}

/// The server name and the names to expect, where they follow from the host that the request asks for.
/// Source: Istio `setAutoSniAndAutoSanValidation`.
pub(super) fn by_request(policy: &TrafficPolicy) -> Fields {
    let mut fields = Fields::new();
    let of_rule = |tls: &&ClientTLSSettings| {
        matches!(tls.mode, ClientTLSMode::Simple | ClientTLSMode::Mutual) && tls.sni.is_empty()
    };
    if let Some(tls) = policy.tls.as_ref().filter(of_rule) {
        fields.insert("auto_sni".into(), json!(true));
        if tls.subject_alt_names.is_empty() && tls.insecure_skip_verify != Some(true) {
            fields.insert("auto_san_validation".into(), json!(true));
        }
    }
    fields
}

/// Certificates that the rule names.
fn of_rule(tls: &ClientTLSSettings, upstream: Upstream, names: &Names<'_>, options: &ExportOptions) -> Value {
    let own = [tls.client_certificate.as_str(), &tls.private_key];
    let is_mutual = tls.mode == ClientTLSMode::Mutual && own.iter().all(|file| !file.is_empty());
    let certificate = is_mutual.then_some((tls.client_certificate.as_str(), tls.private_key.as_str()));
    let alpn: &[&str] = if upstream == Upstream::Http2 { &["h2"] } else { &[] };
    let validation = if tls.insecure_skip_verify == Some(true) {
        json!({})
    } else {
        let authorities = match tls.ca_certificates.as_str() {
            "" | "system" => &options.system_authorities,
            _ => &tls.ca_certificates,
        };
        let expected = match tls.subject_alt_names.as_slice() {
            [] => names.subject_alt_names,
            own => own,
        };
        validation(authorities, expected, &tls.ca_crl)
    };
    context(&tls.sni, certificate, alpn, &validation)
}

/// Certificates that Istio gives to workloads. The protocols are those that the filter `istio.alpn` would offer,
/// which only Istio's own Envoy has: by them the sidecar at the other end knows what it gets.
fn of_istio(tls: &ClientTLSSettings, protocol: Protocol, upstream: Upstream, names: &Names<'_>) -> Value {
    let sni = if tls.sni.is_empty() { &names.sni } else { &tls.sni };
    let alpn: &[&str] = match upstream {
        Upstream::Http2 => &["istio-h2", "istio", "h2"],
        Upstream::Http1 if protocol.is_http() => &["istio-http/1.1", "istio", "http/1.1"],
        Upstream::Http1 | Upstream::Client => &["istio"],
    };
    let expected = match tls.subject_alt_names.as_slice() {
        [] => names.subject_alt_names,
        own => own,
    };
    let validation = validation(ISTIO_AUTHORITIES, expected, "");
    context(sni, Some(ISTIO_CERTIFICATE), alpn, &validation)
}

fn context(sni: &str, certificate: Option<(&str, &str)>, alpn: &[&str], validation: &Value) -> Value {
    let certificate = certificate.map(
        |(chain, key)| json!({"certificate_chain": {"filename": chain}, "private_key": {"filename": key}}),
    );
    json!({
        "sni": sni,
        "common_tls_context": {
            "tls_params": {
                "tls_minimum_protocol_version": "TLSv1_2",
                "tls_maximum_protocol_version": "TLSv1_3",
            },
            "tls_certificates": certificate.into_iter().collect::<Vec<_>>(),
            "alpn_protocols": alpn,
            "validation_context": validation,
        },
    })
}

fn validation(authorities: &str, expected: &[String], revoked: &str) -> Value {
    let names: Vec<Value> = expected.iter().map(|name| subject_alt_name(name)).collect();
    let mut fields = Fields::new();
    fields.insert("trusted_ca".into(), json!({"filename": authorities}));
    if !names.is_empty() {
        fields.insert("match_typed_subject_alt_names".into(), json!(names));
    }
    if !revoked.is_empty() {
        fields.insert("crl".into(), json!({"filename": revoked}));
    }
    Value::Object(fields)
}

/// Envoy wants to know the kind of a name, which its form says.
fn subject_alt_name(name: &str) -> Value {
    let kind = if name.contains("://") {
        "URI"
    } else if name.parse::<IpAddr>().is_ok() {
        "IP_ADDRESS"
    } else if name.contains('@') {
        "EMAIL"
    } else {
        "DNS"
    };
    json!({"san_type": kind, "matcher": {"exact": name}})
}

/// Says first who the client is. Source: Istio `applyUpstreamProxyProtocol`.
fn announced(version: ProxyProtocolVersion, inner: Option<Value>) -> Value {
    let plain = || {
        let plain = typed(
            "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer",
            json!({}),
        );
        json!({"name": "envoy.transport_sockets.raw_buffer", "typed_config": plain})
    };
    let transport = typed(
        "envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport",
        json!({"config": {"version": version}, "transport_socket": inner.unwrap_or_else(plain)}),
    );
    json!({"name": "envoy.transport_sockets.upstream_proxy_protocol", "typed_config": transport})
}
