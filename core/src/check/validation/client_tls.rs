//! TLS towards upstreams. Source: Istio `agent.ValidateTLS`.

use alloc::format;

use super::findings::Findings;
use crate::report::Field;
use crate::resources::destination_rule::{ClientTLSMode, ClientTLSSettings};

const CONFLICT: &str = "conflicting-fields";
const CONFIG_MAP: &str = "configmap://";

/// The settings, in a resource of `namespace`.
pub(super) fn check(tls: &ClientTLSSettings, namespace: &str, field: &Field<'_>, findings: &mut Findings) {
    check_config_map(tls, namespace, field, findings);
    if tls.insecure_skip_verify == Some(true) {
        check_unverified(tls, field, findings);
    }
    let verifies = matches!(tls.mode, ClientTLSMode::Simple | ClientTLSMode::Mutual);
    if verifies && !tls.credential_name.is_empty() {
        let files = [
            &tls.client_certificate,
            &tls.ca_certificates,
            &tls.private_key,
            &tls.ca_crl,
        ];
        if files.iter().any(|file| !file.is_empty()) {
            let message =
                "cannot specify client certificates or CA certificate or CA CRL If credentialName is set";
            let help = "keep the secret or the files, not both";
            findings.error(&field.name("credentialName"), CONFLICT, message, help);
        }
    } else if tls.mode == ClientTLSMode::Mutual {
        for (name, file, message) in [
            (
                "clientCertificate",
                &tls.client_certificate,
                "client certificate required for mutual tls",
            ),
            (
                "privateKey",
                &tls.private_key,
                "private key required for mutual tls",
            ),
        ] {
            if file.is_empty() {
                let help = "give the file, or name a secret in `credentialName`";
                findings.error(&field.name(name), "missing-certificate", message, help);
            }
        }
    }
}

/// Without verification, there is nothing to verify with.
fn check_unverified(tls: &ClientTLSSettings, field: &Field<'_>, findings: &mut Findings) {
    let verifies = !tls.ca_certificates.is_empty() || !tls.subject_alt_names.is_empty();
    let message = match tls.mode {
        ClientTLSMode::Simple if verifies || !tls.credential_name.is_empty() => {
            "cannot specify CaCertificates or CredentialName or SubjectAltNames when InsecureSkipVerify is set true"
        }
        ClientTLSMode::Mutual if verifies => {
            "cannot specify CaCertificates or SubjectAltNames when InsecureSkipVerify is set true"
        }
        _ => return,
    };
    let help = "remove `insecureSkipVerify`, so that the upstream is verified";
    findings.error(&field.name("insecureSkipVerify"), CONFLICT, message, help);
}

/// A ConfigMap is named as `configmap://name` or `configmap://namespace/name`.
fn check_config_map(tls: &ClientTLSSettings, namespace: &str, field: &Field<'_>, findings: &mut Findings) {
    let Some(named) = tls.credential_name.strip_prefix(CONFIG_MAP) else {
        return;
    };
    let (owner, name) = named.split_once('/').unwrap_or((namespace, named));
    let message = if owner.is_empty() || name.is_empty() || name.contains('/') {
        format!("invalid configmap:// credentialName: {named:?} is not a name")
    } else if owner != namespace {
        format!(
            "invalid configmap:// credentialName: namespace must match the configuration namespace {namespace:?}"
        )
    } else {
        return;
    };
    let help = "name a ConfigMap of the own namespace";
    findings.error(&field.name("credentialName"), "invalid-name", message, help);
}
