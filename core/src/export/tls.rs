//! TLS towards clients.

use serde_json::{Value, json};

use super::files::typed;
use super::options::CertificateFiles;

/// Ends TLS with a certificate, whatever name the client asks for.
pub(super) fn transport_socket(certificate: &CertificateFiles) -> Value {
    let context = json!({"common_tls_context": {"tls_certificates": [{
        "certificate_chain": {"filename": certificate.chain},
        "private_key": {"filename": certificate.key},
    }]}});
    json!({
        "name": "envoy.transport_sockets.tls",
        "typed_config":
            typed("envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext", context),
    })
}

/// Reads the name that the client asks for.
pub(super) fn inspector() -> Value {
    json!({
        "name": "envoy.filters.listener.tls_inspector",
        "typed_config":
            typed("envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector", json!({})),
    })
}
