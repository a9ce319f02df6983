//! Cases as data: resources, and the parts of the files that come of them.
#![cfg(feature = "yaml")]

use std::collections::BTreeMap;
use std::path::Path;

use mainsheet_core::compile::{Proxy, ProxyKind, compile_mesh};
use mainsheet_core::diagnostic::Diagnostic;
use mainsheet_core::export::{Export, ExportOptions, ProxyExport, export};
use mainsheet_core::input::load_json;
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::resources::{Bundle, MeshConfig};
use mainsheet_core::yaml;
use serde::Deserialize;
use serde_json::Value;

/// A file of cases that share their resources.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    description: String,
    proxy: Proxy,
    /// Whether connections are redirected.
    #[serde(default = "yes")]
    redirected: bool,
    resources: Vec<Value>,
    expect: Expect,
}

fn yes() -> bool {
    true
}

/// What is expected; what is left out is not asked.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Expect {
    /// The listeners, all of them: what they have at least.
    listeners: Vec<Value>,
    /// Clusters by name: what they have at least.
    #[serde(default)]
    clusters: BTreeMap<String, Value>,
    /// The files of secrets, all of them.
    #[serde(default)]
    secrets: Vec<String>,
    /// Warnings of the table and of the export, all of them, each by a part of its text.
    #[serde(default)]
    findings: Vec<String>,
    /// Texts that occur in no finding and in no file but those of secrets.
    #[serde(default)]
    nowhere: Vec<String>,
}

/// What came of a case.
struct Outcome {
    export: Export,
    bundle: Bundle,
    findings: Vec<Diagnostic>,
}

fn run(case: &Case) -> Outcome {
    let (bundle, mut findings) = load_json(&case.resources);
    let mut report = Report::default();
    let mesh = Mesh::new(&bundle, &MeshConfig::default(), &mut report);
    let options = ExportOptions {
        proxies: vec![ProxyExport {
            name: if case.proxy.kind == ProxyKind::Gateway {
                "edge"
            } else {
                "app"
            }
            .into(),
            proxy: case.proxy.clone(),
        }],
        redirected: case.redirected,
        ..ExportOptions::default()
    };
    findings.extend(compile_mesh(&mesh, &case.proxy, report).unwrap().diagnostics);
    let export = export(&mesh, &bundle, &options);
    findings.extend(export.diagnostics.iter().cloned());
    Outcome {
        export,
        bundle,
        findings,
    }
}

/// Whether `found` has all of `expected`: every field of a map, every element of a list.
fn has(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => expected.iter().all(|(name, expected)| {
            let found = found.get(name).unwrap_or(&Value::Null);
            has(found, expected)
        }),
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len()
                && found
                    .iter()
                    .zip(expected)
                    .all(|(found, expected)| has(found, expected))
        }
        _ => found == expected,
    }
}

fn check(name: &str, case: &Case) {
    let outcome = run(case);
    let title = format!("{name}: {}", case.description);
    let listeners = outcome.export.listeners["resources"].clone();
    let expected = Value::Array(case.expect.listeners.clone());
    assert!(
        has(&listeners, &expected),
        "{title}\nexpected {expected:#}\nfound {listeners:#}"
    );
    let all = outcome.export.clusters["resources"].as_array().unwrap();
    for (name, expected) in &case.expect.clusters {
        let found = all.iter().find(|cluster| cluster["name"] == name.as_str());
        let found = found.unwrap_or(&Value::Null);
        assert!(
            has(found, expected),
            "{title}\nexpected {expected:#}\nfound {found:#}"
        );
    }
    let secrets: Vec<&String> = outcome.export.secrets.iter().map(|(name, _)| name).collect();
    assert_eq!(secrets, case.expect.secrets.iter().collect::<Vec<_>>(), "{title}");
    let findings: Vec<String> = outcome.findings.iter().map(ToString::to_string).collect();
    let all_said = findings.len() == case.expect.findings.len();
    let mut pairs = findings.iter().zip(&case.expect.findings);
    assert!(
        all_said && pairs.all(|(found, part)| found.contains(part)),
        "{title}\n{findings:#?}"
    );
    assert!(!case.expect.secrets.is_empty() || outcome.export.secrets.is_empty());
    let mut shown = findings;
    let files = outcome.export.files().into_iter();
    shown.extend(
        files
            .filter(|(name, _)| !name.starts_with("sds-"))
            .map(|(_, text)| text),
    );
    shown.push(format!("{:?}", outcome.bundle));
    shown.extend(
        outcome
            .bundle
            .to_manifests()
            .unwrap()
            .iter()
            .map(Value::to_string),
    );
    for text in &case.expect.nowhere {
        assert!(shown.iter().all(|shown| !shown.contains(text)), "{title}: {text}");
    }
}

#[test]
fn files_have_what_cases_expect() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export/cases");
    let mut files: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        let cases: Vec<Case> = yaml::read(name.clone(), text).unwrap();
        cases.iter().for_each(|case| check(&name, case));
    }
}
