//! Prefixes that end in the middle of a path segment, and take what another rule evidently means: `/v1` takes `/v10`.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::language::Universe;
use super::listing::{Arena, Entry, Listing, Place};
use super::region::{Region, Space};
use super::survey::{Status, Survey};
use crate::diagnostic::{Diagnostic, Severity};
use crate::matcher::PathMatcher;

/// Joint states of patterns of one question; where they do not suffice nothing is said.
const STATES: usize = 10_000;

/// Prefixes with the later blocks that mean a sibling.
#[derive(Debug, Default)]
pub(super) struct Siblings<'e>(BTreeMap<(Place, Place), (&'e Entry, &'e Entry)>);

impl<'e> Siblings<'e> {
    /// Looks for pairs in one listing.
    pub(super) fn look(&mut self, listing: &Listing<'e>, arena: &Arena<'_>, universe: &Universe) {
        let mut prefixes: BTreeMap<&str, Vec<&'e Entry>> = BTreeMap::new();
        let space = Space {
            universe,
            authority: None,
            host: "",
            states: STATES,
        };
        for entry in listing.entries() {
            let (text, is_prefix) = match &entry.matcher.path {
                PathMatcher::Exact { path, .. } => (&**path, false),
                PathMatcher::Prefix { prefix, .. } => (&**prefix, true),
                PathMatcher::Segments { .. } | PathMatcher::Regex(_) => continue,
            };
            for earlier in cuts(text).filter_map(|cut| prefixes.get(cut)).flatten() {
                let known = self.0.contains_key(&(earlier.place, entry.place));
                if !known && is_stolen(earlier, entry, arena, &space) {
                    self.0.insert((earlier.place, entry.place), (earlier, entry));
                }
            }
            if is_prefix && !text.is_empty() && !text.ends_with('/') {
                prefixes.entry(text).or_default().push(entry);
            }
        }
    }

    /// One finding for each prefix.
    pub(super) fn findings(&self, survey: &Survey<'_>) -> Vec<Diagnostic> {
        let mut findings: BTreeMap<Place, Diagnostic> = BTreeMap::new();
        for (earlier, sibling) in self.0.values() {
            let status = survey.places.get(&sibling.place);
            let unreachable = status.is_some_and(Status::is_unreachable);
            let mut found = findings
                .remove(&earlier.place)
                .unwrap_or_else(|| diagnostic(earlier, sibling));
            let role = if unreachable {
                found.severity = Severity::Warning;
                "means the sibling, and is never reached"
            } else {
                "means the sibling, and loses requests to the prefix"
            };
            let found = found.related(sibling.place.document, sibling.place.path(), role);
            findings.insert(earlier.place, found);
        }
        findings.into_values().collect()
    }
}

/// The texts of which `text` goes on within the same segment.
fn cuts(text: &str) -> impl Iterator<Item = &str> {
    let within = |(end, next): (usize, char)| (next != '/' && end > 0).then(|| text.get(..end)).flatten();
    text.char_indices()
        .filter_map(within)
        .filter(|cut| !cut.ends_with('/'))
}

/// Whether the prefix takes requests that the other block would take, and does something else with them.
fn is_stolen(earlier: &Entry, sibling: &Entry, arena: &Arena<'_>, space: &Space<'_>) -> bool {
    if earlier.place.is_of_same_rule(&sibling.place) {
        return false;
    }
    let does = |entry| {
        let mut route = arena.route(entry).cloned().unwrap_or_default();
        route.matches.clear();
        route.name.clear();
        route
    };
    if does(earlier) == does(sibling) {
        return false;
    }
    let both = sibling.conditions.iter();
    let both = both.fold(Region::of(&earlier.conditions), |region, condition| {
        region.and(condition, true)
    });
    both.sample(space).is_ok()
}

fn diagnostic(earlier: &Entry, sibling: &Entry) -> Diagnostic {
    let text = |entry: &Entry| match &entry.matcher.path {
        PathMatcher::Exact { path: text, .. } | PathMatcher::Prefix { prefix: text, .. } => {
            String::from(&**text)
        }
        PathMatcher::Segments { .. } | PathMatcher::Regex(_) => String::new(),
    };
    let (prefix, other) = (text(earlier), text(sibling));
    let message = format!("the prefix {prefix} also takes {other}, which another rule means");
    let help = format!("match exact {prefix} and prefix {prefix}/, in two match blocks");
    Diagnostic::new(Severity::Info, "prefix-takes-sibling", message)
        .at(format!("{}.uri.prefix", earlier.place.path()))
        .about(earlier.subject.resource.clone(), earlier.subject.document)
        .help(help)
}
