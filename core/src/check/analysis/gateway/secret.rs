//! `gateway.SecretAnalyzer`: the certificate of a server is in a Secret of the gateway's namespace.
//!
//! Secrets are seldom in files, so nothing is said of them where the input has none.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::without_pods;
use crate::check::analysis::workloads::full_name;
use crate::check::analysis::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::input::nearest;
use crate::report::Field;
use crate::resources::{Gateway, Object, Secret};

/// The names of certificate and key, as Istio's documentation has them, and in a Secret of type `kubernetes.io/tls`.
const FORMS: [[&str; 2]; 2] = [["cert", "key"], ["tls.crt", "tls.key"]];

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    if input.bundle.secrets.is_empty() {
        return;
    }
    for object in &input.bundle.gateways {
        let mut pods = input.pods.iter();
        match pods.find(|pod| pod.is_selected(&object.spec.selector)) {
            Some(pod) => check(input, object, pod.namespace, findings),
            None => findings.add(object, without_pods(object)),
        }
    }
}

fn check(input: &Input<'_>, object: &Object<Gateway>, namespace: &str, findings: &mut Findings) {
    let secrets = input.bundle.secrets.iter();
    let secrets: Vec<&Object<Secret>> = secrets
        .filter(|secret| secret.metadata.namespace == namespace)
        .collect();
    let servers = Field::SPEC.name("servers");
    for (index, server) in object.spec.servers.iter().enumerate() {
        let name = server.tls.as_ref().map_or("", |tls| tls.credential_name.as_str());
        if name.is_empty() {
            continue;
        }
        let server = servers.index(index);
        let path = server.name("tls").name("credentialName").to_string();
        match secrets.iter().find(|secret| secret.metadata.name == name) {
            Some(secret) if is_complete(secret) => {}
            Some(secret) => findings.add(object, invalid(secret).at(path)),
            None => findings.add(object, unknown(name, namespace, &secrets).at(path)),
        }
    }
}

fn unknown(name: &str, namespace: &str, secrets: &[&Object<Secret>]) -> Diagnostic {
    let names = secrets.iter().map(|secret| secret.metadata.name.as_str());
    let help = match nearest(name, names) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("add it to namespace `{namespace}`, where the gateway's pods are"),
    };
    let message = format!("referenced credentialName not found: {name:?}");
    Diagnostic::error("unknown-credential", message)
        .alias("IST0101")
        .help(help)
}

fn is_complete(secret: &Object<Secret>) -> bool {
    let (data, texts) = (&secret.spec.data.0, &secret.spec.string_data.0);
    let has = |name: &&str| data.contains_key(*name) || texts.contains_key(*name);
    FORMS.iter().any(|form| form.iter().all(has))
}

fn invalid(secret: &Object<Secret>) -> Diagnostic {
    let message = format!(
        "the credential {} has no certificate with a key",
        full_name(secret)
    );
    Diagnostic::error("invalid-credential", message)
        .alias("IST0161")
        .related(secret.document, "data", "this is the Secret")
        .help("write `tls.crt` and `tls.key`")
}
