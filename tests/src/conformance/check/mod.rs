//! What a case states, held against what a subject has seen.

pub mod branches;
mod facts;
mod mirrors;
mod outcome;
mod response;
mod upstream;
pub mod weights;

use std::collections::BTreeMap;
use std::fmt::Debug;

use super::expect::{Expect, Headers, RetryPolicyExpect};
use crate::corpus::Mismatch;
use crate::subject::{Answer, Observation};

/// How a suite is to be read.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// It records a real proxy: what is left out was not there.
    pub recording: bool,
    /// An empty header counts as an absent one.
    pub empty_is_absent: bool,
    /// What `"retries": "default"` stands for.
    pub default_retries: Option<RetryPolicyExpect>,
    /// What upstreams answer.
    pub answer: Answer,
    /// The pod at the address that the client has connected to.
    pub pod: Option<String>,
}

/// Everything that does not hold of one observation.
pub fn check(expect: &Expect, seen: &Observation, rules: &Rules) -> Vec<Mismatch> {
    let mut findings = Findings::default();
    outcome::check(expect, seen, rules, &mut findings);
    upstream::check(expect.upstream.as_ref(), seen, rules, &mut findings);
    response::check(expect.response.as_ref(), seen, rules, &mut findings);
    facts::check(expect, seen, rules, &mut findings);
    mirrors::check(expect.mirrors.as_deref(), seen, rules, &mut findings);
    findings.mismatches
}

/// Gathers what does not hold.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) mismatches: Vec<Mismatch>,
}

impl Findings {
    fn fail(&mut self, key: &str, expected: impl Into<String>, seen: impl Into<String>) {
        self.mismatches.push(Mismatch {
            key: key.to_owned(),
            expected: expected.into(),
            seen: seen.into(),
        });
    }

    fn same<T: PartialEq + Debug + ?Sized>(&mut self, key: &str, expected: &T, seen: &T) {
        if expected != seen {
            self.fail(key, format!("{expected:?}"), format!("{seen:?}"));
        }
    }

    /// Compares where something is stated. In a recording, absence is a statement.
    fn stated<T: PartialEq + Debug>(
        &mut self,
        key: &str,
        expected: Option<&T>,
        seen: Option<&T>,
        rules: &Rules,
    ) {
        if expected.is_some() || rules.recording {
            self.same(key, &expected, &seen);
        }
    }

    /// A statement about something that no subject shows.
    fn invisible(&mut self, key: &str) {
        self.fail(key, "to be seen", "nothing: no subject shows it");
    }

    fn headers(&mut self, key: &str, expected: &Headers, seen: &BTreeMap<String, String>, rules: &Rules) {
        let expected: Headers = expected
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
            .collect();
        for (name, value) in &expected {
            let found = seen.get(name);
            let absent = found.is_none_or(|found| rules.empty_is_absent && found.is_empty());
            let holds = match value {
                None => absent,
                Some(value) => found.is_some_and(|found| fits(value, found)),
            };
            if !holds {
                self.fail(
                    &format!("{key}.{name}"),
                    format!("{value:?}"),
                    format!("{found:?}"),
                );
            }
        }
        let unexpected = seen.iter().filter(|(name, _)| !expected.contains_key(*name));
        for (name, value) in unexpected.filter(|_| rules.recording) {
            self.fail(&format!("{key}.{name}"), "None", format!("Some({value:?})"));
        }
    }
}

/// Whether a value is as expected; `<generated>` stands for anything without a quotation mark.
fn fits(expected: &str, seen: &str) -> bool {
    let mut rest = seen;
    let mut parts = expected.split("<generated>");
    let Some(after) = parts.next().and_then(|first| rest.strip_prefix(first)) else {
        return false;
    };
    rest = after;
    for part in parts {
        let end = rest.find('"').unwrap_or(rest.len());
        let Some(after) = rest.get(end..).and_then(|after| after.strip_prefix(part)) else {
            return false;
        };
        rest = after;
    }
    rest.is_empty()
}

/// Names in lower case, several values of one header joined.
fn joined(headers: &[(String, String)], left_out: &[&str]) -> BTreeMap<String, String> {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        if left_out.contains(&name.as_str()) {
            continue;
        }
        joined
            .entry(name)
            .and_modify(|values| {
                values.push(',');
                values.push_str(value);
            })
            .or_insert_with(|| value.clone());
    }
    joined
}

/// Port, subset and host of `outbound|port|subset|host`.
fn cluster_parts(cluster: &str) -> Option<(&str, &str, &str)> {
    let mut parts = cluster.strip_prefix("outbound|")?.splitn(3, '|');
    Some((parts.next()?, parts.next()?, parts.next()?))
}

/// Name and namespace of the Service behind a host.
fn service_of(cluster: Option<&str>) -> (String, String) {
    let host = cluster
        .and_then(cluster_parts)
        .map(|(_, _, host)| host)
        .unwrap_or_default();
    let mut labels = host.split('.');
    let mut next = || labels.next().unwrap_or_default().to_owned();
    (next(), next())
}
