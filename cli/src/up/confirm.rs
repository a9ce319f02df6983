//! Whether Envoy has taken what was written.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use mainsheet_tests::envoy::{Envoy, EnvoyError};
use tokio::time::sleep;

use crate::error::Result;

/// How long Envoy may take for one part.
const LIMIT: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(5);

/// What Envoy says about its subscriptions.
pub(super) struct Seen {
    versions: BTreeSet<String>,
    refusals: BTreeMap<String, u64>,
}

/// How Envoy took something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is in use.
    Taken,
    /// What was there before stays in use.
    Refused,
}

impl Seen {
    /// Asks Envoy.
    pub(super) async fn ask(envoy: &Envoy) -> Result<Self> {
        let path = "/stats?filter=(version_text|update_rejected|config_fail|config_conflict)$";
        let text = envoy.admin(path).await?;
        let pairs: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once(": ")).collect();
        let versions = pairs.iter().filter(|(name, _)| name.ends_with("version_text"));
        let refusals = pairs.iter().filter(|(name, _)| !name.ends_with("version_text"));
        Ok(Self {
            versions: versions
                .map(|(_, text)| text.trim_matches('"').to_owned())
                .collect(),
            refusals: refusals
                .filter_map(|(name, text)| Some(((*name).to_owned(), text.parse().ok()?)))
                .collect(),
        })
    }

    /// Whether something has been refused since.
    pub(super) fn refuses_more_than(&self, before: &Self) -> bool {
        let known = |name: &String| before.refusals.get(name).copied().unwrap_or(0);
        self.refusals.iter().any(|(name, count)| *count > known(name))
    }

    fn has_all(&self, versions: &BTreeSet<String>) -> bool {
        versions.is_subset(&self.versions)
    }

    /// Whether anything has ever been refused.
    pub(super) fn refuses_anything(&self) -> bool {
        self.refusals.values().any(|count| *count > 0)
    }
}

/// Waits until Envoy uses these versions, or has refused something.
pub(super) async fn wait(envoy: &Envoy, versions: &BTreeSet<String>, before: &Seen) -> Result<Verdict> {
    let end = Instant::now() + LIMIT;
    loop {
        let seen = Seen::ask(envoy).await?;
        if seen.refuses_more_than(before) {
            return Ok(Verdict::Refused);
        }
        if seen.has_all(versions) {
            return Ok(Verdict::Taken);
        }
        if Instant::now() >= end {
            let missing: Vec<&str> = versions.difference(&seen.versions).map(String::as_str).collect();
            let answer = format!(
                "no sign of version {} within {} s",
                missing.join(", "),
                LIMIT.as_secs()
            );
            return Err(EnvoyError::AdminAnswer {
                path: "/stats".to_owned(),
                answer,
            }
            .into());
        }
        sleep(POLL).await;
    }
}

/// Why Envoy has refused something, in its own words: its last lines about it, else the end of its log.
pub(super) fn reason(envoy: &Envoy) -> String {
    let tail = envoy.log_tail();
    reason_in(&tail).unwrap_or(tail)
}

/// What a log says of refusals.
pub(crate) fn reason_in(log: &str) -> Option<String> {
    let about =
        |line: &&str| line.contains("config update rejected: ") || line.contains("config update failure: ");
    let reasons: BTreeSet<&str> = log
        .lines()
        .filter(about)
        .filter_map(|line| line.split_once("config update ").map(|(_, reason)| reason))
        .collect();
    let lines: Vec<&str> = reasons.into_iter().collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}
