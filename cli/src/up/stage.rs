//! The order in which Envoy's files change: make before break.
//!
//! A rule must not name a cluster that Envoy does not have yet, so certificates, clusters and their endpoints come
//! first, then the routes, the filter, then listeners; files that nothing names any more go last.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

const CLUSTERS: &str = "cds.json";

/// A part of the configuration that Envoy has to take before the next part is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// `sds-*`: certificates, which new clusters and listeners read.
    Secrets,
    /// `eds-*`: written with the clusters that read them.
    Endpoints,
    /// `cds.json`.
    Clusters,
    /// `rds-*`: the routes among which the filter chooses.
    Routes,
    /// `ecds-*`.
    Filters,
    /// `lds.json`.
    Listeners,
    /// The bootstrap, which a running Envoy does not read again.
    Start,
}

impl Stage {
    /// All that a running Envoy follows, in order.
    pub(crate) const ORDER: [Self; 6] = [
        Self::Secrets,
        Self::Endpoints,
        Self::Clusters,
        Self::Routes,
        Self::Filters,
        Self::Listeners,
    ];

    /// The stage of a file.
    pub(crate) fn of(file: &str) -> Self {
        match file {
            CLUSTERS => Self::Clusters,
            "lds.json" => Self::Listeners,
            _ if file.starts_with("eds-") => Self::Endpoints,
            _ if file.starts_with("rds-") => Self::Routes,
            _ if file.starts_with("ecds-") => Self::Filters,
            _ if file.starts_with("sds-") => Self::Secrets,
            _ => Self::Start,
        }
    }

    /// What it is, for people.
    pub(super) fn what(self) -> &'static str {
        match self {
            Self::Endpoints => "the endpoints",
            Self::Clusters => "the clusters",
            Self::Routes => "the routes",
            Self::Filters => "the rules",
            Self::Secrets => "the certificates",
            Self::Listeners => "the listeners",
            Self::Start => "the bootstrap",
        }
    }
}

/// Files by name.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// The files of one stage.
pub(super) fn files_of(files: &Files, stage: Stage) -> Files {
    let own = files.iter().filter(|(name, _)| Stage::of(name) == stage);
    own.map(|(name, content)| (name.clone(), content.clone()))
        .collect()
}

/// The new files with the old clusters in addition, where some of those go away: rules that still name them have to
/// be replaced first.
pub(super) fn with_old_clusters(old: &Files, new: &Files) -> Option<Files> {
    let read = |files: &Files| serde_json::from_slice::<Discovery>(files.get(CLUSTERS)?).ok();
    let (old, mut both) = (read(old)?, read(new)?);
    let names: BTreeSet<Option<String>> = both.resources.iter().map(name).collect();
    let leaving: Vec<Value> = old
        .resources
        .into_iter()
        .filter(|cluster| !names.contains(&name(cluster)))
        .collect();
    if leaving.is_empty() {
        return None;
    }
    both.resources.extend(leaving);
    both.version_info = format!("{}+{}", old.version_info, both.version_info);
    let mut files = new.clone();
    files.insert(CLUSTERS.to_owned(), serde_json::to_vec(&both).ok()?);
    Some(files)
}

fn name(resource: &Value) -> Option<String> {
    Some(resource.get("name")?.as_str()?.to_owned())
}

/// A file of resources.
#[derive(Serialize, Deserialize)]
struct Discovery {
    version_info: String,
    #[serde(default)]
    resources: Vec<Value>,
}

/// The version by which Envoy says that it has taken a file.
pub(super) fn version(content: &[u8]) -> Option<String> {
    let discovery: Discovery = serde_json::from_slice(content).ok()?;
    Some(discovery.version_info)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_their_turn() {
        let names = [
            "sds-web.json",
            "eds-a.json",
            "cds.json",
            "rds-web.json",
            "ecds-web.json",
            "lds.json",
            "bootstrap.json",
        ];
        let stages = names.map(Stage::of);
        assert!(stages.is_sorted());
        assert_eq!(stages[..6], Stage::ORDER);
        assert_eq!(
            version(br#"{"version_info": "12", "resources": []}"#).as_deref(),
            Some("12")
        );
        assert_eq!(version(b"x"), None);
    }

    #[test]
    fn clusters_that_go_away_stay_until_the_rules_have_changed() {
        let files = |text: &str| Files::from([(CLUSTERS.to_owned(), text.as_bytes().to_vec())]);
        let old = files(r#"{"version_info": "1", "resources": [{"name": "a"}, {"name": "b"}]}"#);
        let new = files(r#"{"version_info": "2", "resources": [{"name": "b"}, {"name": "c"}]}"#);
        let both = with_old_clusters(&old, &new).unwrap();
        let text = String::from_utf8_lossy(&both[CLUSTERS]);
        assert_eq!(version(&both[CLUSTERS]).as_deref(), Some("1+2"));
        assert!(
            ["\"a\"", "\"b\"", "\"c\""]
                .iter()
                .all(|name| text.matches(name).count() == 1),
            "{text}"
        );
        assert!(with_old_clusters(&old, &old).is_none());
    }
}
