//! Annotations of GitHub's workflows, beside the lines of the test files.

use std::fmt::Write;

use mainsheet_core::diagnostic::{Location, Severity};

use super::reasons;
use crate::findings::counted;
use crate::test::outcome::Results;

/// An annotation for each failure, then how many there are.
pub(super) fn report(results: &Results) -> String {
    let mut text = String::new();
    for file in &results.files {
        match &file.cases {
            Ok(cases) => {
                for case in cases.iter().filter(|case| !case.passed) {
                    annotate(
                        &mut text,
                        "error",
                        case.location.as_ref(),
                        &case.name,
                        &reasons(case).join("\n"),
                    );
                }
            }
            Err(findings) => {
                for finding in findings.diagnostics() {
                    let level = match finding.severity {
                        Severity::Error => "error",
                        Severity::Warning => "warning",
                        Severity::Info => "notice",
                    };
                    let help = finding.help.iter().map(|help| format!("\nhelp: {help}"));
                    let message = format!("{}{}", finding.message, help.collect::<String>());
                    annotate(
                        &mut text,
                        level,
                        finding.location.as_ref(),
                        &finding.code,
                        &message,
                    );
                }
            }
        }
    }
    let (all, failed) = (results.cases().count(), results.failed());
    let coverage = results.coverage.percent();
    let _ = writeln!(
        text,
        "{}, {failed} failed, coverage {coverage:.1} %",
        counted(all, "case")
    );
    text
}

/// Source: GitHub's `@actions/core`, `command.ts`, which escapes values and properties so.
fn annotate(text: &mut String, level: &str, location: Option<&Location>, title: &str, message: &str) {
    let value = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| value(text).replace(':', "%3A").replace(',', "%2C");
    let place = location.map(|location| {
        format!(
            "file={},line={},col={},",
            property(&location.file),
            location.line,
            location.column
        )
    });
    let _ = writeln!(
        text,
        "::{level} {}title={}::{}",
        place.unwrap_or_default(),
        property(title),
        value(message)
    );
}
