//! Istio's own cases for its analyzers, where they are beside the workspace.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mainsheet_core::check::analysis::analyze_with;
use mainsheet_core::check::check;
use mainsheet_core::diagnostic::{Diagnostic, ResourceRef};
use mainsheet_core::resources::{Bundle, MeshConfig};
use mainsheet_core::yaml;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Suite {
    cases: Vec<Case>,
    messages: BTreeMap<String, Message>,
}

#[derive(Debug, Deserialize)]
struct Message {
    code: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    id: String,
    analyzer: String,
    resources: String,
    mesh_config: Option<String>,
    expect: Vec<Expected>,
}

#[derive(Debug, Deserialize)]
struct Expected {
    code: String,
    level: String,
    message: String,
    origin: String,
}

/// A folder beside the workspace; says so where it is not there.
pub(crate) fn beside(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/conformance")
        .join(name);
    let found = path.exists().then(|| path.clone());
    if found.is_none() {
        eprintln!("{} is not there: its cases were left out", path.display());
    }
    found
}

/// `code level origin`. The loader puts objects without a namespace into `default`.
fn expected(expected: &Expected) -> String {
    let (kind, name) = expected.origin.split_once(' ').unwrap();
    let name = if name.contains('/') {
        name.to_owned()
    } else {
        format!("default/{name}")
    };
    format!(
        "{} {} {kind} {name}",
        expected.code,
        expected.level.to_lowercase()
    )
}

fn found(diagnostic: &Diagnostic) -> String {
    let resource: &ResourceRef = diagnostic.resource.as_ref().unwrap();
    let mut codes = diagnostic.aliases.iter();
    let code = codes
        .find(|code| code.starts_with("IST"))
        .map_or("-", String::as_str);
    format!("{code} {} {resource}", diagnostic.severity)
}

/// What the analyzer of a case finds. Validation is an analyzer to Istio, and a part of its own here.
fn run(analyzer: &str, bundle: &Bundle, config: &MeshConfig) -> Option<Vec<Diagnostic>> {
    let Some(kind) = analyzer.strip_prefix("schema.ValidationAnalyzer.") else {
        return analyze_with(analyzer, bundle, config);
    };
    let is_validation = |found: &Diagnostic| {
        let codes = ["IST0106", "IST0133", "IST0130", "IST0131"];
        let of_kind = found
            .resource
            .as_ref()
            .is_some_and(|resource| resource.kind == kind);
        of_kind && found.aliases.iter().any(|code| codes.contains(&code.as_str()))
    };
    Some(check(bundle, config).into_iter().filter(is_validation).collect())
}

#[test]
fn istios_cases_hold() {
    let Some(path) = beside("istio-analyzers.json") else {
        return;
    };
    let suite: Suite = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for case in &suite.cases {
        let loaded = yaml::load([("case.yaml", case.resources.as_str())]);
        let mesh = case.mesh_config.clone().unwrap_or_else(|| "{}".into());
        let (config, _) = yaml::load_mesh_config("mesh.yaml", mesh);
        let Some(diagnostics) = run(&case.analyzer, &loaded.bundle, &config) else {
            wrong.push(format!("{}: there is no analyzer of that name", case.id));
            continue;
        };
        let mut found: Vec<String> = diagnostics.iter().map(found).collect();
        for expected in &case.expect {
            assert_eq!(
                suite.messages[&expected.message].code, expected.code,
                "{}",
                case.id
            );
        }
        let mut expected: Vec<String> = case.expect.iter().map(expected).collect();
        found.sort();
        expected.sort();
        if found != expected {
            wrong.push(format!("{}: found {found:#?}, expected {expected:#?}", case.id));
        }
    }
    eprintln!(
        "{} of {} cases",
        suite.cases.len() - wrong.len(),
        suite.cases.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
