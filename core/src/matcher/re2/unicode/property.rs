//! A property of every character, as the data that `generate.py` writes.

use alloc::vec::Vec;

use super::{LAST, names};

/// A property that each character has one value of, or none.
pub(super) struct Property {
    /// The names of its values.
    names: &'static [&'static str],
    /// Stretches of characters that have the same value.
    runs: &'static [Run],
}

/// Three bytes are the first character of the run, the last one is the place of its name: beyond the names it
/// has none. Each run ends where the next one begins.
type Run = [u8; 4];

/// The general category of every character.
pub(super) static CATEGORY: Property = Property {
    names: names::CATEGORIES,
    runs: include_bytes!("categories.bin").as_chunks().0,
};

/// The script of every character.
pub(super) static SCRIPT: Property = Property {
    names: names::SCRIPTS,
    runs: include_bytes!("scripts.bin").as_chunks().0,
};

impl Property {
    /// The value of a character.
    pub(super) fn of(&self, character: char) -> Option<&'static str> {
        let code = u32::from(character);
        let after = self.runs.partition_point(|run| start(run) <= code);
        self.name(self.runs.get(after.checked_sub(1)?)?)
    }

    /// The ranges of the values that are wanted; `None` where there is no such value.
    pub(super) fn having(&self, wanted: impl Fn(&str) -> bool) -> Option<Vec<(u32, u32)>> {
        self.names.iter().find(|name| wanted(name))?;
        let starts = self.runs.iter().map(start);
        let ends = starts.clone().skip(1).map(|start| start - 1).chain([LAST]);
        let ranges = self.runs.iter().zip(starts.zip(ends));
        let wanted = ranges.filter(|(run, _)| self.name(run).is_some_and(&wanted));
        Some(wanted.map(|(_, range)| range).collect())
    }

    fn name(&self, [.., place]: &Run) -> Option<&'static str> {
        self.names.get(usize::from(*place)).copied()
    }
}

fn start(run: &Run) -> u32 {
    u32::from_be_bytes(*run) >> 8
}
