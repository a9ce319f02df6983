//! `networking.istio.io` Gateway.

use alloc::string::String;
use alloc::vec::Vec;

use super::metadata::Labels;

message! {
    /// What a set of proxies at the edge listens to.
    pub struct Gateway {
        /// Ports, hosts and certificates.
        pub servers: Vec<Server>,
        /// Labels of the proxies. Empty: all of them.
        pub selector: Labels,
    }

    /// One port and the hosts on it.
    pub struct Server {
        /// The port.
        pub port: Option<Port>,
        /// Address to listen on.
        pub bind: String,
        /// Hosts as `host`, `ns/host`, `./host` or `*/host`.
        pub hosts: Vec<String>,
        /// TLS towards the client.
        pub tls: Option<ServerTLSSettings>,
        /// Not implemented by Istio.
        pub default_endpoint: String,
        /// Name of the server.
        pub name: String,
    }

    /// A port with its protocol.
    pub struct Port {
        /// The number.
        pub number: u32,
        /// HTTP, HTTPS, HTTP2, GRPC, GRPC-WEB, MONGO, TCP or TLS.
        pub protocol: String,
        /// The name.
        pub name: String,
        /// Deprecated; refused on a Gateway.
        pub target_port: u32,
    }

    /// TLS towards the client.
    pub struct ServerTLSSettings {
        /// Answer plain HTTP with a redirect to HTTPS.
        pub https_redirect: bool,
        /// Whether the proxy ends TLS, and what it asks of clients.
        pub mode: ServerTLSMode,
        /// File of the certificate.
        pub server_certificate: String,
        /// File of the key.
        pub private_key: String,
        /// File of the authorities for client certificates.
        pub ca_certificates: String,
        /// File of the revocation list.
        pub ca_crl: String,
        /// Secret with the certificate.
        pub credential_name: String,
        /// Secrets with certificates of different key types.
        pub credential_names: Vec<String>,
        /// Secret with the authorities for client certificates.
        pub ca_cert_credential_name: String,
        /// Certificates of different key types.
        pub tls_certificates: Vec<TLSCertificate>,
        /// Names a client certificate may carry.
        pub subject_alt_names: Vec<String>,
        /// Hashes of allowed client keys.
        pub verify_certificate_spki: Vec<String>,
        /// Hashes of allowed client certificates.
        pub verify_certificate_hash: Vec<String>,
        /// Oldest version.
        pub min_protocol_version: TLSProtocol,
        /// Newest version.
        pub max_protocol_version: TLSProtocol,
        /// Ciphers.
        pub cipher_suites: Vec<String>,
        /// Do not verify. Since Istio 1.31.
        pub insecure_skip_verify: Option<bool>,
    }

    /// Files of one certificate.
    pub struct TLSCertificate {
        /// File of the certificate.
        pub server_certificate: String,
        /// File of the key.
        pub private_key: String,
        /// File of the authorities.
        pub ca_certificates: String,
    }
}

choice! {
    /// Whether the proxy ends TLS, and what it asks of clients.
    pub enum ServerTLSMode {
        /// Passed on by server name.
        Passthrough,
        /// Ended here.
        Simple,
        /// Ended here, client certificate required.
        Mutual,
        /// Passed on; the destination is in the server name.
        AutoPassthrough,
        /// Ended here with Istio's certificates.
        IstioMutual,
        /// Ended here, client certificate asked for.
        OptionalMutual,
    }

    /// Version of TLS.
    pub enum TLSProtocol {
        /// Istio's choice.
        TlsAuto,
        /// 1.0
        #[serde(rename = "TLSV1_0")]
        TlsV1_0,
        /// 1.1
        #[serde(rename = "TLSV1_1")]
        TlsV1_1,
        /// 1.2
        #[serde(rename = "TLSV1_2")]
        TlsV1_2,
        /// 1.3
        #[serde(rename = "TLSV1_3")]
        TlsV1_3,
    }
}

/// The ciphers that Istio knows; it leaves out others. Source: Istio `security.ValidCipherSuites`.
const CIPHERS: [&str; 15] = [
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-ECDSA-AES256-SHA",
    "ECDHE-RSA-AES256-SHA",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
    "AES128-SHA",
    "AES256-SHA",
    "DES-CBC3-SHA",
];

/// Whether Istio passes a cipher on; expressions as BoringSSL has them are not looked into.
pub fn is_cipher(suite: &str) -> bool {
    let is_expression = suite.starts_with(|first: char| !first.is_ascii_alphanumeric());
    suite == "ALL" || is_expression || CIPHERS.contains(&suite)
}
