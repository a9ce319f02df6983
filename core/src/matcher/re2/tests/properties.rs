//! Where RE2's language and that of `regex-syntax` are the same, both parsers have to read the same.

use alloc::format;
use alloc::string::String;
use proptest::prelude::*;
use regex_automata::meta;
use regex_automata::util::syntax;

use crate::matcher::Regex;

fn pattern() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(
        &[
            "a", "b", "/", "-", "[ab]", "[^a/]", "[a-c]", r"\d", r"\w", r"\.", r"\b", "^", "$", "(?i)",
        ][..],
    );
    let times = prop::sample::select(&["", "", "", "*", "+", "?", "*?", "{2}", "{1,2}", "{0}"][..]);
    let leaf = (atom, times).prop_map(|(atom, times)| format!("(?:{atom}){times}"));
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("(?:{one}|{other})")),
            inner.clone().prop_map(|inner| format!("(?i:{inner})")),
            inner.prop_map(|inner| format!("({inner})*")),
        ]
    })
}

/// The same bytes in ASCII as RE2 reads; beyond it there is no character here.
fn by_regex_syntax(pattern: &str) -> meta::Regex {
    let ascii = syntax::Config::new().unicode(false).utf8(false);
    let whole = format!("^(?:{pattern})$");
    meta::Regex::builder().syntax(ascii).build(&whole).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn both_parsers_read_the_same(
        pattern in pattern(),
        texts in prop::collection::vec("[aAbB/.1-]{0,6}", 1..12),
    ) {
        let regex = Regex::new(&pattern).unwrap();
        let other = by_regex_syntax(&pattern);
        for text in texts {
            prop_assert_eq!(regex.is_match(text.as_bytes()), other.is_match(&text), "{} on {}", pattern, text);
        }
    }
}
