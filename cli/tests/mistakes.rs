//! Mistakes that people make, one in each file of `mistakes/`, and the report that they get.
//! `UPDATE_EXPECT=1` writes the reports anew.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Stdio;

use common::{mainsheet, stderr, stdout};
use expect_test::expect_file;

/// The corpus must not shrink unnoticed.
const LEAST: usize = 80;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes")
}

/// The files of an extension, by name.
fn files(extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder()).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files.sort();
    files
}

/// The exit code that a report stands for.
fn code(report: &str) -> i32 {
    let is_error = |line: &str| line.starts_with("error: ") || line.contains(": error[");
    i32::from(report.lines().any(is_error))
}

#[test]
fn every_mistake_is_reported() {
    let files = files("yaml");
    assert!(files.len() >= LEAST, "{} files are left", files.len());
    for file in files {
        // Named as it would be by someone who stands beside it.
        let name = file.file_name().unwrap();
        let mut command = mainsheet();
        command.arg("check").arg(name).current_dir(folder());
        let output = command.stdin(Stdio::null()).output().unwrap();
        let report = stdout(&output) + &stderr(&output);
        assert_eq!(output.status.code(), Some(code(&report)), "{report}");
        assert!(!report.contains("nothing found"), "{}: {report}", file.display());
        expect_file![file.with_extension("txt")].assert_eq(&report);
    }
}

#[test]
fn every_report_has_its_mistake() {
    for report in files("txt") {
        assert!(report.with_extension("yaml").exists(), "{}", report.display());
    }
}
