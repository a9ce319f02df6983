//! TLS towards clients. Source: Istio `validateTLSOptions`, `security.IsValidCipherSuite`.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::findings::Findings;
use crate::report::Field;
use crate::resources::gateway::{ServerTLSMode, ServerTLSSettings, TLSProtocol, is_cipher};

const CONFLICT: &str = "conflicting-fields";

/// The settings of a server, or of an inbound listener.
pub fn check(tls: &ServerTLSSettings, field: &Field<'_>, findings: &mut Findings) {
    check_versions(tls, field, findings);
    check_ciphers(&tls.cipher_suites, &field.name("cipherSuites"), findings);
    match tls.mode {
        ServerTLSMode::IstioMutual => check_istio_mutual(tls, field, findings),
        ServerTLSMode::Passthrough | ServerTLSMode::AutoPassthrough => {
            warn_of_certificates(tls, field, findings);
            check_sources(tls, field, findings);
            check_revocation(tls, field, findings);
        }
        ServerTLSMode::Simple | ServerTLSMode::Mutual | ServerTLSMode::OptionalMutual => {
            check_sources(tls, field, findings);
            // What a secret holds is not looked at.
            if tls.credential_name.is_empty() && tls.credential_names.is_empty() {
                check_files(tls, field, findings);
                check_revocation(tls, field, findings);
            }
        }
    }
}

fn check_versions(tls: &ServerTLSSettings, field: &Field<'_>, findings: &mut Findings) {
    let old = matches!(
        tls.min_protocol_version,
        TLSProtocol::TlsV1_0 | TLSProtocol::TlsV1_1
    );
    if old && tls.cipher_suites.is_empty() {
        let message = "TLS version below TLSV1_2 require setting compatible ciphers as by default they no longer \
                       include compatible ciphers.";
        let help = "add `cipherSuites`, or write TLSV1_2";
        findings.warn(&field.name("minProtocolVersion"), "no-effect", message, help);
    }
}

fn check_ciphers(list: &[String], field: &Field<'_>, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    let mut warn = |index: usize, words: &str, cipher: &str, help: &str| {
        let message = format!("ignoring {words} cipher suites: [{cipher}]");
        findings.warn(&field.index(index), "invalid-cipher", message, help);
    };
    for (index, cipher) in list.iter().enumerate() {
        if !is_cipher(cipher) {
            let help = "use the names of BoringSSL, such as ECDHE-RSA-AES128-GCM-SHA256";
            warn(index, "invalid", cipher, help);
        } else if !seen.insert(cipher) {
            warn(index, "duplicate", cipher, "remove it");
        }
    }
}

/// Istio brings its own certificates.
fn check_istio_mutual(tls: &ServerTLSSettings, field: &Field<'_>, findings: &mut Findings) {
    for (name, given, words) in [
        (
            "serverCertificate",
            !tls.server_certificate.is_empty(),
            "server certificate",
        ),
        ("privateKey", !tls.private_key.is_empty(), "private key"),
        ("caCertificates", !tls.ca_certificates.is_empty(), "CA bundle"),
        (
            "tlsCertificates",
            !tls.tls_certificates.is_empty(),
            "tlsCertificates",
        ),
        (
            "credentialName",
            !tls.credential_name.is_empty(),
            "credentialName",
        ),
        (
            "credentialNames",
            !tls.credential_names.is_empty(),
            "credentialNames",
        ),
        (
            "caCertCredentialName",
            !tls.ca_cert_credential_name.is_empty(),
            "caCertCredentialName",
        ),
    ] {
        if given {
            let message = format!("ISTIO_MUTUAL TLS cannot have associated {words}");
            let help = "remove it, or write `mode: MUTUAL` for certificates of your own";
            findings.error(&field.name(name), CONFLICT, message, help);
        }
    }
}

fn warn_of_certificates(tls: &ServerTLSSettings, field: &Field<'_>, findings: &mut Findings) {
    let texts = [
        &tls.ca_crl,
        &tls.server_certificate,
        &tls.private_key,
        &tls.ca_certificates,
        &tls.credential_name,
        &tls.ca_cert_credential_name,
    ];
    let lists = !tls.tls_certificates.is_empty() || !tls.credential_names.is_empty();
    if lists || texts.iter().any(|text| !text.is_empty()) {
        let mode = match tls.mode {
            ServerTLSMode::AutoPassthrough => "AUTO_PASSTHROUGH",
            _ => "PASSTHROUGH",
        };
        let message = format!("{mode} mode does not use certificates, they will be ignored");
        let help = "remove them, or write `mode: SIMPLE` to end TLS here";
        findings.warn(field, "no-effect", message, help);
    }
}

/// Certificates come from one place.
fn check_sources(tls: &ServerTLSSettings, field: &Field<'_>, findings: &mut Findings) {
    let sources = [
        !tls.server_certificate.is_empty() && !tls.private_key.is_empty(),
        !tls.credential_name.is_empty(),
        !tls.credential_names.is_empty(),
        !tls.tls_certificates.is_empty(),
    ];
    if sources.iter().filter(|given| **given).count() > 1 {
        let message = "only one of credential_name, credential_names, server_certificate/private_key, \
                       tls_certificates should be specified";
        findings.error(field, CONFLICT, message, "keep one of them");
    }
}

fn check_files(tls: &ServerTLSSettings, field: &Field<'_>, findings: &mut Findings) {
    const CODE: &str = "missing-certificate";
    let words = match tls.mode {
        ServerTLSMode::Simple => "SIMPLE TLS",
        _ => "MUTUAL TLS",
    };
    let help = "give the file, or name a secret in `credentialName`";
    let clients = !tls.ca_certificates.is_empty() || !tls.ca_cert_credential_name.is_empty();
    if tls.mode != ServerTLSMode::Simple && !clients {
        let message = format!("{words} requires a client CA bundle");
        findings.error(field, CODE, message, help);
    }
    if tls.tls_certificates.len() > 2 {
        let message = format!("{words} can support up to 2 server certificates");
        let help = "keep one for RSA and one for ECDSA";
        findings.warn(&field.name("tlsCertificates"), "no-effect", message, help);
    }
    let own = [(&tls.server_certificate, &tls.private_key)];
    let listed = tls.tls_certificates.iter();
    let listed: Vec<_> = listed
        .map(|pair| (&pair.server_certificate, &pair.private_key))
        .collect();
    let pairs = if listed.is_empty() {
        own.as_slice()
    } else {
        listed.as_slice()
    };
    for (certificate, key) in pairs {
        for (file, part) in [(certificate, "server certificate"), (key, "private key")] {
            if file.is_empty() {
                findings.error(field, CODE, format!("{words} requires a {part}"), help);
            }
        }
    }
}

fn check_revocation(tls: &ServerTLSSettings, field: &Field<'_>, findings: &mut Findings) {
    if tls.ca_crl.is_empty() {
        return;
    }
    let field = field.name("caCrl");
    if !tls.credential_name.is_empty() {
        let message = "CRL is not supported with credentialName. CRL has to be specified in the credential";
        findings.error(&field, CONFLICT, message, "put it into the secret as `ca.crl`");
    }
    if tls.mode == ServerTLSMode::Simple {
        let message = "CRL is not supported with SIMPLE TLS";
        findings.error(&field, CONFLICT, message, "write `mode: MUTUAL`, or remove it");
    }
}
