//! Every index gives what a scan gives, whatever the paths.
#![cfg(test)]

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::matchit_index::PrefixIndex;
use super::sorted_index::SortedIndex;
use super::{PathCache, PathIndex};
use crate::matcher::{PathMatcher, Regex};

/// Few letters, so that texts are often prefixes of each other: both cases, what the tree has its own syntax
/// for, and one character of two bytes.
const TEXT: &str = "[/abAB{}*%é]{0,5}";

/// Patterns of the same letters that are valid by construction, alternations among them.
fn pattern() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        Just("/"),
        Just("a"),
        Just("b"),
        Just("A"),
        Just(r"\{"),
        Just("é"),
        Just("[ab/]"),
        Just(".")
    ];
    let piece =
        (atom, prop_oneof![3 => Just(""), 1 => Just("*"), 1 => Just("?")]).prop_map(|(atom, times)| {
            if times.is_empty() {
                atom.into()
            } else {
                format!("(?:{atom}){times}")
            }
        });
    let branch = prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat());
    prop::collection::vec(branch, 1..3).prop_map(|branches| branches.join("|"))
}

fn matcher() -> impl Strategy<Value = PathMatcher> {
    prop_oneof![
        (TEXT, any::<bool>()).prop_map(|(path, ignore_case)| PathMatcher::Exact {
            path: path.into(),
            ignore_case
        }),
        (TEXT, any::<bool>()).prop_map(|(prefix, ignore_case)| PathMatcher::Prefix {
            prefix: prefix.into(),
            ignore_case
        }),
        TEXT.prop_map(|prefix| PathMatcher::Segments {
            prefix: prefix.into()
        }),
        pattern().prop_map(|pattern| PathMatcher::Regex(Regex::new(&pattern).unwrap())),
    ]
}

/// Mostly text; now and then bytes that are none.
fn path() -> impl Strategy<Value = Vec<u8>> {
    let text = TEXT.prop_map(String::into_bytes);
    let bytes = prop::collection::vec(prop::sample::select(&b"/aA{\xc3\xa9\xff"[..]), 0..6);
    prop_oneof![4 => text, 1 => bytes]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2048) })]

    #[test]
    fn the_index_finds_what_a_scan_finds(
        matchers in prop::collection::vec(matcher(), 0..8),
        paths in prop::collection::vec(path(), 1..8),
    ) {
        let index = PathIndex::new(matchers.iter()).unwrap();
        let mut cache = PathCache::default();
        for path in paths {
            let scan = matchers.iter().enumerate().filter(|(_, matcher)| matcher.is_match(&path));
            let expected: Vec<usize> = scan.map(|(position, _)| position).collect();
            let found: Vec<usize> = index.candidates(&path, &mut cache).collect();
            prop_assert_eq!(found, expected, "{:?} of {:?}", String::from_utf8_lossy(&path), matchers);
        }
    }

    #[test]
    fn tree_and_array_of_prefixes_find_what_a_scan_finds(
        prefixes in prop::collection::vec(TEXT, 0..10),
        paths in prop::collection::vec(path(), 1..8),
    ) {
        let mut positions: BTreeMap<Box<[u8]>, Vec<usize>> = BTreeMap::new();
        for (position, prefix) in prefixes.iter().enumerate() {
            positions.entry(prefix.as_bytes().into()).or_default().push(position);
        }
        let array = SortedIndex::new(positions.clone());
        let tree = PrefixIndex::new(positions);
        // An empty tree is one too: none of these prefixes may send it to its fallback.
        prop_assert!(matches!(tree, PrefixIndex::Tree(_)), "{prefixes:?}");
        for path in paths {
            let scan = prefixes.iter().enumerate().filter(|(_, prefix)| path.starts_with(prefix.as_bytes()));
            let expected: Vec<usize> = scan.map(|(position, _)| position).collect();
            prop_assert_eq!(array.find(&path), &*expected);
            prop_assert_eq!(tree.find(&path), &*expected);
        }
    }
}
