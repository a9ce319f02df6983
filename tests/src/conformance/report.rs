//! The outcome of a run, in figures and words.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::run::{Named, Verdict};

/// All outcomes.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// One entry for each suite and subject.
    pub suites: Vec<SuiteReport>,
    /// What could not be run at all.
    pub errors: Vec<String>,
}

/// One suite through one subject.
#[derive(Debug, Serialize)]
pub struct SuiteReport {
    /// Name of the suite.
    pub suite: String,
    /// Name of the subject.
    pub subject: String,
    /// How many have passed.
    pub passed: usize,
    /// How many were asked.
    pub total: usize,
    /// How many were not, by reason.
    pub skipped: BTreeMap<&'static str, usize>,
    /// What has failed.
    pub failures: Vec<FailureReport>,
}

/// An exchange that has failed.
#[derive(Debug, Serialize)]
pub struct FailureReport {
    /// Its case.
    pub case: String,
    /// Its name.
    pub exchange: String,
    /// What does not hold.
    pub mismatches: Vec<MismatchReport>,
}

/// A statement that does not hold.
#[derive(Debug, Serialize)]
pub struct MismatchReport {
    /// The key of the case file.
    pub key: String,
    /// What it asks for.
    pub expected: String,
    /// What was seen.
    pub seen: String,
}

impl SuiteReport {
    /// Nothing yet.
    pub fn new(suite: &str, subject: &str) -> Self {
        Self {
            suite: suite.to_owned(),
            subject: subject.to_owned(),
            passed: 0,
            total: 0,
            skipped: BTreeMap::new(),
            failures: Vec::new(),
        }
    }

    /// Counts the exchanges of a case.
    pub fn add(&mut self, case: &str, outcomes: Vec<Named>) {
        for (exchange, verdict) in outcomes {
            match verdict {
                Verdict::Skipped(reason) => *self.skipped.entry(reason).or_default() += 1,
                Verdict::Passed => {
                    self.total += 1;
                    self.passed += 1;
                }
                Verdict::Failed(mismatches) => {
                    self.total += 1;
                    self.failures.push(FailureReport {
                        case: case.to_owned(),
                        exchange,
                        mismatches: mismatches
                            .into_iter()
                            .map(|mismatch| MismatchReport {
                                key: mismatch.key,
                                expected: mismatch.expected,
                                seen: mismatch.seen,
                            })
                            .collect(),
                    });
                }
            }
        }
    }

    /// Which keys fail in how many exchanges, most frequent first.
    fn keys(&self) -> Vec<(String, usize)> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for failure in &self.failures {
            let mut keys: Vec<&str> = failure
                .mismatches
                .iter()
                .map(|mismatch| general(&mismatch.key))
                .collect();
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                *counts.entry(key.to_owned()).or_default() += 1;
            }
        }
        let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
        counts.sort_by(|(_, left), (_, right)| right.cmp(left));
        counts
    }
}

/// A key without the number of its branch.
fn general(key: &str) -> &str {
    key.strip_prefix("branches[")
        .and_then(|rest| rest.split_once("]."))
        .map_or(key, |(_, rest)| rest)
}

impl Report {
    /// Whether everything that was asked has passed, and something was asked.
    pub fn is_good(&self) -> bool {
        let asked: usize = self.suites.iter().map(|suite| suite.total).sum();
        let failed = self.suites.iter().any(|suite| !suite.failures.is_empty());
        self.errors.is_empty() && !failed && asked > 0
    }

    /// Writes it for people.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for suite in &self.suites {
            for failure in &suite.failures {
                writeln!(
                    out,
                    "FAIL {} ({}) {}/{}",
                    suite.suite, suite.subject, failure.case, failure.exchange
                )?;
                for mismatch in &failure.mismatches {
                    writeln!(
                        out,
                        "     {}: expected {}, seen {}",
                        mismatch.key, mismatch.expected, mismatch.seen
                    )?;
                }
            }
        }
        for suite in &self.suites {
            suite.write_figures(out)?;
        }
        for error in &self.errors {
            writeln!(out, "ERROR {error}")?;
        }
        Ok(())
    }
}

impl SuiteReport {
    fn write_figures(&self, out: &mut impl Write) -> io::Result<()> {
        let skipped: usize = self.skipped.values().sum();
        writeln!(
            out,
            "{} ({}): {} / {}, skipped {skipped}{}",
            self.suite,
            self.subject,
            self.passed,
            self.total,
            listed(self.skipped.iter().map(|(reason, count)| (*reason, *count)))
        )?;
        let keys = self.keys();
        if !keys.is_empty() {
            let keys = keys.iter().map(|(key, count)| (key.as_str(), *count));
            writeln!(out, "  failing keys{}", listed(keys))?;
        }
        Ok(())
    }
}

fn listed<'n>(counts: impl Iterator<Item = (&'n str, usize)>) -> String {
    let listed: Vec<String> = counts.map(|(name, count)| format!("{name} {count}")).collect();
    if listed.is_empty() {
        String::new()
    } else {
        format!(" ({})", listed.join(", "))
    }
}
