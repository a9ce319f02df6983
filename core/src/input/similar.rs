//! The name that was probably meant.

use alloc::vec::Vec;

/// The candidate nearest to `name`, if any is near enough for a slip of the finger.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_ascii_lowercase().replace(['_', '-'], "");
    let limit = (wanted.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| {
            (
                distance(&wanted, &candidate.to_ascii_lowercase().replace('_', "")),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many characters have to be changed, added, removed or swapped with their neighbour.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    let mut previous = None;
    for (row, a) in from.chars().enumerate() {
        let mut current = Vec::with_capacity(to.len() + 1);
        current.push(row + 1);
        for (column, b) in to.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX / 2);
            let substituted = at(&last, column) + usize::from(a != *b);
            let mut best = substituted
                .min(at(&last, column + 1) + 1)
                .min(at(&current, column) + 1);
            let left = column.checked_sub(1);
            let swapped = previous == Some(*b) && left.and_then(|left| to.get(left)) == Some(&a);
            if let (true, Some(left)) = (swapped, left) {
                best = best.min(at(&before_last, left) + 1);
            }
            current.push(best);
        }
        before_last = core::mem::replace(&mut last, current);
        previous = Some(a);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips() {
        let fields = [
            "uri",
            "scheme",
            "method",
            "headers",
            "withoutHeaders",
            "sourceLabels",
        ];
        for (written, meant) in [
            ("ur", Some("uri")),
            ("header", Some("headers")),
            ("haeders", Some("headers")),
            ("WithoutHeader", Some("withoutHeaders")),
            ("sourcelabels", Some("sourceLabels")),
            ("path", None),
            ("x", None),
        ] {
            assert_eq!(nearest(written, fields), meant, "{written}");
        }
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("", "abc"), 3);
    }
}
