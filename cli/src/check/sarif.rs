//! Findings as SARIF 2.1.0. Source: OASIS, "Static Analysis Results Interchange Format".

use std::collections::BTreeSet;

use mainsheet_core::check::codes;
use mainsheet_core::diagnostic::{Diagnostic, Location, Severity};
use serde_json::{Value, json};

/// One run with all findings. Those that comments allow are suppressed results.
pub(super) fn log(findings: &[Diagnostic], allowed: &[(Diagnostic, String)]) -> Value {
    let all = findings.iter().chain(allowed.iter().map(|(finding, _)| finding));
    let codes: BTreeSet<&str> = all.map(|finding| finding.code.as_str()).collect();
    let rules = codes.into_iter().map(rule);
    let suppressed = allowed.iter().map(|(finding, reason)| {
        let mut result = result(finding);
        if let Some(fields) = result.as_object_mut() {
            let suppression = json!([{"kind": "inSource", "justification": reason}]);
            fields.insert("suppressions".to_owned(), suppression);
        }
        result
    });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "mainsheet",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules.collect::<Vec<_>>(),
            }},
            "results": findings.iter().map(result).chain(suppressed).collect::<Vec<_>>(),
        }],
    })
}

/// What code scanning shows beside the findings of a kind.
fn rule(name: &str) -> Value {
    let says = codes::find(name).map_or(name, |code| code.says);
    let home = env!("CARGO_PKG_REPOSITORY");
    json!({
        "id": name,
        "shortDescription": {"text": says},
        "helpUri": format!("{home}/blob/main/docs/check.md#findings"),
    })
}

fn result(finding: &Diagnostic) -> Value {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let related = finding.related.iter().filter_map(|place| {
        let mut value = location(place.location.as_ref()?);
        let fields = value.as_object_mut()?;
        fields.insert("message".to_owned(), json!({"text": place.message}));
        Some(value)
    });
    json!({
        "ruleId": finding.code,
        "level": level,
        "message": {"text": text(finding)},
        "locations": finding.location.iter().map(location).collect::<Vec<_>>(),
        "relatedLocations": related.collect::<Vec<_>>(),
        "properties": {"aliases": finding.aliases, "path": finding.path},
    })
}

fn location(place: &Location) -> Value {
    json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(&place.file)},
        "region": {"startLine": place.line, "startColumn": place.column},
    }})
}

/// A relative reference: what has a meaning in URIs is encoded.
fn uri(file: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(byte);
    file.bytes()
        .map(|byte| match plain(&byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

/// All that is said of a finding but its place.
pub(super) fn text(finding: &Diagnostic) -> String {
    let resource = finding.resource.as_ref();
    let message = match resource {
        Some(resource) => format!("{resource}: {}", finding.message),
        None => finding.message.clone(),
    };
    let witness = finding
        .witness
        .as_ref()
        .map(|witness| format!("\nrequest: {witness}"));
    let help = finding.help.as_ref().map(|help| format!("\nhelp: {help}"));
    [Some(message), witness, help].into_iter().flatten().collect()
}
