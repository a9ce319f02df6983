//! What the files of an Envoy say, and what it uses of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use crate::json;

/// A kind of configuration that Envoy takes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Kind {
    Cds,
    Lds,
    Eds,
    Rds,
    Ecds,
}

impl Kind {
    /// In the order of the table.
    pub(super) const ALL: [Self; 5] = [Self::Cds, Self::Lds, Self::Eds, Self::Rds, Self::Ecds];

    /// By the name of a statistic of its subscription.
    fn of_stat(name: &str) -> Option<Self> {
        if name.starts_with("cluster_manager.cds.") {
            Some(Self::Cds)
        } else if name.starts_with("listener_manager.lds.") {
            Some(Self::Lds)
        } else if name.starts_with("extension_config_discovery.") {
            Some(Self::Ecds)
        } else if name.contains(".rds.") {
            Some(Self::Rds)
        } else if name.starts_with("cluster.") {
            Some(Self::Eds)
        } else {
            None
        }
    }

    /// By the name of a file of the export.
    fn of_file(name: &str) -> Option<Self> {
        let kind = name.strip_suffix(".json")?.split('-').next()?;
        match kind {
            "cds" => Some(Self::Cds),
            "lds" => Some(Self::Lds),
            "eds" => Some(Self::Eds),
            "rds" => Some(Self::Rds),
            "ecds" => Some(Self::Ecds),
            _ => None,
        }
    }
}

/// Whether Envoy uses what its files say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum State {
    Synced,
    Stale,
    Rejected,
    NotSent,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Synced => "SYNCED",
            Self::Stale => "STALE",
            Self::Rejected => "REJECTED",
            Self::NotSent => "NOT SENT",
        })
    }
}

/// The versions of each kind.
type Versions = BTreeMap<Kind, BTreeSet<String>>;

/// What Envoy says of its subscriptions.
#[derive(Debug, Default)]
pub(super) struct Used {
    versions: Versions,
    refused: BTreeSet<Kind>,
}

impl Used {
    /// Reads Envoy's statistics.
    pub(super) fn read(stats: &str) -> Self {
        let mut used = Self::default();
        for (name, value) in stats.lines().filter_map(|line| line.split_once(": ")) {
            let Some(kind) = Kind::of_stat(name) else { continue };
            if name.ends_with("version_text") {
                let version = value.trim_matches('"');
                if !version.is_empty() {
                    used.versions.entry(kind).or_default().insert(version.to_owned());
                }
            } else if value != "0" {
                used.refused.insert(kind);
            }
        }
        used
    }

    /// Compares with what the files say, where they can be read.
    pub(super) fn compare(&self, written: Option<&Versions>) -> BTreeMap<Kind, State> {
        Kind::ALL
            .into_iter()
            .map(|kind| (kind, self.state(kind, written)))
            .collect()
    }

    fn state(&self, kind: Kind, written: Option<&Versions>) -> State {
        let none = BTreeSet::new();
        let used = self.versions.get(&kind).unwrap_or(&none);
        let Some(written) = written.map(|written| written.get(&kind).unwrap_or(&none)) else {
            return if used.is_empty() {
                State::NotSent
            } else {
                State::Stale
            };
        };
        if written.is_empty() && used.is_empty() {
            State::NotSent
        } else if written.is_subset(used) {
            State::Synced
        } else if self.refused.contains(&kind) {
            State::Rejected
        } else {
            State::Stale
        }
    }
}

/// The versions that the files of a directory have; `None` where it cannot be read.
pub(super) fn written(directory: &Path) -> Option<Versions> {
    let mut versions = Versions::new();
    for entry in std::fs::read_dir(directory).ok()?.flatten() {
        let name = entry.file_name();
        let Some(kind) = name.to_str().and_then(Kind::of_file) else {
            continue;
        };
        let text = std::fs::read_to_string(entry.path()).ok()?;
        let file: Value = serde_json::from_str(&text).ok()?;
        let version = json::text(&file, "/version_info").to_owned();
        versions.entry(kind).or_default().insert(version);
    }
    Some(versions)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATS: &str = "\
cluster.outbound|80||a.default.svc.cluster.local;.version_text: \"e1\"
cluster_manager.cds.update_rejected: 0
cluster_manager.cds.version_text: \"c1\"
extension_config_discovery.http_filter.mainsheet-a.config_fail: 2
extension_config_discovery.http_filter.mainsheet-a.version_text: \"f1\"
http.a.rds.a.version_text: \"r1\"
listener_manager.lds.version_text: \"\"";

    #[test]
    fn states_follow_from_files_and_statistics() {
        let set = |versions: &[&str]| versions.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        let written: Versions = [
            (Kind::Cds, set(&["c1"])),
            (Kind::Eds, set(&["e2"])),
            (Kind::Rds, set(&["r1"])),
            (Kind::Ecds, set(&["f2"])),
        ]
        .into();
        let states = Used::read(STATS).compare(Some(&written));
        let expected = [
            (Kind::Cds, State::Synced),
            (Kind::Lds, State::NotSent),
            (Kind::Eds, State::Stale),
            (Kind::Rds, State::Synced),
            (Kind::Ecds, State::Rejected),
        ];
        assert_eq!(states, expected.into());
    }

    #[test]
    fn files_that_cannot_be_read_make_everything_stale() {
        let states = Used::read(STATS).compare(None);
        assert_eq!(states.get(&Kind::Cds), Some(&State::Stale));
        assert_eq!(states.get(&Kind::Lds), Some(&State::NotSent));
    }
}
