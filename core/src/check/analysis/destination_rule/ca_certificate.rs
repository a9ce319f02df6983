//! `destinationrule.CaCertificateAnalyzer`: TLS without authorities verifies nobody.

use alloc::format;
use alloc::string::{String, ToString};

use crate::check::analysis::workloads::full_name;
use crate::check::analysis::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::report::Field;
use crate::resources::destination_rule::{ClientTLSMode, ClientTLSSettings};
use crate::resources::{DestinationRule, Object};

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    for object in &input.bundle.destination_rules {
        let Some(policy) = &object.spec.traffic_policy else {
            continue;
        };
        let field = Field::SPEC.name("trafficPolicy");
        if let Some(mode) = unverified(policy.tls.as_ref(), object) {
            let message = begin(object, mode);
            let finding = Diagnostic::warning("unverified-server", message).alias("IST0128");
            let tls = field.name("tls").to_string();
            findings.add(object, finding.at(tls).help(HELP));
        }
        for (index, setting) in policy.port_level_settings.iter().enumerate() {
            if let Some(mode) = unverified(setting.tls.as_ref(), object) {
                let port = setting.port.as_ref().map_or(0, |port| port.number);
                let message = format!("{} at port {port}", begin(object, mode));
                let finding = Diagnostic::warning("unverified-server-at-port", message).alias("IST0129");
                let list = field.name("portLevelSettings");
                let tls = list.index(index).name("tls").to_string();
                findings.add(object, finding.at(tls).help(HELP));
            }
        }
    }
}

const HELP: &str =
    "name the authorities in `caCertificates`, or in `credentialName` of a rule with `workloadSelector`";

/// The mode, where it is one that should verify and nothing is there to verify by.
fn unverified(tls: Option<&ClientTLSSettings>, object: &Object<DestinationRule>) -> Option<&'static str> {
    let tls = tls?;
    let mode = match tls.mode {
        ClientTLSMode::Simple => "SIMPLE",
        ClientTLSMode::Mutual => "MUTUAL",
        _ => return None,
    };
    // Sidecars read a Secret only for rules that select them.
    let by_secret = !tls.credential_name.is_empty() && object.spec.workload_selector.is_some();
    (tls.ca_certificates.is_empty() && !by_secret).then_some(mode)
}

fn begin(object: &Object<DestinationRule>, mode: &str) -> String {
    format!(
        "DestinationRule {} has TLS mode set to {mode} but no caCertificates are set to validate server identity for \
         host: {}",
        full_name(object),
        object.spec.host
    )
}
