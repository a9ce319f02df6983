//! Copies: those that have arrived, or their configured destinations.

use mainsheet_core::view::MirrorView;

use super::{Findings, Rules, cluster_parts, service_of};
use crate::conformance::expect::MirrorExpect;
use crate::subject::Observation;

pub(super) fn check(
    expect: Option<&[MirrorExpect]>,
    seen: &Observation,
    rules: &Rules,
    findings: &mut Findings,
) {
    if rules.recording {
        arrived(expect.unwrap_or_default(), seen, findings);
    } else if let Some(expect) = expect {
        configured(expect, seen, findings);
    }
}

/// A recording lists every copy.
fn arrived(expect: &[MirrorExpect], seen: &Observation, findings: &mut Findings) {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut expected: Vec<[String; 4]> = expect
        .iter()
        .map(|copy| [&copy.cluster, &copy.method, &copy.path, &copy.authority].map(text))
        .collect();
    expected.sort();
    let Some(copies) = &seen.copies else {
        if !expected.is_empty() {
            findings.fail("mirrors", format!("{expected:?}"), "not told");
        }
        return;
    };
    let mut found: Vec<[String; 4]> = copies
        .iter()
        .map(|(cluster, copy)| [cluster, &copy.method, &copy.path, &copy.authority].map(String::clone))
        .collect();
    found.sort();
    findings.same("mirrors", &expected, &found);
}

/// Where a case only names shares, the configured ones are compared.
fn configured(expect: &[MirrorExpect], seen: &Observation, findings: &mut Findings) {
    let Some(decided) = &seen.decided else {
        return;
    };
    let Some(found) = decided.facts.as_ref().map(|facts| &facts.mirrors) else {
        findings.fail("mirrors", format!("{expect:?}"), "not told");
        return;
    };
    let sends = |mirror: &&MirrorView| mirror.percent > 0.0;
    let sending: Vec<&MirrorView> = found.iter().filter(sends).collect();
    for expected in expect {
        let percent: f64 = sending
            .iter()
            .filter(|mirror| is_to(expected, &mirror.cluster))
            .map(|mirror| mirror.percent)
            .sum();
        let wanted = expected.percent.unwrap_or(100.0);
        if (percent - wanted).abs() > 0.01 {
            findings.fail("mirrors.percent", wanted.to_string(), percent.to_string());
        }
    }
    let unexpected = sending
        .iter()
        .filter(|mirror| !expect.iter().any(|expected| is_to(expected, &mirror.cluster)));
    for mirror in unexpected {
        findings.fail("mirrors", "no other copies", mirror.cluster.clone());
    }
}

fn is_to(expect: &MirrorExpect, cluster: &str) -> bool {
    let (name, namespace) = service_of(Some(cluster));
    let host = cluster_parts(cluster)
        .map(|(_, _, host)| host)
        .unwrap_or_default();
    let same = |expected: &Option<String>, found: &str| expected.as_deref().is_none_or(|text| text == found);
    same(&expect.backend, &name)
        && same(&expect.backend_namespace, &namespace)
        && same(&expect.host, host)
        && same(&expect.cluster, cluster)
}
