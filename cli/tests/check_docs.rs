//! `docs/check.md` and the list of findings say what the sources and the reports say.
//! `UPDATE_EXPECT=1` writes the table in the document anew.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use mainsheet_core::check::codes::{CODES, find};
use walkdir::WalkDir;

/// Texts of that form which are no names of findings.
const OTHERS: &[&str] = &[
    // Conditions of retries, protocols, headers.
    "connect-failure",
    "deadline-exceeded",
    "double-hbone",
    "end-user",
    "envoy-ratelimited",
    "gateway-error",
    "grpc-web",
    "http3-post-connect-failure",
    "refused-stream",
    "reset-before-request",
    "resource-exhausted",
    "retriable-4xx",
    "retriable-headers",
    "retriable-status-codes",
    "user-agent",
    // Names of Kubernetes and Istio.
    "istio-ingressgateway",
    "istio-injection",
    "istio-locality",
    "istio-proxy",
    "kube-node-lease",
    "kube-public",
    "kube-system",
    "local-path-storage",
    "mainsheet-allow",
    // Of kinds that are passed over.
    "empty-text",
    "invalid-digest",
    "invalid-url",
    "long-text",
    "missing-url",
];
/// Where findings are made that `mainsheet check` shows.
const SOURCES: [&str; 6] = ["check", "compile", "fields", "input", "mesh", "yaml"];
const BEGIN: &str = "<!-- findings -->\n";
const END: &str = "<!-- end of findings -->\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The texts between quotes in the sources that could be names of findings.
fn literals() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for folder in SOURCES {
        let files = WalkDir::new(root().join("core/src").join(folder)).into_iter();
        let files = files.map(|entry| entry.unwrap().into_path());
        let own = |path: &PathBuf| path.file_name().is_some_and(|name| name != "codes.rs");
        for file in files.filter(|path| path.is_file()).filter(own) {
            let text = fs::read_to_string(file).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            found.extend(text.split('"').filter(|part| is_name(part)).map(str::to_owned));
        }
    }
    found
}

fn is_name(text: &str) -> bool {
    let is_part = |part: &str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        !part.is_empty() && part.chars().all(plain)
    };
    text.contains('-') && text.split('-').all(is_part)
}

#[test]
fn every_name_in_the_sources_is_listed() {
    let literals = literals();
    let unknown: Vec<&String> = literals
        .iter()
        .filter(|name| find(name).is_none() && !OTHERS.contains(&name.as_str()))
        .collect();
    assert!(
        unknown.is_empty(),
        "list these in core/src/check/codes.rs: {unknown:?}"
    );
    let names = CODES.iter().map(|code| code.name);
    let gone: Vec<&str> = names
        .filter(|name| name.contains('-') && !literals.contains(*name))
        .collect();
    assert!(gone.is_empty(), "no source has these: {gone:?}");
}

/// `error[unknown-subset IST0101 KIA1107]` in reports.
#[test]
fn reports_keep_to_the_list() {
    let mut seen = 0;
    for entry in fs::read_dir(root().join("cli/tests/mistakes")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        for line in fs::read_to_string(&path).unwrap().lines() {
            let heads = ["error", "warning", "info"].map(|severity| (severity, format!(": {severity}[")));
            let head = heads
                .iter()
                .find_map(|(severity, head)| Some((severity, line.split_once(head.as_str())?)));
            let Some((severity, (_, rest))) = head else {
                continue;
            };
            let mut words = rest.split(']').next().unwrap_or_default().split(' ');
            let name = words.next().unwrap_or_default();
            let code = find(name).unwrap_or_else(|| panic!("{name} of {}", path.display()));
            assert!(
                code.severity.split(", ").any(|known| known == *severity),
                "{line}"
            );
            for alias in words {
                assert!(code.aliases.split(' ').any(|known| known == alias), "{line}");
            }
            seen += 1;
        }
    }
    assert!(seen > 80, "{seen}");
}

fn table() -> String {
    let mut table =
        String::from("| name | severity | elsewhere | what is found |\n| --- | --- | --- | --- |\n");
    for code in CODES {
        let (name, severity, aliases, says) = (code.name, code.severity, code.aliases, code.says);
        writeln!(table, "| `{name}` | {severity} | {aliases} | {says} |").unwrap();
    }
    table
}

#[test]
fn the_document_has_the_list() {
    let path = root().join("docs/check.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let expected = format!("{before}{BEGIN}\n{}\n{END}{after}", table());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, expected).unwrap();
    } else {
        assert_eq!(text, expected, "write it anew with UPDATE_EXPECT=1");
    }
}
