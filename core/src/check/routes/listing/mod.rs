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
    /// By path; a regex by the text that everything it matches begins with.
    index: PathIndex,
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
        let begins: Vec<PathMatcher> = entries.iter().map(|entry| entry.path_beginning()).collect();
        Self {
            entries,
            hidden,
            // Without a regex there is nothing that could be too large.
            index: PathIndex::new(begins.iter()).unwrap_or_default(),
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
        let takes = |position: &usize| {
            let entry = self.entries.get(*position);
            entry.is_some_and(|entry| entry.matcher.is_match(&request, &mut ()))
        };
        self.index.candidates(request.path, cache).find(takes)
    }
}
