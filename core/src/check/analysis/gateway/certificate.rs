//! `gateway.CertificateAnalyzer`: clients keep one HTTP/2 connection for all names of a certificate, and so reach the
//! wrong Gateway where two of them share it.
//!
//! Unlike Istio's it says nothing of servers that have no certificate.

use alloc::format;
use alloc::string::ToString;

use crate::check::analysis::workloads::full_name;
use crate::check::analysis::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::mesh::is_subset;
use crate::report::Field;
use crate::resources::gateway::{Server, ServerTLSSettings};
use crate::resources::{Gateway, Object};

/// Where a certificate is taken from.
type Certificate<'b> = (&'b str, &'b str, &'b str);

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    let gateways = &input.bundle.gateways;
    for object in gateways {
        let others = gateways
            .iter()
            .filter(|other| full_name(*other) != full_name(object));
        // Whoever plays the other one may play this one too.
        for other in others.filter(|other| is_subset(&object.spec.selector, &other.spec.selector)) {
            compare(object, other, findings);
        }
    }
}

fn compare(object: &Object<Gateway>, other: &Object<Gateway>, findings: &mut Findings) {
    for (index, server) in object.spec.servers.iter().enumerate() {
        let Some(own) = certificate(server) else {
            continue;
        };
        for (other_index, other_server) in other.spec.servers.iter().enumerate() {
            if certificate(other_server) != Some(own) {
                continue;
            }
            let message = format!(
                "duplicate certificate in multiple gateways [{} {}] may cause 404s if clients re-use HTTP2 connections",
                full_name(object),
                full_name(other)
            );
            let servers = Field::SPEC.name("servers");
            let finding = Diagnostic::warning("duplicate-certificate", message)
                .alias("IST0138")
                .at(servers.index(index).name("tls").to_string())
                .related(
                    other.document,
                    servers.index(other_index).name("tls").to_string(),
                    "the same certificate is here",
                )
                .help("put the hosts of both into one Gateway, or give each a certificate of its own");
            findings.add(object, finding);
        }
    }
}

fn certificate(server: &Server) -> Option<Certificate<'_>> {
    let tls: &ServerTLSSettings = server.tls.as_ref()?;
    let source: Certificate<'_> = (&tls.credential_name, &tls.server_certificate, &tls.private_key);
    (source != ("", "", "")).then_some(source)
}
