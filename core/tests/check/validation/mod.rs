//! Istio's own validation: our cases, and where they are beside this repository those of Istio.

mod cases;
mod documents;
mod fragments;
mod inputs;
mod suite;

use std::fs;
use std::path::PathBuf;

use mainsheet_core::diagnostic::{Diagnostic, Severity};

/// The folder of the cases of other projects, if it is there; says so if it is not.
fn conformance() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    if folder.is_dir() {
        return Some(folder);
    }
    left_out(&folder.display().to_string());
    None
}

#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn left_out(folder: &str) {
    eprintln!("{folder} is not there: its cases were left out");
}

/// A suite of that folder.
fn read<T: serde::de::DeserializeOwned>(name: &str) -> Option<T> {
    let text = fs::read_to_string(conformance()?.join(name)).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

fn has(found: &[Diagnostic], severity: Severity) -> bool {
    found.iter().any(|finding| finding.severity == severity)
}

/// Whether a finding of that severity has these words, at its field or in its message; capitals do not count.
fn says(found: &[Diagnostic], severity: Severity, words: &str) -> bool {
    let words = words.to_lowercase();
    let of_severity = found.iter().filter(|finding| finding.severity == severity);
    let mut texts = of_severity.map(|finding| format!("{}: {}", finding.path, finding.message));
    texts.any(|text| text.to_lowercase().contains(&words))
}
