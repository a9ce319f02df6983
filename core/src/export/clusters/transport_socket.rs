//! TLS towards upstreams, and the PROXY protocol. Source: Istio `core/cluster_tls.go`.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::Fields;
use super::credentials::Credential;
use super::http_options::Upstream;
use crate::compile::sni_name;
use crate::export::ExportOptions;
use crate::export::files::typed;
use crate::export::tls;
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
    /// What Secrets give.
    pub(super) credential: Option<Credential>,
}

impl<'s> Names<'s> {
    pub(super) fn new(service: &'s Service, port: &ServicePort, subset: &str) -> Self {
        Self {
            sni: sni_name(port.number, subset, &service.hostname),
            subject_alt_names: &service.subject_alt_names,
            credential: None,
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

/// The server name and the names to expect, where they follow from the host that the request asks for. Where that is
/// also the host to look up, it has to be the one of the certificate.
/// Source: Istio `setAutoSniAndAutoSanValidation`.
pub(super) fn by_request(policy: &TrafficPolicy, is_dynamic: bool) -> Fields {
    let (asks, expects) = match &policy.tls {
        Some(tls) if matches!(tls.mode, ClientTLSMode::Simple | ClientTLSMode::Mutual) => {
            let asks = tls.sni.is_empty();
            let is_left_open = asks && tls.subject_alt_names.is_empty();
            (
                asks,
                (is_left_open || is_dynamic) && tls.insecure_skip_verify != Some(true),
            )
        }
        Some(tls) if tls.mode == ClientTLSMode::IstioMutual => (false, false),
        // Without TLS it means nothing, and Envoy asks for it all the same.
        _ => (is_dynamic, is_dynamic),
    };
    let fields = [("auto_sni", asks), ("auto_san_validation", expects)];
    let set = fields.into_iter().filter(|(_, is_set)| *is_set);
    set.map(|(name, _)| (name.into(), json!(true))).collect()
}

/// Whether both follow from the request where the host to look up does.
pub(super) fn is_verified_by_request(policy: &TrafficPolicy) -> bool {
    by_request(policy, true).len() == 2
}

/// Certificates that the rule names.
fn of_rule(tls: &ClientTLSSettings, upstream: Upstream, names: &Names<'_>, options: &ExportOptions) -> Value {
    let alpn: &[&str] = if upstream == Upstream::Http2 { &["h2"] } else { &[] };
    let expected = match tls.subject_alt_names.as_slice() {
        [] => names.subject_alt_names,
        own => own,
    };
    let certificates = match &names.credential {
        Some(credential) => in_secrets(credential, expected),
        None => in_files(tls, expected, options),
    };
    context(&tls.sni, alpn, certificates)
}

/// In files of our own.
fn in_secrets(credential: &Credential, expected: &[String]) -> Fields {
    let mut fields = Fields::new();
    if let Some(certificate) = &credential.certificate {
        let secrets = json!([certificate]);
        fields.insert("tls_certificate_sds_secret_configs".into(), secrets);
    }
    let Some(authorities) = &credential.authorities else {
        fields.insert("validation_context".into(), json!({}));
        return fields;
    };
    let combined = json!({
        "default_validation_context": validation(None, expected, ""),
        "validation_context_sds_secret_config": authorities,
    });
    fields.insert("combined_validation_context".into(), combined);
    fields
}

/// In files that the rule names.
fn in_files(tls: &ClientTLSSettings, expected: &[String], options: &ExportOptions) -> Fields {
    let own = [tls.client_certificate.as_str(), &tls.private_key];
    let is_mutual = tls.mode == ClientTLSMode::Mutual && own.iter().all(|file| !file.is_empty());
    let certificate = is_mutual.then_some((tls.client_certificate.as_str(), tls.private_key.as_str()));
    let authorities = match tls.ca_certificates.as_str() {
        "" | "system" => &options.system_authorities,
        _ => &tls.ca_certificates,
    };
    let is_verified = tls.insecure_skip_verify != Some(true);
    let validation = is_verified.then(|| validation(Some(authorities), expected, &tls.ca_crl));
    files(certificate, validation.unwrap_or_else(|| json!({})))
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
    let validation = validation(Some(ISTIO_AUTHORITIES), expected, "");
    context(sni, alpn, files(Some(ISTIO_CERTIFICATE), validation))
}

/// The fields for a certificate and its key, and for what the server's is held against.
fn files(certificate: Option<(&str, &str)>, validation: Value) -> Fields {
    let certificate = certificate.map(|(chain, key)| tls::in_files(chain, key));
    let certificates: Vec<Value> = certificate.into_iter().collect();
    let mut fields = Fields::new();
    fields.insert("tls_certificates".into(), json!(certificates));
    fields.insert("validation_context".into(), validation);
    fields
}

fn context(sni: &str, alpn: &[&str], certificates: Fields) -> Value {
    let mut common = certificates;
    let versions = json!({
        "tls_minimum_protocol_version": "TLSv1_2",
        "tls_maximum_protocol_version": "TLSv1_3",
    });
    common.insert("tls_params".into(), versions);
    common.insert("alpn_protocols".into(), json!(alpn));
    json!({"sni": sni, "common_tls_context": common})
}

fn validation(authorities: Option<&str>, expected: &[String], revoked: &str) -> Value {
    let names: Vec<Value> = expected.iter().map(|name| tls::subject_name(name)).collect();
    let mut fields = Fields::new();
    fields.extend(authorities.map(|file| ("trusted_ca".into(), json!({"filename": file}))));
    if !names.is_empty() {
        fields.insert("match_typed_subject_alt_names".into(), json!(names));
    }
    if !revoked.is_empty() {
        fields.insert("crl".into(), json!({"filename": revoked}));
    }
    Value::Object(fields)
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
