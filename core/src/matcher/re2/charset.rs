//! A set of characters, and the bytes that RE2 takes for them.
//!
//! Characters are numbers here, because RE2 counts surrogates among them.

use alloc::vec;
use alloc::vec::Vec;

use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir};

use super::unicode;

const LAST: u32 = 0x0010_ffff;
const SURROGATES: (u32, u32) = (0xd800, 0xdfff);
const NEWLINE: u32 = 0x0a;

/// Ranges in any order, which may overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CharSet(Vec<(u32, u32)>);

impl CharSet {
    /// What `.` takes.
    pub(super) fn dot(newline_too: bool) -> Self {
        let newline = if newline_too {
            vec![]
        } else {
            vec![(NEWLINE, NEWLINE)]
        };
        Self(newline).negated()
    }

    /// A class with a name. Its negation leaves out the other cases of its characters too.
    pub(super) fn named(ranges: &[(u32, u32)], negated: bool, ignore_case: bool) -> Self {
        let mut set = Self::default();
        for (low, high) in ranges {
            set.add_cased(*low, *high, ignore_case);
        }
        if negated { set.negated() } else { set }
    }

    pub(super) fn add_all(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }

    pub(super) fn add_cased(&mut self, low: u32, high: u32, ignore_case: bool) {
        if ignore_case {
            self.add_folded(low, high);
        } else {
            self.0.push((low, high));
        }
    }

    /// Adds the other cases of the characters too.
    pub(super) fn add_folded(&mut self, low: u32, high: u32) {
        let mut added = vec![(low, high)];
        for _ in 0..unicode::CASES {
            self.0.extend_from_slice(&added);
            added = unicode::next_cases(&added);
        }
    }

    /// All other characters.
    pub(super) fn negated(self) -> Self {
        let mut gaps = Vec::new();
        let mut next = 0;
        for (low, high) in self.sorted() {
            if next < low {
                gaps.push((next, low - 1));
            }
            next = high + 1;
        }
        if next <= LAST {
            gaps.push((next, LAST));
        }
        Self(gaps)
    }

    /// The ranges in order, none of them touching the next.
    fn sorted(mut self) -> Vec<(u32, u32)> {
        self.0.sort_unstable();
        let mut sorted: Vec<(u32, u32)> = Vec::new();
        for (low, high) in self.0 {
            match sorted.last_mut() {
                Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
                _ => sorted.push((low, high)),
            }
        }
        sorted
    }

    /// The bytes of its characters.
    pub(super) fn into_hir(self) -> Hir {
        let mut ranges = self.sorted();
        let mut loose = false;
        if let Some(last) = ranges.last_mut()
            && last.0 <= 0x80
            && last.1 == LAST
        {
            last.1 = 0x7f;
            loose = true;
        }
        let surrogates = ranges.iter().filter_map(|range| overlap(*range, SURROGATES));
        let mut branches: Vec<Hir> = surrogates.flat_map(surrogate_bytes).collect();
        if loose {
            branches.extend(beyond_ascii());
        }
        branches.push(Hir::class(Class::Unicode(scalars(&ranges))));
        Hir::alternation(branches)
    }
}

/// The bytes of one character.
pub(super) fn literal(character: u32) -> Hir {
    match char::from_u32(character) {
        Some(scalar) => Hir::literal(scalar.encode_utf8(&mut [0; 4]).as_bytes()),
        None => CharSet(vec![(character, character)]).into_hir(),
    }
}

fn overlap(one: (u32, u32), other: (u32, u32)) -> Option<(u32, u32)> {
    let both = (one.0.max(other.0), one.1.min(other.1));
    (both.0 <= both.1).then_some(both)
}

/// What is left of the ranges without the surrogates, and without the empty range that an `into_hir` may have
/// made of its last one.
fn scalars(ranges: &[(u32, u32)]) -> ClassUnicode {
    let sides = [(0, SURROGATES.0 - 1), (SURROGATES.1 + 1, LAST)];
    let parts = ranges
        .iter()
        .flat_map(|range| sides.iter().filter_map(|side| overlap(*range, *side)));
    ClassUnicode::new(parts.filter_map(|(low, high)| {
        Some(ClassUnicodeRange::new(
            char::from_u32(low)?,
            char::from_u32(high)?,
        ))
    }))
}

/// Any character beyond ASCII, which RE2 does not check to the end: overlong forms of three and four bytes
/// pass, and so do numbers that are too large. Source: RE2 `Compiler::Add_80_10ffff`.
fn beyond_ascii() -> impl Iterator<Item = Hir> {
    let leads = [(0xc2, 0xdf, 1), (0xe0, 0xef, 2), (0xf0, 0xf4, 3)];
    leads.into_iter().map(|(low, high, tails)| {
        let mut bytes = vec![byte(low, high)];
        bytes.resize_with(1 + tails, || byte(0x80, 0xbf));
        Hir::concat(bytes)
    })
}

/// Surrogates as UTF-8 would have them: `0xed`, then five bits and six.
fn surrogate_bytes((low, high): (u32, u32)) -> impl Iterator<Item = Hir> {
    (low >> 6..=high >> 6).filter_map(move |block| {
        let (first, last) = overlap((low, high), (block << 6, block << 6 | 0x3f))?;
        let middle = continuation(block);
        let ends = byte(continuation(first), continuation(last));
        Some(Hir::concat(vec![byte(0xed, 0xed), byte(middle, middle), ends]))
    })
}

/// The byte that holds the lowest six bits.
fn continuation(bits: u32) -> u8 {
    let [.., lowest] = bits.to_be_bytes();
    0x80 | lowest & 0x3f
}

fn byte(low: u8, high: u8) -> Hir {
    Hir::class(Class::Bytes(ClassBytes::new([ClassBytesRange::new(low, high)])))
}
