//! The suites of findings: what Istio's validation, the API server and Istio's analyzers say of resources.

pub mod analyzers;
pub mod documents;
mod fragments;
pub mod validation;

use mainsheet_core::diagnostic::{Diagnostic, Severity};
use serde_json::Value;

use super::run::Verdict;
use crate::corpus::Mismatch;

fn id(case: &Value) -> String {
    let id = case.get("id").and_then(Value::as_str);
    id.unwrap_or("without an id").to_owned()
}

/// What is wanted of findings, and what of it does not hold.
struct Wanted<'f> {
    found: &'f [Diagnostic],
    mismatches: Vec<Mismatch>,
}

impl<'f> Wanted<'f> {
    fn new(found: &'f [Diagnostic], valid: bool) -> Self {
        let mut wanted = Self {
            found,
            mismatches: Vec::new(),
        };
        let refused = has(found, Severity::Error);
        wanted.holds("valid", &valid.to_string(), refused != valid);
        wanted
    }

    /// Whether there is any warning.
    fn warning(&mut self, wanted: bool) {
        let warned = has(self.found, Severity::Warning);
        self.holds("warning", &wanted.to_string(), warned == wanted);
    }

    fn error(&mut self, words: &str) {
        self.words(Severity::Error, words);
    }

    /// Whether a finding of that severity has these words.
    fn words(&mut self, severity: Severity, words: &str) {
        let key = format!("{severity} that says");
        let holds = says(self.found, severity, words);
        self.holds(&key, words, holds);
    }

    fn holds(&mut self, key: &str, expected: &str, holds: bool) {
        if !holds {
            let seen: Vec<String> = self.found.iter().map(Diagnostic::to_string).collect();
            self.mismatches.push(Mismatch {
                key: key.to_owned(),
                expected: expected.to_owned(),
                seen: seen.join("; "),
            });
        }
    }

    fn verdict(self) -> Verdict {
        Verdict::of(self.mismatches)
    }
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
