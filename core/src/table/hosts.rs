//! Envoy's search for a virtual host: exact, then the longest wildcard, then `*`.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// Which kind of domain led to a virtual host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HostPattern {
    /// The domain itself.
    Exact,
    /// `*.suffix`.
    Wildcard,
    /// `*`.
    Any,
}

/// Positions of virtual hosts by domain, or by what follows its `*`.
type Positions = BTreeMap<Box<[u8]>, usize>;

/// Domains to positions in the list of virtual hosts.
/// Source: Envoy `RouteMatcher::findVirtualHost`.
#[derive(Clone, Debug, Default)]
pub struct HostIndex {
    exact: Positions,
    /// By the text after `*`, one map for each length, longest first.
    suffixes: Vec<(usize, Positions)>,
    any: Option<usize>,
}

impl HostIndex {
    /// Indexes the domains of virtual hosts, in order. A domain that was seen before is passed over.
    pub fn new<'d>(virtual_hosts: impl Iterator<Item = &'d [String]>) -> Self {
        let mut index = Self::default();
        let mut suffixes: BTreeMap<usize, Positions> = BTreeMap::new();
        for (position, domains) in virtual_hosts.enumerate() {
            for domain in domains {
                match domain.strip_prefix('*') {
                    Some("") => {
                        index.any.get_or_insert(position);
                    }
                    Some(suffix) => {
                        let same_length = suffixes.entry(suffix.len()).or_default();
                        same_length.entry(suffix.as_bytes().into()).or_insert(position);
                    }
                    None => {
                        index.exact.entry(domain.as_bytes().into()).or_insert(position);
                    }
                }
            }
        }
        index.suffixes = suffixes.into_iter().rev().collect();
        index
    }

    /// The position of the virtual host for a lower-case host name without port.
    pub fn find(&self, host: &[u8]) -> Option<(usize, HostPattern)> {
        if let Some(position) = self.exact.get(host) {
            return Some((*position, HostPattern::Exact));
        }
        if let Some(position) = self.longest_suffix(host) {
            return Some((position, HostPattern::Wildcard));
        }
        self.any.map(|position| (position, HostPattern::Any))
    }

    /// A wildcard stands for at least one character.
    fn longest_suffix(&self, host: &[u8]) -> Option<usize> {
        self.suffixes.iter().find_map(|(length, same_length)| {
            let start = host.len().checked_sub(*length).filter(|start| *start > 0)?;
            same_length.get(host.get(start..)?).copied()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn exact_beats_the_longest_wildcard_beats_any() {
        let hosts: Vec<Vec<String>> = [
            &["*"][..],
            &["*.com", "a.com"],
            &["*.b.com", "*b.com"],
            &["a.com", "*.com"],
        ]
        .map(|domains| domains.iter().map(ToString::to_string).collect())
        .into();
        let index = HostIndex::new(hosts.iter().map(Vec::as_slice));
        for (host, expected) in [
            ("a.com", (1, HostPattern::Exact)),
            ("x.com", (1, HostPattern::Wildcard)),
            ("x.b.com", (2, HostPattern::Wildcard)),
            ("xb.com", (2, HostPattern::Wildcard)),
            (".com", (0, HostPattern::Any)),
            ("b.org", (0, HostPattern::Any)),
            ("", (0, HostPattern::Any)),
        ] {
            assert_eq!(index.find(host.as_bytes()), Some(expected), "{host}");
        }
    }
}
