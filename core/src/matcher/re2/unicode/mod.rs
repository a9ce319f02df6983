//! What RE2 knows of Unicode: version 15, and only the names of general categories and scripts.

mod folding;
mod names;
mod property;

use alloc::vec;
use alloc::vec::Vec;

use self::property::{CATEGORY, SCRIPT};

const LAST: u32 = 0x0010_ffff;

/// No letter has more cases.
pub(super) const CASES: usize = 4;

/// The characters of `\p{name}`: a category as `Lu`, all categories that begin with `L`, or a script.
pub(super) fn class(name: &str) -> Option<Vec<(u32, u32)>> {
    if name == "Any" {
        return Some(vec![(0, LAST)]);
    }
    let is_category = |category: &str| category == name || name.len() == 1 && category.starts_with(name);
    let ranges = CATEGORY
        .having(is_category)
        .or_else(|| SCRIPT.having(|script| script == name));
    ranges.filter(|_| !name.is_empty())
}

/// Whether the name of a group may have this character.
pub(super) fn is_name(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric() || character == '_';
    }
    CATEGORY.of(character).is_some_and(|category| {
        category.starts_with('L') || matches!(category, "Mc" | "Mn" | "Nd" | "Nl" | "Pc")
    })
}

/// For each character, the next that differs from it in case only. [`CASES`] steps lead back to the first.
pub(super) fn next_cases(ranges: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let mut next = Vec::new();
    for (low, high) in ranges {
        let near = folding::RUNS.iter().take_while(|run| run.0 <= *high);
        for (first, last, step, distance) in near.filter(|run| run.1 >= *low) {
            let skipped = low.saturating_sub(*first).div_ceil(*step);
            let low = first + skipped * step;
            let high = *high.min(last);
            let moved = |character: u32| character.saturating_add_signed(*distance);
            if *step == 1 {
                next.push((moved(low), moved(high)));
            } else {
                let each = (low..=high).step_by(2).map(moved);
                next.extend(each.map(|character| (character, character)));
            }
        }
    }
    next
}
