//! What a case expects, and how it is held against what a subject has seen.

use std::collections::BTreeMap;
use std::fmt;

use mainsheet_core::view::{OutcomeKind, RetryView};
use serde::Deserialize;

use crate::subject::{Decided, Observation};

/// Expectations; what is absent is not asked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Expect {
    /// The kind of outcome.
    pub outcome: Option<OutcomeKind>,
    /// Status that the client sees. Upstreams answer 200.
    pub status: Option<u16>,
    /// Name of the route.
    pub route: Option<String>,
    /// Cluster of a single destination.
    pub cluster: Option<String>,
    /// Clusters and weights of a split; the chosen one must be among them.
    pub destinations: Option<BTreeMap<String, u64>>,
    /// `location` header.
    pub location: Option<String>,
    /// Body of a local answer.
    pub body: Option<String>,
    /// Method that the upstream sees.
    pub method: Option<String>,
    /// Authority that the upstream sees.
    pub authority: Option<String>,
    /// Path with query that the upstream sees.
    pub path: Option<String>,
    /// Headers that the upstream sees, repeated ones joined with `,`; `null` for none.
    pub headers: BTreeMap<String, Option<String>>,
    /// Headers that the client sees, likewise.
    pub response_headers: BTreeMap<String, Option<String>>,
    /// Limit of the request; `null` for none.
    #[serde(deserialize_with = "said")]
    pub timeout_ms: Option<Option<u64>>,
    /// The retry policy; `null` for none.
    #[serde(deserialize_with = "said")]
    pub retries: Option<Option<RetryView>>,
    /// Fault delay; `null` for none.
    #[serde(deserialize_with = "said")]
    pub delay_ms: Option<Option<u64>>,
}

/// Tells `null` from absence.
fn said<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// An expectation that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The key of the case file.
    pub key: String,
    /// What it asks for.
    pub expected: String,
    /// What the subject has seen.
    pub seen: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, seen {}", self.key, self.expected, self.seen)
    }
}

/// Gathers what does not hold.
#[derive(Default)]
struct Comparison {
    mismatches: Vec<Mismatch>,
}

impl Comparison {
    /// Compares where the case asks and the subject can see.
    fn check<T: PartialEq + fmt::Debug>(&mut self, key: &str, expected: Option<&T>, seen: Option<&T>) {
        if let (Some(expected), Some(seen)) = (expected, seen)
            && expected != seen
        {
            self.fail(key, format!("{expected:?}"), format!("{seen:?}"));
        }
    }

    fn fail(&mut self, key: &str, expected: String, seen: String) {
        self.mismatches.push(Mismatch {
            key: key.to_owned(),
            expected,
            seen,
        });
    }

    fn headers(
        &mut self,
        key: &str,
        expected: &BTreeMap<String, Option<String>>,
        seen: Option<&[(String, String)]>,
    ) {
        for (name, expected) in expected {
            let found = seen.and_then(|headers| joined(headers, name));
            if found != *expected {
                self.fail(
                    &format!("{key}.{name}"),
                    format!("{expected:?}"),
                    format!("{found:?}"),
                );
            }
        }
    }
}

fn joined(headers: &[(String, String)], name: &str) -> Option<String> {
    let values: Vec<&str> = headers
        .iter()
        .filter(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
        .collect();
    (!values.is_empty()).then(|| values.join(","))
}

impl Expect {
    /// Everything that `seen` shows otherwise than expected.
    pub fn check(&self, seen: &Observation) -> Vec<Mismatch> {
        let mut all = Comparison::default();
        all.check("status", self.status.as_ref(), Some(&seen.status));
        all.check(
            "cluster",
            self.cluster.as_ref(),
            Some(seen.cluster.as_ref().unwrap_or(&String::new())),
        );
        if let Some(decided) = &seen.decided {
            self.check_decided(decided, &mut all);
        }
        self.check_chosen(seen, &mut all);
        all.check(
            "location",
            self.location.as_ref(),
            Some(seen.location.as_ref().unwrap_or(&String::new())),
        );
        all.check("body", self.body.as_ref(), Some(&seen.body));
        self.check_upstream(seen, &mut all);
        all.headers(
            "responseHeaders",
            &self.response_headers,
            Some(&seen.response_headers),
        );
        all.mismatches
    }

    fn check_decided(&self, seen: &Decided, all: &mut Comparison) {
        all.check("outcome", self.outcome.as_ref(), Some(&seen.outcome));
        let route = seen.route.clone().unwrap_or_default();
        all.check("route", self.route.as_ref(), Some(&route));
        let shares = seen.destinations.iter();
        let destinations = shares
            .map(|share| (share.cluster.clone(), share.weight))
            .collect();
        all.check("destinations", self.destinations.as_ref(), Some(&destinations));
        all.check("timeoutMs", self.timeout_ms.as_ref(), Some(&seen.timeout_ms));
        all.check("retries", self.retries.as_ref(), Some(&seen.retries));
        all.check("delayMs", self.delay_ms.as_ref(), Some(&seen.delay_ms));
    }

    fn check_chosen(&self, seen: &Observation, all: &mut Comparison) {
        let Some(destinations) = &self.destinations else {
            return;
        };
        let chosen = seen.cluster.as_deref().unwrap_or_default();
        if !destinations.contains_key(chosen) {
            all.fail(
                "destinations",
                format!("one of {:?}", destinations.keys()),
                format!("{chosen:?}"),
            );
        }
    }

    fn check_upstream(&self, seen: &Observation, all: &mut Comparison) {
        let upstream = seen.upstream.as_ref();
        let texts = [
            ("method", &self.method, upstream.map(|upstream| &upstream.method)),
            (
                "authority",
                &self.authority,
                upstream.map(|upstream| &upstream.authority),
            ),
            ("path", &self.path, upstream.map(|upstream| &upstream.path)),
        ];
        for (key, expected, found) in texts {
            all.check(key, expected.as_ref(), Some(found.unwrap_or(&String::new())));
        }
        all.headers(
            "headers",
            &self.headers,
            upstream.map(|upstream| upstream.headers.as_slice()),
        );
    }
}
