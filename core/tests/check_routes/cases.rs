//! Tables of rules and of what is said about them.

use std::fmt::Write;
use std::path::Path;

use mainsheet_core::check::routes::{Limits, findings};
use mainsheet_core::diagnostic::Diagnostic;
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::yaml;
use serde::Deserialize;
use serde_json::{Value, json};

/// A table: cases about one kind of finding.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Table {
    description: String,
    cases: Vec<Case>,
}

/// Rules, and all that is said about them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// The rules of one VirtualService. A rule without an action goes to `reviews`.
    #[serde(default)]
    http: Vec<Value>,
    /// Hosts of that VirtualService.
    hosts: Option<Vec<String>>,
    gateways: Option<Vec<String>>,
    /// Whole resources, in the place of `http` or beside it.
    #[serde(default)]
    resources: Vec<Value>,
    /// All findings.
    #[serde(default)]
    expect: Vec<Expected>,
}

/// What is left out is not asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    code: String,
    at: String,
    severity: Option<String>,
    /// A part of the message.
    message: Option<String>,
    /// The paths of other places.
    related: Option<Vec<String>>,
    witness: Option<String>,
    /// A part of the remedy.
    help: Option<String>,
}

impl Case {
    fn documents(&self) -> String {
        let mut text = String::new();
        if !self.http.is_empty() {
            let http: Vec<Value> = self.http.iter().map(with_action).collect();
            let hosts = self.hosts.clone().unwrap_or_else(|| vec!["reviews".into()]);
            let service = json!({
                "apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "rules"},
                "spec": {"hosts": hosts, "gateways": self.gateways, "http": http},
            });
            writeln!(text, "---\n{service}").unwrap();
        }
        for resource in &self.resources {
            writeln!(text, "---\n{resource}").unwrap();
        }
        text
    }
}

fn with_action(rule: &Value) -> Value {
    let mut rule = rule.clone();
    let actions = ["route", "redirect", "directResponse", "delegate"];
    if actions.iter().all(|action| rule.get(action).is_none()) {
        rule["route"] = json!([{"destination": {"host": "reviews"}}]);
    }
    rule
}

/// What differs from what is expected.
fn difference(found: &Diagnostic, expected: &Expected) -> Option<String> {
    let paths = |found: &Diagnostic| -> Vec<String> {
        found.related.iter().map(|related| related.path.clone()).collect()
    };
    let contains = |text: &str, part: &Option<String>| part.as_ref().is_none_or(|part| text.contains(part));
    let same = found.code == expected.code
        && found.path == expected.at
        && expected
            .severity
            .as_ref()
            .is_none_or(|severity| found.severity.to_string() == *severity)
        && contains(&found.message, &expected.message)
        && expected
            .related
            .as_ref()
            .is_none_or(|related| paths(found) == *related)
        && expected
            .witness
            .as_ref()
            .is_none_or(|_| found.witness == expected.witness)
        && contains(found.help.as_deref().unwrap_or_default(), &expected.help);
    (!same).then(|| format!("{found:#?}"))
}

fn check(case: &Case) -> Vec<String> {
    let loaded = yaml::load([("case.yaml", case.documents())]);
    let found = findings(&loaded.bundle, &MeshConfig::default(), Limits::default());
    let mut differences = Vec::new();
    for (found, expected) in found.iter().zip(&case.expect) {
        differences.extend(difference(found, expected));
    }
    if found.len() != case.expect.len() {
        differences.push(format!("{} findings are expected: {found:#?}", case.expect.len()));
    }
    differences
}

#[test]
fn tables() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check_routes");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    let (mut failures, mut run) = (String::new(), 0);
    for file in files {
        let table: Table = yaml::read(
            file.display().to_string(),
            std::fs::read_to_string(&file).unwrap(),
        )
        .unwrap_or_else(|error| panic!("{}: {error:?}", file.display()));
        for case in &table.cases {
            run += 1;
            for difference in check(case) {
                writeln!(failures, "{}: {}: {difference}", table.description, case.name).unwrap();
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(run >= 60, "only {run} cases");
}
