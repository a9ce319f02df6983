//! How often the filter called the host.

use std::collections::BTreeMap;

/// Host calls by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostCalls {
    counts: BTreeMap<&'static str, u64>,
}

impl HostCalls {
    pub(super) fn record(&mut self, name: &'static str) {
        *self.counts.entry(name).or_default() += 1;
    }

    /// How often one import was called.
    pub fn get(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or(0)
    }

    /// How often any import was called.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Every import that was called, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.counts.iter().map(|(name, count)| (*name, *count))
    }
}
