//! Every field does what the list says: what comes of resources with it is held against what comes of them without.

use std::collections::{BTreeMap, BTreeSet};

use mainsheet_core::diagnostic::{Diagnostic, DocumentId, Severity};
use mainsheet_core::fields::{Enforcement, Table};
use serde_json::Value;

use crate::leaves::Leaf;
use crate::outcome::{self, Outcome};
use crate::scenario::{NotAlone, Scenario, not_alone, scenarios};
use crate::{kind, shapes};

/// What was seen of a field, over all the places where it is written.
#[derive(Debug, Default)]
struct Seen {
    /// A place where only the tables differ.
    tables: bool,
    /// A place where only the files differ.
    files: bool,
    /// A place where both do.
    both: bool,
    names: bool,
    warned: bool,
    /// Whether there was a place without warning.
    silent: bool,
    refused: bool,
    /// Errors that come up without it, where that was so.
    errors: BTreeSet<String>,
}

impl Seen {
    /// Whether that is what the list may say. A place where one of the two alone makes the difference is enough to say
    /// so: any change of a rule may also change which route profiles there are, and any cluster what gateways listen to.
    fn allows(&self, enforcement: Enforcement) -> bool {
        let nothing = !(self.tables || self.files || self.both);
        match enforcement {
            Enforcement::Filter => self.tables && !self.files,
            Enforcement::Envoy => self.files && !self.tables,
            Enforcement::FilterAndEnvoy => self.both || self.tables && self.files,
            Enforcement::Shown => nothing && self.names && !self.warned,
            Enforcement::Refused => self.refused,
            Enforcement::NoEffect => nothing && !self.names && self.warned && !self.silent,
            Enforcement::Ignored => nothing && !self.names && !self.warned && self.errors.is_empty(),
        }
    }
}

/// Documents are numbered as they are loaded.
fn document_id(number: usize) -> DocumentId {
    DocumentId(number.try_into().unwrap())
}

/// Whether a finding is about the leaf or something that it is in.
fn names(finding: &Diagnostic, leaf: &Leaf) -> bool {
    let rest = leaf.path.strip_prefix(finding.path.as_str());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '['])) && !finding.path.is_empty()
}

/// Whether a finding is about the message that the entry's field is in, or about something in it.
fn names_message(finding: &Diagnostic, leaf: &Leaf, entry: &str) -> bool {
    let inner = leaf.pattern.matches('.').count() - entry.matches('.').count();
    let message = leaf.path.rsplitn(inner + 2, '.').last().unwrap();
    finding.path.starts_with(message)
}

fn compare(with: &Outcome, without: &Outcome, number: Option<usize>, leaf: &Leaf, seen: &mut Seen) {
    let known: Vec<&Diagnostic> = with.errors().collect();
    let new: Vec<&Diagnostic> = without.errors().filter(|error| !known.contains(error)).collect();
    if !new.is_empty() {
        seen.errors.extend(new.into_iter().map(ToString::to_string));
        return;
    }
    match (with.tables != without.tables, with.files != without.files) {
        (true, true) => seen.both = true,
        (true, false) => seen.tables = true,
        (false, true) => seen.files = true,
        (false, false) => {}
    }
    seen.names |= with.names != without.names;
    let warned = with.findings.iter().any(|finding| {
        (finding.code == "unsupported-field" && finding.severity == Severity::Warning)
            && number.is_some_and(|number| finding.document == document_id(number))
            && names(finding, leaf)
    });
    seen.warned |= warned;
    seen.silent |= !warned;
}

/// Goes through all leaves of all scenarios.
fn observe() -> BTreeMap<String, Seen> {
    let shapes: BTreeMap<_, _> = shapes().into_iter().collect();
    let exceptions = not_alone();
    let mut used = BTreeSet::new();
    let mut all: BTreeMap<String, Seen> = BTreeMap::new();
    for file in scenarios() {
        let scenario = Scenario::read(&file);
        let addresses = outcome::addresses(&scenario.input);
        let with = outcome::of(&scenario.input, &addresses);
        let is_refused = with.errors().next().is_some();
        let about_refusals = file.ends_with("refused.yaml");
        assert_eq!(
            is_refused,
            about_refusals,
            "{}: {:#?}",
            file.display(),
            with.findings
        );
        for (kind_name, number, leaf) in scenario.leaves(&shapes) {
            let field = format!("{kind_name} {}", leaf.pattern);
            if is_refused {
                let table = Table::new(kind(&kind_name));
                let entry = table.covering(&leaf.pattern).unwrap();
                if entry.enforcement == Enforcement::Refused {
                    let seen = all.entry(field).or_default();
                    seen.refused |= with
                        .errors()
                        .any(|error| names_message(error, &leaf, &entry.path));
                }
                continue;
            }
            let seen = all.entry(field.clone()).or_default();
            let exception = exceptions.get(&field);
            used.extend(exception.map(|exception| exception.field.clone()));
            let instead = match exception {
                Some(NotAlone { instead: None, .. }) => continue,
                Some(NotAlone {
                    instead: Some(text), ..
                }) => Some(value(text)),
                None => None,
            };
            let input = scenario.without(number, &leaf, instead.as_ref());
            compare(&with, &outcome::of(&input, &addresses), number, &leaf, seen);
        }
    }
    let unused: Vec<&String> = exceptions.keys().filter(|field| !used.contains(*field)).collect();
    assert!(
        unused.is_empty(),
        "not-alone.yaml names what no resource has: {unused:#?}"
    );
    all
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

#[test]
fn every_field_does_what_the_list_says() {
    let seen = observe();
    let exceptions = not_alone();
    let mut wrong = Vec::new();
    for (name, shape) in shapes() {
        let table = Table::new(kind(name));
        for (path, _) in shape.fields().into_iter().filter(|(_, field)| field.is_leaf()) {
            let field = format!("{name} {path}");
            let Some(seen) = seen.get(&field) else {
                wrong.push(format!("{field} is in none of the resources"));
                continue;
            };
            if exceptions
                .get(&field)
                .is_some_and(|exception| exception.instead.is_none())
            {
                continue;
            }
            let listed = table.covering(&path).unwrap().enforcement;
            if !seen.allows(listed) {
                wrong.push(format!("{field}: {listed:?} in the list, but {seen:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{} fields", wrong.join("\n"), wrong.len());
}
