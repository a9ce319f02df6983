//! Splits: what happens for each destination.

use std::collections::BTreeMap;

use super::{Findings, Rules, check as check_one};
use crate::conformance::expect::{Branch, Expect, UpstreamExpect};
use crate::corpus::Mismatch;
use crate::subject::Observation;

/// The chance to miss a branch that is there.
const MISS: f64 = 1e-9;
/// However small a share is.
const MOST_TRIES: u32 = 50_000;

/// Asks until every branch has been seen. Every answer has to be one of the branches, and the weights have to
/// be the configured ones.
///
/// # Errors
/// When the subject fails.
pub fn check<E>(
    whole: &Expect,
    branches: &[Branch],
    rules: &Rules,
    mut ask: impl FnMut(u64) -> Result<Observation, E>,
) -> Result<Vec<Mismatch>, E> {
    let expects: Vec<Expect> = branches.iter().map(|branch| branch.of(whole)).collect();
    let mut unseen: Vec<usize> = (0..branches.len()).collect();
    let mut findings = Findings::default();
    let weights: Vec<u64> = branches.iter().map(|branch| branch.weight).collect();
    for draw in 0..tries(&weights) {
        let seen = ask(u64::from(draw))?;
        if draw == 0 {
            shares(branches, &seen, &mut findings);
        }
        let results: Vec<Vec<Mismatch>> = expects
            .iter()
            .map(|expect| check_one(expect, &seen, rules))
            .collect();
        unseen.retain(|index| {
            results
                .get(*index)
                .is_some_and(|mismatches| !mismatches.is_empty())
        });
        if results.iter().all(|mismatches| !mismatches.is_empty()) {
            findings.mismatches.extend(nearest(&results));
            break;
        }
        if unseen.is_empty() {
            break;
        }
    }
    if findings.mismatches.is_empty() {
        for branch in unseen.iter().filter_map(|index| branches.get(*index)) {
            findings.fail("branches", format!("sometimes {branch:?}"), "never");
        }
    }
    Ok(findings.mismatches)
}

/// What does not hold of the branch that comes nearest.
fn nearest(results: &[Vec<Mismatch>]) -> Vec<Mismatch> {
    let nearest = results.iter().enumerate().min_by_key(|(_, mismatches)| {
        let wrong_cluster = mismatches.iter().any(|mismatch| mismatch.key == "cluster");
        (wrong_cluster, mismatches.len())
    });
    let Some((index, mismatches)) = nearest else {
        return Vec::new();
    };
    let prefixed = |mismatch: &Mismatch| Mismatch {
        key: format!("branches[{index}].{}", mismatch.key),
        ..mismatch.clone()
    };
    mismatches.iter().map(prefixed).collect()
}

fn shares(branches: &[Branch], seen: &Observation, findings: &mut Findings) {
    let Some(decided) = &seen.decided else {
        return;
    };
    let mut expected: Vec<(&str, u64)> = branches
        .iter()
        .map(|branch| (branch.cluster.as_str(), branch.weight))
        .collect();
    let mut found: Vec<(&str, u64)> = decided
        .destinations
        .iter()
        .map(|share| (share.cluster.as_str(), share.weight))
        .collect();
    expected.sort_unstable();
    found.sort_unstable();
    findings.same("branches.weight", &expected, &found);
}

/// How often to ask, so that the chance of missing any share stays below `MISS`.
pub fn tries(weights: &[u64]) -> u32 {
    let total: u64 = weights.iter().sum();
    let Some(smallest) = weights.iter().filter(|weight| **weight > 0).min() else {
        return 1;
    };
    if *smallest == total {
        return 1;
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small positive number"
    )]
    let tries = {
        let share = *smallest as f64 / total as f64;
        let miss = MISS / weights.len() as f64;
        (miss.ln() / (1.0 - share).ln()).ceil() as u32
    };
    tries.clamp(1, MOST_TRIES)
}

/// Asks until each of `backends` has answered, and checks the request that it has seen.
///
/// # Errors
/// When the subject fails.
pub fn by_backend<E>(
    backends: &BTreeMap<String, UpstreamExpect>,
    rules: &Rules,
    mut ask: impl FnMut(u64) -> Result<Observation, E>,
) -> Result<Vec<Mismatch>, E> {
    let mut unseen: Vec<&String> = backends.keys().collect();
    let first = ask(0)?;
    let weights: Vec<u64> = match &first.decided {
        Some(decided) => decided.destinations.iter().map(|share| share.weight).collect(),
        None => vec![1, 99],
    };
    for draw in 0..tries(&weights) {
        let seen = ask(u64::from(draw))?;
        let (name, _) = super::service_of(seen.cluster.as_deref());
        let Some(expect) = backends.get(&name) else {
            continue;
        };
        unseen.retain(|backend| **backend != name);
        let mut findings = Findings::default();
        super::upstream::check(Some(expect), &seen, rules, &mut findings);
        if !findings.mismatches.is_empty() {
            return Ok(findings.mismatches);
        }
    }
    let mut findings = Findings::default();
    for backend in unseen {
        findings.fail("upstreamByBackend", format!("sometimes {backend}"), "never");
    }
    Ok(findings.mismatches)
}
