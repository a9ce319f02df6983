//! Documents that an API server with Istio's schemas takes or refuses.

use mainsheet_core::check::validation::{other_kinds, validate};
use mainsheet_core::diagnostic::{Diagnostic, DocumentId, Severity};
use mainsheet_core::yaml;
use serde::Deserialize;
use serde_json::Value;

use super::{Wanted, says};
use crate::conformance::run::Verdict;
use crate::conformance::skips;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(rename = "id")]
    _id: String,
    #[serde(default, rename = "kind")]
    _kind: String,
    resource: String,
    expect: Expect,
    #[serde(default)]
    skip: String,
    #[serde(default, rename = "note")]
    _note: Option<String>,
    #[serde(default, rename = "origin")]
    _origin: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Expect {
    valid: bool,
    error_contains: Option<String>,
}

/// The name of a case, and whether we agree with the API server.
pub fn run(case: &Value) -> (String, Verdict) {
    let id = super::id(case);
    let verdict = serde_json::from_value(case.clone()).map_or_else(
        |error| Verdict::broken("case", error),
        |case: Case| case.verdict(),
    );
    (id, verdict)
}

impl Case {
    fn verdict(&self) -> Verdict {
        if !self.skip.is_empty() {
            return skips::verdict(&self.skip);
        }
        let found = found(&self.resource);
        let mut wanted = Wanted::new(&found, self.expect.valid);
        if let Some(said) = &self.expect.error_contains {
            wanted.holds("an error that says", said, agrees(&found, said));
        }
        wanted.verdict()
    }
}

/// The findings of the loader, of the validation, and in kinds that are not loaded.
fn found(text: &str) -> Vec<Diagnostic> {
    let loaded = yaml::load([("case.yaml", text)]);
    let mut found = loaded.diagnostics;
    found.extend(validate(&loaded.bundle));
    let documents = (0..)
        .map(DocumentId)
        .map_while(|id| Some((id, loaded.sources.root(id)?)));
    found.extend(documents.flat_map(|(id, root)| other_kinds::check(root, id)));
    found
}

/// What the API server itself says in front of a rule's own words, and with which codes we say it.
const PHRASES: [(&str, &str); 6] = [
    ("Required value", "missing-"),
    ("Duplicate value", "duplicate-"),
    ("Invalid value", ""),
    ("Unsupported value", "unknown-"),
    ("Too long", "long-"),
    ("in body should", ""),
];

/// Whether an error is what the API server says: at its field or below it, of its kind, with the rule's own words.
fn agrees(found: &[Diagnostic], said: &str) -> bool {
    let Some((phrase, code)) = PHRASES.iter().find(|(phrase, _)| said.contains(phrase)) else {
        return says(found, Severity::Error, said);
    };
    let Some((field, rest)) = said.split_once(phrase) else {
        return false;
    };
    let field = field.trim_end_matches([':', ' ']);
    // `Invalid value: "object": words of the rule`
    let words = rest.rsplit_once("\": ").map_or("", |(_, words)| words);
    let errors = found.iter().filter(|finding| finding.severity == Severity::Error);
    let mut at_field =
        errors.filter(|finding| finding.path.starts_with(field) && finding.code.starts_with(code));
    at_field.any(|finding| finding.message.to_lowercase().contains(&words.to_lowercase()))
}
