//! Prefixes in a radix tree: the index of builds with `std`.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::str;

use matchit::Router;

use super::Positions;
use super::sorted_index::SortedIndex;

/// Prefixes, each with the closed list of the routes of its own prefix and of all shorter stored ones.
///
/// `matchit` answers "the most specific", not "the first in the list". It serves first-match-wins because
/// the most specific prefix's value is the closed list. Every prefix `P` is two entries, `P` and
/// `P{*rest}`, as its wildcard stands for at least one character.
#[derive(Clone, Debug)]
pub(crate) enum PrefixIndex {
    /// The usual case.
    Tree(Tree),
    /// Prefixes that `matchit` does not take, which are those that are not UTF-8 or conflict in it.
    Sorted(SortedIndex),
}

#[derive(Clone, Debug)]
pub(crate) struct Tree {
    router: Router<usize>,
    lists: Vec<Positions>,
    /// The list of the prefix `""`, which is no route of the tree.
    empty: Positions,
}

impl Default for PrefixIndex {
    fn default() -> Self {
        Self::Sorted(SortedIndex::default())
    }
}

impl PrefixIndex {
    /// Indexes prefixes with the positions of their own routes.
    pub(crate) fn new(prefixes: BTreeMap<Box<[u8]>, Vec<usize>>) -> Self {
        let sorted = SortedIndex::new(prefixes);
        Tree::new(sorted.clone()).map_or(Self::Sorted(sorted), Self::Tree)
    }

    /// The positions of all routes whose prefix `path` starts with, ascending.
    pub(crate) fn find(&self, path: &[u8]) -> &[usize] {
        match self {
            Self::Tree(tree) => tree.find(path),
            Self::Sorted(sorted) => sorted.find(path),
        }
    }
}

impl Tree {
    fn new(sorted: SortedIndex) -> Option<Self> {
        let mut tree = Self {
            router: Router::new(),
            lists: Vec::new(),
            empty: Positions::default(),
        };
        for (prefix, closed) in sorted.into_closed_lists() {
            if prefix.is_empty() {
                tree.empty = closed;
                continue;
            }
            let pattern = escape(str::from_utf8(&prefix).ok()?);
            let list = tree.lists.len();
            tree.router.insert(format!("{pattern}{{*rest}}"), list).ok()?;
            tree.router.insert(pattern, list).ok()?;
            tree.lists.push(closed);
        }
        Some(tree)
    }

    fn find(&self, path: &[u8]) -> &[usize] {
        // The tree takes text; of a path that is not, the readable start decides.
        let text = match str::from_utf8(path) {
            Ok(text) => text,
            Err(error) => path
                .get(..error.valid_up_to())
                .map_or("", |start| str::from_utf8(start).unwrap_or_default()),
        };
        let list = self
            .router
            .at(text)
            .ok()
            .and_then(|found| self.lists.get(*found.value));
        list.unwrap_or(&self.empty)
    }
}

/// Braces are the tree's own syntax.
fn escape(prefix: &str) -> String {
    prefix.replace('{', "{{").replace('}', "}}")
}
