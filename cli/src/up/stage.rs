//! The order in which Envoy's files change: make before break.
//!
//! A rule must not name a cluster that Envoy does not have yet, so clusters and their endpoints come first, then the
//! filter, then listeners; files that nothing names any more go last.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A part of the configuration that Envoy has to take before the next part is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// `eds-*`: written with the clusters that read them.
    Endpoints,
    /// `cds.json`.
    Clusters,
    /// `ecds-*`.
    Filters,
    /// `lds.json`.
    Listeners,
    /// The bootstrap, which a running Envoy does not read again.
    Start,
}

impl Stage {
    /// All that a running Envoy follows, in order.
    pub(super) const ORDER: [Self; 4] = [Self::Endpoints, Self::Clusters, Self::Filters, Self::Listeners];

    /// The stage of a file.
    pub(super) fn of(file: &str) -> Self {
        match file {
            "cds.json" => Self::Clusters,
            "lds.json" => Self::Listeners,
            _ if file.starts_with("eds-") => Self::Endpoints,
            _ if file.starts_with("ecds-") => Self::Filters,
            _ => Self::Start,
        }
    }

    /// What it is, for people.
    pub(super) fn what(self) -> &'static str {
        match self {
            Self::Endpoints => "the endpoints",
            Self::Clusters => "the clusters",
            Self::Filters => "the rules",
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
    own.map(|(name, content)| (name.clone(), content.clone())).collect()
}

/// The version by which Envoy says that it has taken a file.
pub(super) fn version(content: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Discovery {
        version_info: String,
    }
    let discovery: Discovery = serde_json::from_slice(content).ok()?;
    Some(discovery.version_info)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_their_turn() {
        let names = ["eds-a.json", "cds.json", "ecds-web.json", "lds.json", "bootstrap.json"];
        let stages = names.map(Stage::of);
        assert!(stages.is_sorted());
        assert_eq!(stages[..4], Stage::ORDER);
        assert_eq!(version(br#"{"version_info": "12", "resources": []}"#).as_deref(), Some("12"));
        assert_eq!(version(b"x"), None);
    }
}
