//! Where requests and their copies go.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::super::model::{DestinationExpect, MirrorExpect, WeightExpect};
use super::super::names::{Cluster, Names, words};
use super::{Differences, NONE, Seen, outcome};
use crate::view::DecisionView;

pub(super) fn compare_destination(
    expected: &DestinationExpect,
    seen: &Seen<'_>,
    names: &Names<'_>,
    all: &mut Differences,
) {
    let decision = seen.decision;
    let rule = rule_namespace(decision);
    let mut others = clusters(decision)
        .map(Cluster::parse)
        .filter(|cluster| !cluster.is(expected, names, rule))
        .peekable();
    if clusters(decision).next().is_none() {
        all.add("destination", &words(expected), &outcome(seen));
    } else if others.peek().is_some() {
        let got: Vec<String> = clusters(decision)
            .map(|name| Cluster::parse(name).like(expected))
            .collect();
        let got = if got.len() > 1 {
            format!("one of {}", got.join(" | "))
        } else {
            got.concat()
        };
        all.add("destination", &words(expected), &got);
    }
}

/// All clusters that could have been drawn.
fn clusters(decision: &DecisionView) -> impl Iterator<Item = &str> {
    let only = decision
        .cluster
        .iter()
        .filter(|_| decision.destinations.is_empty());
    let shares = decision.destinations.iter().map(|share| &share.cluster);
    shares.chain(only).map(String::as_str)
}

pub(super) fn compare_weights(
    expected: &[WeightExpect],
    seen: &Seen<'_>,
    names: &Names<'_>,
    all: &mut Differences,
) {
    if expected.is_empty() {
        return;
    }
    let decision = seen.decision;
    if decision.destinations.is_empty() {
        all.add("weights", &describe_weights(expected), &outcome(seen));
        return;
    }
    let total =
        |weights: &mut dyn Iterator<Item = u64>| weights.fold(0_u128, |sum, weight| sum + u128::from(weight));
    let asked = total(&mut expected.iter().map(|share| share.weight));
    let there = total(&mut decision.destinations.iter().map(|share| share.weight));
    let rule = rule_namespace(decision);
    let mut left: Vec<&WeightExpect> = expected.iter().filter(|share| share.weight > 0).collect();
    let all_found = decision.destinations.iter().all(|share| {
        let cluster = Cluster::parse(&share.cluster);
        let found = left.iter().position(|expected| {
            cluster.is(&expected.destination, names, rule)
                && u128::from(expected.weight) * there == u128::from(share.weight) * asked
        });
        found.map(|position| left.remove(position)).is_some()
    });
    if !all_found || !left.is_empty() {
        let got: Vec<String> = decision
            .destinations
            .iter()
            .map(|share| {
                let like = expected.first().map(|first| &first.destination);
                let name = like.map(|like| Cluster::parse(&share.cluster).like(like));
                format!("{} {}", share.weight, name.unwrap_or_default())
            })
            .collect();
        all.add("weights", &describe_weights(expected), &got.join(" | "));
    }
}

fn describe_weights(expected: &[WeightExpect]) -> String {
    let shares = expected
        .iter()
        .map(|share| format!("{} {}", share.weight, words(&share.destination)));
    shares.collect::<Vec<_>>().join(" | ")
}

fn rule_namespace(decision: &DecisionView) -> Option<&str> {
    decision.source.as_ref().map(|source| source.namespace.as_str())
}

pub(super) fn compare_mirrors(
    expected: &[MirrorExpect],
    decision: &DecisionView,
    names: &Names<'_>,
    all: &mut Differences,
) {
    let rule = rule_namespace(decision);
    let mut left: Vec<&MirrorExpect> = expected.iter().collect();
    let all_found = decision.mirrors.iter().all(|mirror| {
        let found = left.iter().position(|expected| {
            let percent = expected.percentage.map_or(100.0, |percent| percent.value);
            Cluster::parse(&mirror.cluster).is(&expected.destination, names, rule)
                && (percent - mirror.percent).abs() < 1e-6
        });
        found.map(|position| left.remove(position)).is_some()
    });
    if all_found && left.is_empty() {
        return;
    }
    let asked = expected.iter().map(|mirror| {
        let percent = mirror.percentage.map_or(100.0, |percent| percent.value);
        format!("{percent} % {}", words(&mirror.destination))
    });
    let got = decision
        .mirrors
        .iter()
        .map(|mirror| format!("{} % {}", mirror.percent, mirror.cluster));
    all.add("mirrors", &listed(asked), &listed(got));
}

fn listed(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.collect();
    if words.is_empty() {
        NONE.into()
    } else {
        words.join(" | ")
    }
}
