//! Weights that are no percentages: legal, and the shares that come of them.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::written::{Written, rules};
use crate::diagnostic::{Diagnostic, Severity};
use crate::resources::Bundle;
use crate::resources::virtual_service::{Destination, HTTPRouteDestination};

pub(super) fn findings(bundle: &Bundle) -> Vec<Diagnostic> {
    rules(bundle).filter_map(|rule| finding(&rule)).collect()
}

/// A single destination gets everything whatever its weight, and one of weight 0 gets nothing.
fn finding(written: &Written<'_>) -> Option<Diagnostic> {
    let list = &written.rule.route;
    let weights: Option<Vec<u64>> = list
        .iter()
        .map(|destination| u64::try_from(destination.weight).ok())
        .collect();
    let total: u64 = weights?.iter().sum();
    if list.len() < 2 || total == 0 || total == 100 {
        return None;
    }
    let shares = list.iter().filter(|destination| destination.weight > 0);
    let shares: Vec<String> = shares.map(|destination| share(destination, total)).collect();
    let message = format!("the weights add up to {total}, not to 100: {}", shares.join(", "));
    let unsaid = list.iter().find(|destination| destination.weight == 0);
    let Some(unsaid) = unsaid.and_then(|unsaid| unsaid.destination.as_ref()) else {
        let found = written.found(Severity::Info, "weights", ".route", message);
        return Some(found.help("weights are shares of their sum: nothing is wrong if these are meant"));
    };
    let message = format!("{message}, and {} nothing", named(unsaid));
    let found = written.found(Severity::Warning, "weights", ".route", message);
    Some(found.help("give every destination a weight: beside others, one without gets no requests"))
}

/// `reviews (v1) gets 33.3 %`.
fn share(weighted: &HTTPRouteDestination, total: u64) -> String {
    let destination = weighted.destination.clone().unwrap_or_default();
    // In thousandths, rounded.
    let weight = u64::try_from(weighted.weight).unwrap_or_default();
    let share = (weight * 2000 + total) / (2 * total);
    let (whole, tenth) = (share / 10, share % 10);
    let share = if tenth == 0 {
        format!("{whole}")
    } else {
        format!("{whole}.{tenth}")
    };
    format!("{} gets {share} %", named(&destination))
}

/// `reviews (v1)`.
fn named(destination: &Destination) -> String {
    match destination.subset.as_str() {
        "" => destination.host.clone(),
        subset => format!("{} ({subset})", destination.host),
    }
}
