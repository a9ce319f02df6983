//! The match blocks of one virtual host in the order in which a proxy tries them.

mod entry;
mod names;
mod views;

use alloc::vec::Vec;

pub(super) use entry::{Arena, Entry, Place};
pub(super) use views::{Pass, View, passes, views};

use super::region::Sample;
use crate::matcher::PathMatcher;
use crate::request::Request;
use crate::table::{PathCache, PathIndex};

/// The match blocks that a proxy tries, in order.
#[derive(Debug)]
pub(super) struct Listing<'e> {
    entries: Vec<&'e Entry>,
    /// Blocks behind one of the same VirtualService that takes everything, with that one: Istio leaves them out.
    hidden: Vec<(&'e Entry, &'e Entry)>,
    texts: Texts,
    /// Positions of the blocks with a regex for the path, which are tried one by one: an automaton of thousands of them
    /// would be built for a few requests.
    regexes: Vec<usize>,
}

/// The other blocks, by path.
#[derive(Debug)]
struct Texts {
    index: PathIndex,
    positions: Vec<usize>,
}

impl<'e> Listing<'e> {
    /// Joins the blocks of the VirtualServices of a view, as far as they apply to its proxy.
    pub(super) fn new(arena: &'e Arena<'_>, view: &View, pass: &Pass) -> Self {
        let mut entries: Vec<&Entry> = Vec::new();
        let mut hidden = Vec::new();
        for source in &view.sources {
            let mut whole = None;
            for entry in arena.of(*source).iter().filter(|entry| pass.accepts(entry, view)) {
                match whole {
                    Some(whole) => hidden.push((entry, whole)),
                    None => entries.push(entry),
                }
                if entry.matcher.is_catch_all() {
                    whole.get_or_insert(entry);
                }
            }
        }
        if view.sources.len() > 1 {
            entries.sort_by_key(|entry| entry.matcher.is_catch_all());
        }
        let is_regex = |entry: &Entry| matches!(entry.matcher.path, PathMatcher::Regex(_));
        let numbered = entries.iter().enumerate();
        let (regexes, others): (Vec<_>, Vec<_>) = numbered.partition(|(_, entry)| is_regex(entry));
        let paths = others.iter().map(|(_, entry)| &entry.matcher.path);
        let texts = Texts {
            // Without a regex there is nothing that could be too large.
            index: PathIndex::new(paths).unwrap_or_default(),
            positions: others.iter().map(|(position, _)| *position).collect(),
        };
        let regexes = regexes.into_iter().map(|(position, _)| position).collect();
        Self {
            entries,
            hidden,
            texts,
            regexes,
        }
    }

    /// The blocks in order.
    pub(super) fn entries(&self) -> &[&'e Entry] {
        &self.entries
    }

    /// Blocks that are not tried, each with the one before it that takes everything.
    pub(super) fn hidden(&self) -> &[(&'e Entry, &'e Entry)] {
        &self.hidden
    }

    /// The block that takes a request.
    pub(super) fn winner(&self, sample: &Sample, port: u16, cache: &mut PathCache) -> Option<usize> {
        let (headers, attributes) = (sample.headers(), sample.attributes());
        let request = Request::new(port, &headers).with_attributes(&attributes);
        let takes = |position: &&usize| {
            let entry = self.entries.get(**position);
            entry.is_some_and(|entry| entry.matcher.is_match(&request, &mut ()))
        };
        let mut texts = self.texts.index.candidates(request.path, cache);
        let text = texts.find_map(|number| {
            self.texts
                .positions
                .get(number)
                .filter(|position| takes(position))
        });
        let mut earlier = self
            .regexes
            .iter()
            .take_while(|position| text.is_none_or(|text| *position < text));
        earlier.find(|position| takes(position)).or(text).copied()
    }
}
