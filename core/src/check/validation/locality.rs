//! Preference of near endpoints. Source: Istio `ValidateLocalityLbSetting`, `validateLocalities`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::findings::{Findings, Verdict, refuse};
use crate::report::Field;
use crate::resources::destination_rule::{
    Distribute, LocalityLoadBalancerSetting, ZoneAwareLoadBalancerSetting,
};

const CODE: &str = "invalid-locality";
const TOPOLOGY: [&str; 3] = [
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.istio.io/subzone",
];

/// Shares by locality, or failing over; the latter needs outlier detection.
pub(super) fn check(
    setting: &LocalityLoadBalancerSetting,
    detects: bool,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    if !setting.distribute.is_empty() && !setting.failover.is_empty() {
        let message = "can not simultaneously specify 'distribute' and 'failover'";
        findings.error(
            &field.name("failover"),
            "conflicting-fields",
            message,
            "remove one of them",
        );
        return;
    }
    let pairs = setting
        .failover
        .iter()
        .map(|failover| (failover.from.as_str(), failover.to.as_str()));
    let failover = Failover {
        pairs: pairs.collect(),
        priority: &setting.failover_priority,
    };
    if !failover.goes_with_priority(field, findings) {
        return;
    }
    check_distribute(&setting.distribute, &field.name("distribute"), findings);
    failover.check(detects, field, findings);
}

/// Preference of the own zone.
pub(super) fn check_zone_aware(
    setting: &ZoneAwareLoadBalancerSetting,
    detects: bool,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    let pairs = setting
        .failover
        .iter()
        .map(|failover| (failover.from.as_str(), failover.to.as_str()));
    let failover = Failover {
        pairs: pairs.collect(),
        priority: &setting.failover_priority,
    };
    if failover.goes_with_priority(field, findings) {
        failover.check(detects, field, findings);
    }
}

/// Where to go when a region fails.
struct Failover<'s> {
    pairs: Vec<(&'s str, &'s str)>,
    priority: &'s [String],
}

impl Failover<'_> {
    /// The order of regions is said once.
    fn goes_with_priority(&self, field: &Field<'_>, findings: &mut Findings) -> bool {
        let topology = self
            .priority
            .iter()
            .find(|label| TOPOLOGY.contains(&label.as_str()));
        let Some(label) = topology.filter(|_| !self.pairs.is_empty()) else {
            return true;
        };
        let message = format!(
            "can not simultaneously set 'failover' and topology label '{label}' in 'failover_priority'"
        );
        let help = "remove `failover`, or the label";
        findings.error(
            &field.name("failoverPriority"),
            "conflicting-fields",
            message,
            help,
        );
        false
    }

    fn check(&self, detects: bool, field: &Field<'_>, findings: &mut Findings) {
        let fails_over = !self.pairs.is_empty() || !self.priority.is_empty();
        if fails_over && !detects {
            let message = "outlier detection policy must be provided for failover";
            let help = "add `outlierDetection`: without it no endpoint counts as failed";
            findings.warn(field, "no-effect", message, help);
        }
        let list = field.name("failover");
        for (index, (from, to)) in self.pairs.iter().enumerate() {
            let field = list.index(index);
            let mut error = |message: &str, help: &str| findings.error(&field, CODE, message, help);
            if from == to {
                let message = "locality lb failover settings must specify different regions";
                error(message, "name another region in `to`");
            }
            if from.contains('/') || to.contains('/') {
                error(
                    "locality lb failover only specify region",
                    "name regions, without zones",
                );
            }
            if from.contains('*') || to.contains('*') {
                let message = "locality lb failover region should not contain '*' wildcard";
                error(message, "name the regions");
            }
        }
    }
}

/// What is wrong first is all that Istio names.
fn check_distribute(list: &[Distribute], field: &Field<'_>, findings: &mut Findings) {
    for (index, distribute) in list.iter().enumerate() {
        let field = field.index(index);
        let to = field.name("to");
        if let Some((locality, _)) = distribute
            .to
            .iter()
            .find(|(_, weight)| !(1..=100).contains(*weight))
        {
            let message = "locality weight must be in range [1, 100]";
            findings.error(
                &to.key(locality),
                "invalid-weight",
                message,
                "give a weight from 1 to 100",
            );
            return;
        }
        let total: u64 = distribute.to.values().copied().map(u64::from).sum();
        if total != 100 {
            let message = format!("total locality weight {total} != 100");
            findings.error(&to, "invalid-weight", message, "let the weights sum up to 100");
            return;
        }
        findings.judge(localities(distribute.to.keys()), &to);
    }
    findings.judge(localities(list.iter().map(|distribute| &distribute.from)), field);
}

/// Localities of which none is a part of an earlier one.
fn localities<'l>(list: impl Iterator<Item = &'l String>) -> Verdict {
    let mut seen: Vec<Vec<&str>> = Vec::new();
    for locality in list {
        let wildcards = locality.matches('*').count();
        if wildcards > 1 || wildcards == 1 && !locality.ends_with('*') {
            let message =
                format!("locality {locality} wildcard '*' number can not exceed 1 and must be in the end");
            return refuse(CODE, message, "write `*` for all, or `region/*`");
        }
        let parts: Vec<&str> = locality.splitn(3, '/').collect();
        if parts.iter().any(|part| part.is_empty()) && !covers_all(&seen) {
            let message = format!("locality {locality} must not contain empty region/zone/subzone info");
            return refuse(
                CODE,
                message,
                "write `region/zone/sub-zone`, and leave out what is at the end",
            );
        }
        if covers_all(&seen) || seen.iter().any(|earlier| overlap(earlier, &parts)) {
            let message = format!("locality {locality} overlap with previous specified ones");
            return refuse(CODE, message, "name each place once, and `*` last");
        }
        seen.push(parts);
    }
    Ok(())
}

fn covers_all(seen: &[Vec<&str>]) -> bool {
    seen.iter().any(|parts| parts.first() == Some(&"*"))
}

/// Whether a locality is within an earlier one, or a region or zone around it.
fn overlap(earlier: &[&str], later: &[&str]) -> bool {
    let pairs = earlier.iter().zip(later);
    pairs.into_iter().all(|(a, b)| a == b || *a == "*")
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn localities_are_told_apart() {
        for (list, valid) in [
            (&["a/b/c", "a/b/d", "a/c/*", "b/*"][..], true),
            (&["a/b", "b/b", "*"], true),
            (&["a", "a/b"], false),
            (&["a/b/c", "a"], false),
            (&["a/*", "a/b"], false),
            (&["*", "a"], false),
            (&["a//c"], false),
            (&["*/b"], false),
            (&["a/*/*"], false),
        ] {
            let list: Vec<String> = list.iter().map(ToString::to_string).collect();
            assert_eq!(localities(list.iter()).is_ok(), valid, "{list:?}");
        }
    }
}
