//! The runner itself: whatever a case states can fail. Statements that hold are corrupted one by one.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mainsheet_tests::conformance::file::{Schema, SuiteFile, find};
use mainsheet_tests::conformance::run::{Verdict, prepare, run};
use mainsheet_tests::subject::Table;
use serde_json::{Value, json};

/// What only says how to look, or what must not be: corrupted, it still holds.
const NO_STATEMENTS: [&str; 6] = [
    "tolerance",
    "requests",
    "ignoreWhitespace",
    "statusNot",
    "clusterHostNot",
    "virtualHostDomainNot",
];
/// Suites that have to pass.
const IN_SCOPE: [&str; 4] = [
    "istio-envoy-diff",
    "istio-integration",
    "istio-sidecar-scope",
    "istio-simulation",
];
/// How often each kind of key is corrupted in a suite that is not our own.
const SAMPLES: usize = 3;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/conformance")
}

fn suites(directory: &Path) -> Vec<SuiteFile> {
    let paths = find(&[directory.to_owned()]).expect("a directory");
    let files = paths.iter().filter_map(|path| SuiteFile::load(path).ok());
    files
        .filter(|(_, schema)| *schema == Schema::Decisions)
        .map(|(file, _)| file)
        .collect()
}

/// The verdicts on a case.
fn verdicts(file: &SuiteFile, case: &Value) -> Vec<Verdict> {
    match prepare(file, case) {
        Ok(prepared) => {
            let outcomes = run(file, &prepared, &mut Table::default());
            outcomes.into_iter().map(|(_, verdict)| verdict).collect()
        }
        Err(error) => vec![Verdict::broken("case", error)],
    }
}

fn fails(file: &SuiteFile, case: &Value) -> bool {
    let failed = |verdict: &Verdict| matches!(verdict, Verdict::Failed(_));
    verdicts(file, case).iter().any(failed)
}

/// Cases with one exchange each.
fn single_exchanges(file: &SuiteFile) -> Vec<Value> {
    let mut singles = Vec::new();
    for case in &file.cases {
        for exchange in case
            .get("exchanges")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let mut single = case.clone();
            single["exchanges"] = json!([exchange]);
            singles.push(single);
        }
    }
    singles
}

/// Pointers to all statements below `value`.
fn statements(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields
                .iter()
                .filter(|(key, _)| !NO_STATEMENTS.contains(&key.as_str()))
            {
                let key = key.replace('~', "~0").replace('/', "~1");
                statements(value, &format!("{pointer}/{key}"), found);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (index, value) in items.iter().enumerate() {
                statements(value, &format!("{pointer}/{index}"), found);
            }
        }
        _ => found.push(pointer.to_owned()),
    }
}

/// Pointers to all objects below `value`.
fn objects(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.push(pointer.to_owned());
            for (key, value) in fields {
                objects(value, &format!("{pointer}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                objects(value, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Something else of the same kind.
fn corrupted(value: &Value) -> Value {
    match value {
        Value::Null => json!("corrupted"),
        Value::Bool(value) => json!(!value),
        Value::Number(number) => json!(number.as_u64().unwrap_or_default() + 1000),
        Value::String(text) => json!(format!("{text}-corrupted")),
        Value::Array(items) => items.iter().map(corrupted).collect(),
        Value::Object(_) => json!({}),
    }
}

/// A pointer without numbers and header names: the kind of the key.
fn kind(pointer: &str) -> String {
    let names = ["headers", "headersOneOf", "backends", "upstreamByBackend"];
    let mut kind = String::new();
    let mut named = false;
    for part in pointer.split('/').skip(1) {
        if !named && part.parse::<usize>().is_err() {
            kind.push('/');
            kind.push_str(part);
        }
        named = names.contains(&part);
    }
    kind
}

fn change(case: &Value, pointer: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut case = case.clone();
    change(case.pointer_mut(pointer).expect("a pointer into the case"));
    case
}

#[test]
fn our_own_cases_pass() {
    let files = suites(&fixtures());
    assert_eq!(files.len(), 2);
    for file in &files {
        for case in &file.cases {
            for verdict in verdicts(file, case) {
                assert_eq!(verdict, Verdict::Passed);
            }
        }
    }
}

#[test]
fn whatever_is_stated_can_fail() {
    for file in suites(&fixtures()) {
        for case in single_exchanges(&file) {
            let mut found = Vec::new();
            let expect = case.pointer("/exchanges/0/expect").expect("an expectation");
            statements(expect, "/exchanges/0/expect", &mut found);
            for pointer in found {
                let corrupted = change(&case, &pointer, |value| *value = corrupted(value));
                assert!(
                    fails(&file, &corrupted),
                    "{pointer} of {}",
                    case["exchanges"][0]["name"]
                );
            }
        }
    }
}

#[test]
fn keys_that_nobody_knows_fail() {
    for file in suites(&fixtures()) {
        for case in single_exchanges(&file) {
            let mut found = Vec::new();
            objects(&case, "", &mut found);
            for pointer in found {
                let corrupted = change(&case, &pointer, |value| value["nobodyKnows"] = json!(1));
                assert!(fails(&file, &corrupted), "{pointer} of {case:#}");
            }
            let tls = json!({"sni": "x", "terminated": true, "nobodyKnows": 1});
            let corrupted = change(&case, "/exchanges/0/request", |request| request["tls"] = tls);
            assert!(fails(&file, &corrupted), "tls");
        }
    }
}

#[test]
fn what_a_recording_leaves_out_was_not_there() {
    let files = suites(&fixtures());
    let recordings = files.iter().filter(|file| file.is_recording());
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for file in recordings {
        for case in single_exchanges(file) {
            for pointer in [
                "/detail",
                "/delayed",
                "/location",
                "/response",
                "/route",
                "/upstream",
                "/facts/fault",
                "/upstream/headers/x-multi",
                "/response/headers/content-type",
                "/branches/1/response",
                "/branches/1/upstream/headers",
            ] {
                let whole = format!("/exchanges/0/expect{pointer}");
                if case.pointer(&whole).is_none() {
                    continue;
                }
                let (parent, key) = whole.rsplit_once('/').expect("a path");
                let without = change(&case, parent, |value| {
                    value.as_object_mut().expect("an object").remove(key);
                });
                assert!(
                    fails(file, &without),
                    "{pointer} of {}",
                    case["exchanges"][0]["name"]
                );
                *seen.entry(pointer.to_owned()).or_default() += 1;
            }
        }
    }
    assert_eq!(seen.len(), 11, "{seen:?}");
}

#[test]
fn what_must_not_be_fails_when_it_is() {
    let files = suites(&fixtures());
    let file = files.iter().find(|file| !file.is_recording()).expect("a suite");
    let cases = single_exchanges(file);
    let case = cases.first().expect("a case");
    for (key, value) in [
        ("statusNot", json!(200)),
        ("clusterHostNot", json!("reviews.default.svc.cluster.local")),
        ("virtualHostDomainNot", json!("reviews")),
        ("consistentBackend", json!(true)),
        ("connectionFails", json!(true)),
        ("workload", json!("reviews")),
        ("grpcStatus", json!("UNAVAILABLE")),
    ] {
        let changed = change(case, "/exchanges/0/expect", |expect| expect[key] = value);
        assert!(fails(file, &changed), "{key}");
    }
}

#[test]
fn only_reasons_that_we_know_excuse_a_case() {
    let files = suites(&fixtures());
    let file = files.first().expect("a suite");
    for case in single_exchanges(file) {
        for place in ["", "/exchanges/0"] {
            let lazy = change(&case, place, |value| value["skip"] = json!("lazy: no time"));
            assert!(fails(file, &lazy));
            let known = change(&case, place, |value| value["skip"] = json!("l4: raw TCP"));
            assert_eq!(verdicts(file, &known), [Verdict::Skipped("l4")]);
        }
        let empty = change(&case, "/exchanges/0/expect", |expect| *expect = json!({}));
        assert_eq!(verdicts(file, &empty), [Verdict::Skipped("asserts nothing")]);
    }
}

#[test]
fn files_with_other_schemas_are_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("suite.json");
    for text in ["{\"cases\": [{\"id\": \"x\", \"kind\": \"y\"}]}", "[]", "{"] {
        std::fs::write(&path, text).expect("written");
        assert!(SuiteFile::load(&path).is_err(), "{text}");
    }
}

/// The same with suites of others, where they are: a few of each kind of key.
#[test]
fn statements_of_others_can_fail() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    if !directory.is_dir() {
        return;
    }
    for file in suites(&directory) {
        let mut corrupted_kinds: BTreeMap<String, usize> = BTreeMap::new();
        for case in single_exchanges(&file) {
            let mut found = Vec::new();
            statements(&case["exchanges"][0]["expect"], "/exchanges/0/expect", &mut found);
            found.retain(|pointer| {
                corrupted_kinds
                    .get(&kind(pointer))
                    .is_none_or(|count| *count < SAMPLES)
            });
            if found.is_empty() || verdicts(&file, &case) != [Verdict::Passed] {
                continue;
            }
            for pointer in found {
                let corrupted = change(&case, &pointer, |value| *value = corrupted(value));
                assert!(
                    fails(&file, &corrupted),
                    "{pointer} of {} {}",
                    file.suite,
                    case["id"]
                );
                *corrupted_kinds.entry(kind(&pointer)).or_default() += 1;
            }
        }
        let in_scope = IN_SCOPE.contains(&file.suite.as_str());
        assert!(
            !(in_scope && corrupted_kinds.is_empty()),
            "nothing of {} passes",
            file.suite
        );
    }
}
