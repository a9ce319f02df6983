//! Shares of backends.

use std::collections::BTreeMap;

use super::{Findings, service_of};
use crate::conformance::expect::WeightsExpect;
use crate::corpus::Mismatch;
use crate::subject::Observation;

/// How far configured shares may be off: they are written as whole percents.
const ROUNDING: f64 = 0.5;

/// Asks, and compares: what is configured where the subject tells, else what a sample shows.
///
/// # Errors
/// When the subject fails.
pub fn check<E>(
    expect: &WeightsExpect,
    mut ask: impl FnMut(u64) -> Result<Observation, E>,
) -> Result<Vec<Mismatch>, E> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut tolerance = ROUNDING;
    if let Some(decided) = ask(0)?.decided {
        for share in decided.destinations {
            let (name, _) = service_of(Some(&share.cluster));
            *counts.entry(name).or_default() += share.weight;
        }
    } else {
        tolerance = expect.tolerance;
        for draw in 0..u64::from(expect.requests) {
            let (name, _) = service_of(ask(draw)?.cluster.as_deref());
            *counts.entry(name).or_default() += 1;
        }
    }
    Ok(compare(expect, &counts, tolerance))
}

#[expect(clippy::cast_precision_loss, reason = "weights are small")]
fn compare(expect: &WeightsExpect, counts: &BTreeMap<String, u64>, tolerance: f64) -> Vec<Mismatch> {
    let mut findings = Findings::default();
    let total: u64 = counts.values().sum();
    let share = |name: &str| {
        let count = counts.get(name).copied().unwrap_or_default();
        100.0 * count as f64 / total.max(1) as f64
    };
    for (name, expected) in &expect.backends {
        let seen = share(name);
        let never = *expected == 0.0 && seen > 0.0;
        if never || (seen - expected).abs() > tolerance {
            findings.fail(
                &format!("weights.backends.{name}"),
                format!("{expected} %"),
                format!("{seen:.1} %"),
            );
        }
    }
    for name in counts.keys().filter(|name| !expect.backends.contains_key(*name)) {
        findings.fail(
            &format!("weights.backends.{name}"),
            "none",
            format!("{:.1} %", share(name)),
        );
    }
    findings.mismatches
}
