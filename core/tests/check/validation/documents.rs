//! Documents that an API server with Istio's schemas takes or refuses.

use std::fmt::Write;

use mainsheet_core::check::validation::{other_kinds, validate};
use mainsheet_core::diagnostic::{Diagnostic, DocumentId, Severity};
use mainsheet_core::yaml;
use serde::Deserialize;
use serde_json::Value;

use super::{has, read, says};

#[derive(Deserialize)]
struct Suite {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    #[serde(rename = "kind")]
    _kind: String,
    resource: String,
    expect: Expect,
    #[serde(default)]
    skip: String,
    #[serde(rename = "origin")]
    _origin: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Expect {
    valid: bool,
    error_contains: Option<String>,
}

/// The findings of the loader, of the validation, and in kinds that are not loaded.
pub(super) fn found(text: &str) -> Vec<Diagnostic> {
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
    let (field, rest) = said.split_once(phrase).unwrap();
    let field = field.trim_end_matches([':', ' ']);
    // `Invalid value: "object": words of the rule`
    let words = rest.rsplit_once("\": ").map_or("", |(_, words)| words);
    let errors = found.iter().filter(|finding| finding.severity == Severity::Error);
    let mut at_field =
        errors.filter(|finding| finding.path.starts_with(field) && finding.code.starts_with(code));
    at_field.any(|finding| finding.message.to_lowercase().contains(&words.to_lowercase()))
}

impl Case {
    fn differences(&self) -> Vec<String> {
        let found = found(&self.resource);
        let mut wrong = Vec::new();
        if has(&found, Severity::Error) == self.expect.valid {
            wrong.push(format!("valid is not {}", self.expect.valid));
        }
        if let Some(said) = &self.expect.error_contains
            && !agrees(&found, said)
        {
            wrong.push(format!("no error says {said:?}"));
        }
        if !wrong.is_empty() {
            wrong.extend(found.iter().map(|finding| format!("  {finding}")));
        }
        wrong
    }
}

#[test]
fn the_verdicts_are_those_of_an_api_server() {
    let Some(suite) = read::<Suite>("istio-crd-documents.json") else {
        return;
    };
    let counted: Vec<&Case> = suite.cases.iter().filter(|case| case.skip.is_empty()).collect();
    let mut report = String::new();
    let mut failed = 0;
    for case in &counted {
        let wrong = case.differences();
        if !wrong.is_empty() {
            failed += 1;
            writeln!(report, "{}: {}", case.id, wrong.join("\n  ")).unwrap();
        }
    }
    assert_eq!(
        failed,
        0,
        "{report}{failed} of {} documents differ",
        counted.len()
    );
}
