//! Prefixes in a sorted array with parent links: the index of builds without `std`, and the fallback of
//! those with it.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::Positions;

/// Prefixes, each with the closed list of the routes of its own prefix and of all shorter stored ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct SortedIndex {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    prefix: Box<[u8]>,
    /// The longest stored proper prefix of `prefix`.
    parent: Option<usize>,
    closed: Positions,
}

impl SortedIndex {
    /// Indexes prefixes with the positions of their own routes.
    pub(crate) fn new(prefixes: BTreeMap<Box<[u8]>, Vec<usize>>) -> Self {
        let mut index = Self {
            entries: Vec::with_capacity(prefixes.len()),
        };
        for (prefix, own) in prefixes {
            // In sorted order every stored prefix of this one is already there.
            let parent = index.longest_prefix(&prefix);
            let inherited = parent.and_then(|parent| index.entries.get(parent));
            let closed = merge(own, inherited.map_or(&[], |entry| &entry.closed));
            index.entries.push(Entry {
                prefix,
                parent,
                closed,
            });
        }
        index
    }

    /// The positions of all routes whose prefix `path` starts with, ascending.
    pub(crate) fn find(&self, path: &[u8]) -> &[usize] {
        let entry = self
            .longest_prefix(path)
            .and_then(|position| self.entries.get(position));
        entry.map_or(&[], |entry| &entry.closed)
    }

    /// Every stored prefix with its closed list.
    #[cfg(feature = "std")]
    pub(crate) fn into_closed_lists(self) -> impl Iterator<Item = (Box<[u8]>, Positions)> {
        self.entries.into_iter().map(|entry| (entry.prefix, entry.closed))
    }

    /// The greatest entry that is not greater than `path` shares its longest stored prefix with it: that
    /// prefix is the entry itself or one of its parents.
    fn longest_prefix(&self, path: &[u8]) -> Option<usize> {
        let after = self.entries.partition_point(|entry| *entry.prefix <= *path);
        let mut position = after.checked_sub(1);
        while let Some(entry) = position.and_then(|position| self.entries.get(position)) {
            if path.starts_with(&entry.prefix) {
                return position;
            }
            position = entry.parent;
        }
        None
    }
}

fn merge(mut own: Vec<usize>, inherited: &[usize]) -> Positions {
    own.extend_from_slice(inherited);
    own.sort_unstable();
    own.into()
}
