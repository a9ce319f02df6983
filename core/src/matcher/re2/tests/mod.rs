//! What RE2 takes, matches and refuses, as tables.

mod matches;
mod properties;
mod refused;

use alloc::format;
use alloc::string::ToString;

use self::matches::{BYTES, TEXTS};
use self::refused::REFUSED;
use super::{NESTING_LIMIT, parse};
use crate::matcher::{Regex, RegexSet};

/// Asks the pattern alone, and as one of a set.
fn check(pattern: &str, text: &[u8], expected: bool) {
    let regex = Regex::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    let shown = text.escape_ascii();
    assert_eq!(regex.is_match(text), expected, "{pattern} on {shown}");
    let set = RegexSet::new([pattern].into_iter()).unwrap();
    let mut cache = set.create_cache();
    assert_eq!(
        set.matches(text, &mut cache).count(),
        usize::from(expected),
        "{pattern} in a set on {shown}"
    );
}

#[test]
fn texts_match_as_in_re2() {
    for (pattern, matching, others) in TEXTS {
        matching
            .iter()
            .for_each(|text| check(pattern, text.as_bytes(), true));
        others
            .iter()
            .for_each(|text| check(pattern, text.as_bytes(), false));
    }
}

#[test]
fn bytes_match_as_in_re2() {
    for (pattern, matching, others) in BYTES {
        matching.iter().for_each(|text| check(pattern, text, true));
        others.iter().for_each(|text| check(pattern, text, false));
    }
}

#[test]
fn what_re2_refuses_is_refused() {
    for (message, patterns) in REFUSED {
        for (pattern, shown) in *patterns {
            let error = parse(pattern).err().map(|error| error.to_string());
            let expected = match *shown {
                "" => (*message).into(),
                shown => format!("{message}: {shown}"),
            };
            assert_eq!(error, Some(expected), "{pattern}");
        }
    }
}

#[test]
fn groups_nest_up_to_the_limit() {
    let nested = |depth: usize| ["(".repeat(depth), "a".into(), ")*".repeat(depth)].concat();
    assert!(Regex::new(&nested(NESTING_LIMIT)).unwrap().is_match(b"aa"));
    let deeper = nested(NESTING_LIMIT + 1);
    assert_eq!(
        parse(&deeper).unwrap_err().to_string(),
        "expression nests too deeply"
    );
}

#[test]
fn groups_are_counted() {
    for (pattern, groups) in [
        ("a", 0),
        ("(a)(?:b)(?P<n>c)(?<m>d)", 3),
        ("(a){0}", 1),
        (r"\((\()", 1),
    ] {
        assert_eq!(parse(pattern).unwrap().groups, groups, "{pattern}");
    }
}
