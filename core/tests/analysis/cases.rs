//! Our cases: resources, and what one analyzer says about them.

use std::collections::BTreeSet;
use std::path::Path;

use mainsheet_core::check::analysis::{ANALYZERS, analyze_with};
use mainsheet_core::diagnostic::Diagnostic;
use mainsheet_core::yaml;
use serde::Deserialize;
use serde_json::Value;

/// A file of cases for one analyzer.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    analyzer: String,
    cases: Vec<Case>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Case {
    /// What it shows.
    name: String,
    /// The resources. `kind: VirtualService` alone is enough, of Istio's kinds.
    resources: Vec<Value>,
    /// MeshConfig.
    mesh: Value,
    /// Each finding as `severity code alias Kind namespace/name path`, in order. Empty: silence.
    expect: Vec<String>,
    /// Parts of what the findings say, with help and other places.
    says: Vec<String>,
}

fn files() -> Vec<File> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/analysis/cases");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        yaml::read(path.display().to_string(), text).unwrap_or_else(|found| panic!("{found:#?}"))
    };
    paths.iter().map(read).collect()
}

/// Fills in the API version, which every reader of a case knows.
fn document(value: &Value) -> String {
    let mut value = value.clone();
    let version = match value["kind"].as_str().unwrap_or_default() {
        "Service" | "Pod" | "Namespace" | "Secret" | "Node" => "v1",
        "Deployment" | "StatefulSet" => "apps/v1",
        "EndpointSlice" => "discovery.k8s.io/v1",
        "RequestAuthentication" => "security.istio.io/v1",
        "CustomResourceDefinition" => "apiextensions.k8s.io/v1",
        _ => "networking.istio.io/v1",
    };
    let fields = value.as_object_mut().unwrap();
    fields.entry("apiVersion").or_insert_with(|| version.into());
    value.to_string()
}

fn line(found: &Diagnostic) -> String {
    let aliases = if found.aliases.is_empty() {
        "-".to_owned()
    } else {
        found.aliases.join(",")
    };
    let resource = found.resource.as_ref().unwrap();
    format!(
        "{} {} {aliases} {resource} {}",
        found.severity, found.code, found.path
    )
}

impl Case {
    fn found(&self, analyzer: &str) -> Vec<Diagnostic> {
        let documents: Vec<String> = self.resources.iter().map(document).collect();
        let loaded = yaml::load([("case.yaml", documents.join("\n---\n"))]);
        let broken = |found: &&Diagnostic| found.severity == mainsheet_core::diagnostic::Severity::Error;
        let errors: Vec<&Diagnostic> = loaded.diagnostics.iter().filter(broken).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", self.name);
        let mesh = if self.mesh.is_null() {
            "{}".to_owned()
        } else {
            self.mesh.to_string()
        };
        let (config, findings) = yaml::load_mesh_config("mesh.yaml", mesh);
        assert!(findings.is_empty(), "{}: {findings:#?}", self.name);
        let mut found = analyze_with(analyzer, &loaded.bundle, &config).unwrap();
        loaded.sources.resolve(&mut found);
        assert!(
            found
                .iter()
                .flat_map(|found| &found.related)
                .all(|place| place.location.is_some())
        );
        found
    }
}

#[test]
fn analyzers_say_what_the_cases_expect() {
    let mut wrong = Vec::new();
    for file in files() {
        for case in &file.cases {
            let found = case.found(&file.analyzer);
            let lines: Vec<String> = found.iter().map(line).collect();
            if lines != case.expect {
                wrong.push(format!("{}: {}: found {lines:#?}", file.analyzer, case.name));
            }
            let text = format!("{found:#?}").replace("\\\"", "\"");
            for part in case.says.iter().filter(|part| !text.contains(part.as_str())) {
                wrong.push(format!(
                    "{}: {}: {part:?} is not in {text}",
                    file.analyzer, case.name
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\n{} differences",
        wrong.join("\n"),
        wrong.len()
    );
}

/// Each analyzer has a case in which it speaks, and one that is near to it and silent; each finding has a remedy.
#[test]
fn every_analyzer_is_shown() {
    let files = files();
    let mut open: BTreeSet<&str> = ANALYZERS.iter().map(|analyzer| analyzer.name).collect();
    let mut names = BTreeSet::new();
    for file in &files {
        let speaks = file.cases.iter().any(|case| !case.expect.is_empty());
        let silent = file.cases.iter().any(|case| case.expect.is_empty());
        if speaks && silent {
            open.remove(file.analyzer.as_str());
        }
        for case in &file.cases {
            assert!(names.insert((&file.analyzer, &case.name)), "{}", case.name);
            for found in case.found(&file.analyzer) {
                assert!(found.help.is_some(), "{}: {found}", case.name);
                assert!(!found.path.is_empty(), "{}: {found}", case.name);
            }
        }
    }
    assert!(open.is_empty(), "without cases: {open:?}");
}
