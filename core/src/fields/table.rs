//! The list of one kind, with its messages in place.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Becomes, Enforcement, Kind, Row};

/// A field of a kind.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its path from the document's root.
    pub path: String,
    /// What becomes of it.
    pub enforcement: Enforcement,
    /// What else there is to say.
    pub note: &'static str,
    /// Values that ask for what happens anyway.
    pub harmless: &'static [&'static str],
}

/// All fields of a kind.
#[derive(Clone, Debug)]
pub struct Table {
    entries: Vec<Entry>,
}

impl Table {
    /// Puts the messages of a kind in place.
    #[must_use]
    pub fn new(kind: &Kind) -> Self {
        let mut entries = Vec::new();
        add(&mut entries, "", kind.rows);
        Self { entries }
    }

    /// The fields, in the order of the list.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry that says what becomes of a field: its own, or the nearest one that it is in.
    #[must_use]
    pub fn covering(&self, path: &str) -> Option<&Entry> {
        let covers = |entry: &&Entry| entry.path == path || is_within(path, &entry.path);
        let covering = self.entries.iter().filter(covers);
        covering.max_by_key(|entry| entry.path.len())
    }

    /// The entries of fields in that one.
    pub fn within(&self, path: &str) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(move |entry| is_within(&entry.path, path))
    }

    /// Whether nothing in a field has an effect.
    #[must_use]
    pub fn has_no_effect(&self, path: &str) -> bool {
        let mut all = self.covering(path).into_iter().chain(self.within(path));
        all.next()
            .is_some_and(|first| has_none(first) && all.all(has_none))
    }
}

fn has_none(entry: &Entry) -> bool {
    entry.enforcement == Enforcement::NoEffect
}

/// Whether the one path goes on where the other ends.
fn is_within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer)
        .is_some_and(|rest| outer.is_empty() && !rest.is_empty() || rest.starts_with(['.', '[', '{']))
}

fn add(entries: &mut Vec<Entry>, base: &str, rows: &'static [Row]) {
    for row in rows {
        let path = if base.is_empty() {
            row.path.to_string()
        } else {
            format!("{base}.{}", row.path)
        };
        match row.becomes {
            Becomes::One(enforcement) => entries.push(Entry {
                path,
                enforcement,
                note: row.note,
                harmless: row.harmless,
            }),
            Becomes::Message(message) => add(entries, &path, message.rows),
        }
    }
}
