//! For people.

use std::fmt::Write;

use mainsheet_tests::artifact;

use crate::findings::counted;
use crate::output::{BAD, BOLD, DIM, GOOD, NOTE, styled};
use crate::test::coverage::{Coverage, What};
use crate::test::outcome::{CaseResult, FileResult, Results};

/// Failures with their reasons, then how many there are of everything.
pub(super) fn report(results: &Results, verbose: bool, uncovered: bool) -> String {
    let mut lines = Lines(String::new());
    for file in &results.files {
        lines.file(file, verbose);
    }
    lines.coverage(&results.coverage, uncovered);
    lines.summary(results);
    lines.0
}

struct Lines(String);

impl Lines {
    fn add(&mut self, indent: usize, line: impl AsRef<str>) {
        let _ = writeln!(self.0, "{}{}", "  ".repeat(indent), line.as_ref());
    }

    fn file(&mut self, file: &FileResult, verbose: bool) {
        let name = styled(BOLD, &file.name);
        let cases = match &file.cases {
            Ok(cases) => cases,
            Err(findings) => {
                self.add(0, format!("{} {name}", styled(BAD, "✗")));
                let text = findings.to_string();
                text.lines().for_each(|line| self.add(1, line));
                return;
            }
        };
        let failed = cases.iter().filter(|case| !case.passed).count();
        let mark = if failed == 0 {
            styled(GOOD, "✓")
        } else {
            styled(BAD, "✗")
        };
        let count = match failed {
            0 => counted(cases.len(), "case"),
            failed => format!("{failed} of {} failed", counted(cases.len(), "case")),
        };
        self.add(0, format!("{mark} {name}  {}", styled(DIM, count)));
        for case in cases {
            if !case.passed {
                self.failure(case);
            } else if verbose {
                self.add(1, format!("{} {}", styled(GOOD, "✓"), case.name));
                case.notes.iter().for_each(|note| self.add(2, styled(NOTE, note)));
            }
        }
    }

    fn failure(&mut self, case: &CaseResult) {
        let place = case.location.as_ref().map(|location| format!("  {location}"));
        self.add(
            1,
            format!(
                "{} {}{}",
                styled(BAD, "✗"),
                styled(BOLD, &case.name),
                styled(DIM, place.unwrap_or_default())
            ),
        );
        self.add(2, &case.request);
        for difference in &case.differences {
            self.add(2, &difference.field);
            self.add(3, styled(BAD, format!("- {}", difference.expected)));
            self.add(3, styled(GOOD, format!("+ {}", difference.got)));
        }
        if let Some(error) = &case.error {
            self.add(2, styled(BAD, error));
        }
        match &case.rule {
            Some(rule) => self.add(2, format!("decided by {}", styled(DIM, rule))),
            None => self.add(2, "decided by no rule"),
        }
        if let Some(nearest) = &case.nearest {
            self.add(2, format!("nearly by {}", styled(DIM, &nearest.place)));
            for reason in &nearest.because {
                self.add(3, format!("{} {reason}", styled(BAD, "✗")));
            }
        }
        for note in &case.notes {
            self.add(2, styled(NOTE, note));
        }
    }

    fn coverage(&mut self, coverage: &Coverage, uncovered: bool) {
        if coverage.items().next().is_none() {
            return;
        }
        self.add(0, "");
        let part = |what: What, noun: &str| {
            let (covered, all) = coverage.count(what);
            format!("{covered} of {}", counted(all, noun))
        };
        let matches = coverage.count(What::Match);
        let parts = [
            part(What::Rule, "rule"),
            format!(
                "{} of {} {}",
                matches.0,
                matches.1,
                if matches.1 == 1 { "match" } else { "matches" }
            ),
            part(What::Destination, "destination"),
        ];
        self.add(
            0,
            format!("coverage {:.1} %: {}", coverage.percent(), parts.join(", ")),
        );
        let missing: Vec<_> = coverage.items().filter(|item| !item.covered).collect();
        if uncovered {
            for item in &missing {
                let place = item
                    .location
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                self.add(
                    1,
                    format!("{} {}  {}", styled(BAD, "✗"), item.name, styled(DIM, place)),
                );
            }
        } else if !missing.is_empty() {
            self.add(1, styled(DIM, "--coverage lists what no test has asked for"));
        }
    }

    fn summary(&mut self, results: &Results) {
        let (all, failed) = (results.cases().count(), results.failed());
        let passed = styled(GOOD, format!("{} passed", all - failed));
        let failed = match failed {
            0 => "0 failed".to_owned(),
            failed => styled(BAD, format!("{failed} failed")),
        };
        let broken = match results.broken() {
            0 => String::new(),
            broken => format!(
                ", {}",
                styled(BAD, format!("{} cannot be used", counted(broken, "file")))
            ),
        };
        self.add(
            0,
            format!(
                "{passed}, {failed}{broken}  in {:.0} ms",
                results.seconds * 1000.0
            ),
        );
        self.add(
            0,
            styled(
                DIM,
                format!(
                    "subject {}, filter sha256:{}",
                    results.subject,
                    artifact::sha256()
                ),
            ),
        );
    }
}
