//! Which routes can match a path, in list order, without trying each of them.
//!
//! Each route's path condition goes into one of five indexes. A lookup asks each of them for its sorted
//! list of positions and merges the lists, so that the first position is the first route of the list that
//! can match. The regexes, the dearest of them, run only when no cheaper candidate comes before the first.

#[cfg(feature = "std")]
mod matchit_index;
mod sorted_index;
#[cfg(test)]
#[cfg(feature = "std")]
mod tests;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::matcher::{InvalidRegex, PathMatcher, RegexSet, RegexSetCache};

#[cfg(feature = "std")]
use matchit_index::PrefixIndex;
#[cfg(not(feature = "std"))]
use sorted_index::SortedIndex as PrefixIndex;

/// Positions of routes in their list, ascending.
type Positions = Box<[usize]>;

/// The path conditions of one list of routes.
#[derive(Clone, Debug, Default)]
pub struct PathIndex {
    as_written: TextIndex,
    /// For `ignoreUriCase`: keys and paths in lower case.
    folded: Option<TextIndex>,
    regexes: Option<RegexIndex>,
}

/// Exact paths and prefixes in one case.
#[derive(Clone, Debug, Default)]
struct TextIndex {
    exact: BTreeMap<Box<[u8]>, Positions>,
    prefixes: PrefixIndex,
}

#[derive(Clone, Debug)]
struct RegexIndex {
    set: RegexSet,
    /// The route of each pattern of the set, ascending.
    positions: Positions,
}

/// Scratch space for lookups; belongs to one thread and serves any number of tables.
#[derive(Clone, Debug, Default)]
pub struct PathCache {
    folded: Vec<u8>,
    /// For the set it was made for, told by its number of patterns.
    regexes: Option<(usize, RegexSetCache)>,
    matched: Vec<usize>,
}

impl PathIndex {
    /// Indexes the path conditions of routes, in order.
    ///
    /// # Errors
    /// When the regexes together are too large for one automaton.
    pub fn new<'m>(matchers: impl Iterator<Item = &'m PathMatcher>) -> Result<Self, InvalidRegex> {
        let mut sorter = Sorter::default();
        for (position, matcher) in matchers.enumerate() {
            sorter.insert(position, matcher);
        }
        sorter.finish()
    }

    /// The positions of the routes whose path condition holds, ascending.
    pub fn candidates<'s>(&'s self, path: &'s [u8], cache: &'s mut PathCache) -> Candidates<'s> {
        let PathCache {
            folded,
            regexes,
            matched,
        } = cache;
        let (folded_exact, folded_prefix) = match &self.folded {
            Some(index) => {
                folded.clear();
                folded.extend(path.iter().map(u8::to_ascii_lowercase));
                index.find(folded)
            }
            None => Default::default(),
        };
        let (exact, prefix) = self.as_written.find(path);
        matched.clear();
        let lists = [exact, prefix, folded_exact, folded_prefix];
        let regexes = self.regexes.as_ref().map(|index| LazyRegexes {
            index,
            path,
            cache: regexes,
            matched,
        });
        Candidates {
            lists,
            regexes: regexes.map_or(Regexes::None, Regexes::Untried),
        }
    }
}

impl TextIndex {
    fn find(&self, path: &[u8]) -> (&[usize], &[usize]) {
        let exact = self.exact.get(path).map_or(&[][..], |positions| positions);
        (exact, self.prefixes.find(path))
    }
}

/// Merges up to five ascending lists.
pub struct Candidates<'s> {
    lists: [&'s [usize]; 4],
    regexes: Regexes<'s>,
}

enum Regexes<'s> {
    None,
    Untried(LazyRegexes<'s>),
    Matched(&'s [usize]),
}

struct LazyRegexes<'s> {
    index: &'s RegexIndex,
    path: &'s [u8],
    cache: &'s mut Option<(usize, RegexSetCache)>,
    matched: &'s mut Vec<usize>,
}

impl<'s> LazyRegexes<'s> {
    fn run(self) -> &'s [usize] {
        let patterns = self.index.positions.len();
        let cache = match self.cache {
            Some((size, cache)) if *size == patterns => cache,
            slot => &mut slot.insert((patterns, self.index.set.create_cache())).1,
        };
        let found = self.index.set.matches(self.path, cache);
        self.matched
            .extend(found.filter_map(|pattern| self.index.positions.get(pattern)));
        self.matched
    }
}

impl Iterator for Candidates<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let text = self.lists.iter().filter_map(|list| list.first().copied()).min();
        let first = self.regexes.first_before(text).into_iter().chain(text).min()?;
        for list in &mut self.lists {
            skip(list, first);
        }
        if let Regexes::Matched(list) = &mut self.regexes {
            skip(list, first);
        }
        Some(first)
    }
}

impl Regexes<'_> {
    /// The first regex route, if it comes before `limit`. Runs the regexes only if one of them could.
    fn first_before(&mut self, limit: Option<usize>) -> Option<usize> {
        if let Self::Untried(lazy) = self {
            let earliest = lazy.index.positions.first()?;
            if limit.is_some_and(|limit| limit < *earliest) {
                return None;
            }
            if let Self::Untried(lazy) = core::mem::replace(self, Self::None) {
                *self = Self::Matched(lazy.run());
            }
        }
        match self {
            Self::Matched(list) => list.first().copied(),
            _ => None,
        }
    }
}

fn skip(list: &mut &[usize], position: usize) {
    if let Some((first, rest)) = list.split_first()
        && *first == position
    {
        *list = rest;
    }
}

/// Collects path conditions by kind.
#[derive(Default)]
struct Sorter<'m> {
    as_written: Texts,
    folded: Texts,
    patterns: Vec<&'m str>,
    pattern_positions: Vec<usize>,
}

#[derive(Default)]
struct Texts {
    exact: BTreeMap<Box<[u8]>, Vec<usize>>,
    prefixes: BTreeMap<Box<[u8]>, Vec<usize>>,
}

impl<'m> Sorter<'m> {
    fn insert(&mut self, position: usize, matcher: &'m PathMatcher) {
        match matcher {
            PathMatcher::Exact { path, ignore_case } => {
                let (texts, key) = self.texts(path, *ignore_case);
                texts.exact.entry(key).or_default().push(position);
            }
            PathMatcher::Prefix { prefix, ignore_case } => {
                let (texts, key) = self.texts(prefix, *ignore_case);
                texts.prefixes.entry(key).or_default().push(position);
            }
            PathMatcher::Segments { prefix } => {
                // The two cannot match the same path, so the position is never found twice.
                let below = [prefix.as_bytes(), b"/"].concat();
                let (texts, key) = self.texts(prefix, false);
                texts.exact.entry(key).or_default().push(position);
                texts.prefixes.entry(below.into()).or_default().push(position);
            }
            PathMatcher::Regex(regex) => {
                self.patterns.push(regex.as_str());
                self.pattern_positions.push(position);
            }
        }
    }

    fn texts(&mut self, text: &str, ignore_case: bool) -> (&mut Texts, Box<[u8]>) {
        if ignore_case {
            (&mut self.folded, text.to_ascii_lowercase().into_bytes().into())
        } else {
            (&mut self.as_written, text.as_bytes().into())
        }
    }

    fn finish(self) -> Result<PathIndex, InvalidRegex> {
        let folded = !self.folded.exact.is_empty() || !self.folded.prefixes.is_empty();
        let regexes = if self.patterns.is_empty() {
            None
        } else {
            let set = RegexSet::new(self.patterns.into_iter())?;
            Some(RegexIndex {
                set,
                positions: self.pattern_positions.into(),
            })
        };
        Ok(PathIndex {
            as_written: self.as_written.finish(),
            folded: folded.then(|| self.folded.finish()),
            regexes,
        })
    }
}

impl Texts {
    fn finish(self) -> TextIndex {
        let exact = self
            .exact
            .into_iter()
            .map(|(path, positions)| (path, positions.into()))
            .collect();
        TextIndex {
            exact,
            prefixes: PrefixIndex::new(self.prefixes),
        }
    }
}
