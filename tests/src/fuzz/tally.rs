//! What a run has seen, so that one can tell whether it was worth its time.

use std::collections::BTreeMap;
use std::fmt;

use mainsheet_core::diagnostic::{Diagnostic, Severity};
use mainsheet_core::view::DecisionView;

/// Counts.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Configurations that were put to the test.
    pub configurations: u64,
    /// Configurations that the compiler refused.
    pub refused: u64,
    /// Why, by code.
    pub codes: BTreeMap<String, u64>,
    /// Pairs of a configuration and a request.
    pub pairs: u64,
    /// Requests that reach no filter, answered with 400.
    pub bad_requests: u64,
    /// What became of requests.
    pub outcomes: BTreeMap<String, u64>,
    /// What was remarkable about them.
    pub features: BTreeMap<&'static str, u64>,
}

impl Tally {
    pub(super) fn refuse(&mut self, findings: &[Diagnostic]) {
        self.refused += 1;
        let errors = findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error);
        let mut codes: Vec<String> = errors.map(|finding| finding.code.to_string()).collect();
        codes.sort();
        codes.dedup();
        for code in codes {
            *self.codes.entry(code).or_default() += 1;
        }
    }

    pub(super) fn count(&mut self, view: &DecisionView) {
        self.pairs += 1;
        let outcome = serde_json::to_value(view.outcome).unwrap_or_default();
        let outcome = outcome.as_str().unwrap_or("unknown");
        match self.outcomes.get_mut(outcome) {
            Some(count) => *count += 1,
            None => {
                self.outcomes.insert(outcome.to_owned(), 1);
            }
        }
        let rewritten = view.upstream.as_ref().is_some_and(|upstream| {
            upstream
                .headers
                .iter()
                .any(|(name, _)| name.starts_with("x-envoy-original-"))
        });
        let features = [
            ("by a rule", view.source.is_some()),
            ("split", view.destinations.len() > 1),
            ("rewritten", rewritten),
            ("delayed", view.delay_ms.is_some()),
            ("aborted", view.abort.is_some()),
            ("response headers", !view.response_headers.is_empty()),
            ("timeout", view.timeout_ms.is_some()),
        ];
        for (feature, _) in features.into_iter().filter(|(_, present)| *present) {
            *self.features.entry(feature).or_default() += 1;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "configurations  {:>10}", self.configurations)?;
        writeln!(
            f,
            "  refused       {:>10}  {}",
            self.refused,
            share(self.refused, self.configurations)
        )?;
        for (code, count) in most(&self.codes) {
            writeln!(f, "    {code}: {count}")?;
        }
        writeln!(f, "pairs           {:>10}", self.pairs)?;
        writeln!(f, "  bad requests  {:>10}", self.bad_requests)?;
        for (outcome, count) in most(&self.outcomes) {
            writeln!(f, "  {outcome:<16}{count:>8}  {}", share(count, self.pairs))?;
        }
        for (feature, count) in most(&self.features) {
            writeln!(f, "  with {feature:<16}{count:>8}  {}", share(count, self.pairs))?;
        }
        Ok(())
    }
}

/// The most frequent first.
fn most<K: AsRef<str>>(counts: &BTreeMap<K, u64>) -> Vec<(&str, u64)> {
    let mut sorted: Vec<(&str, u64)> = counts.iter().map(|(key, count)| (key.as_ref(), *count)).collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    sorted
}

fn share(part: u64, whole: u64) -> String {
    let permille = (part * 1000).checked_div(whole).unwrap_or_default();
    format!("{:>3}.{} %", permille / 10, permille % 10)
}
