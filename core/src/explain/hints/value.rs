//! Values that are near what `exact`, `prefix` and `regex` ask for.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use super::HintCode;
use crate::input::nearest;
use crate::matcher::{Regex, StringMatcher, ValueMatcher};

/// How a value differs from what is asked, and what would do.
#[derive(Clone, Debug)]
pub(super) struct Near {
    pub(super) code: HintCode,
    pub(super) why: String,
    /// A value that does.
    pub(super) value: Option<String>,
    /// A pattern that takes the value.
    pub(super) rule: Option<Pattern>,
}

/// A pattern as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    Exact(String),
    Prefix(String),
    Regex(String),
}

/// `{exact: "jason"}`.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(text) => write!(f, "{{exact: {text:?}}}"),
            Self::Prefix(text) => write!(f, "{{prefix: {text:?}}}"),
            Self::Regex(text) => write!(f, "{{regex: {text:?}}}"),
        }
    }
}

impl Pattern {
    /// The same, if it takes the value.
    pub(super) fn taking(self, value: &str) -> Option<Self> {
        let takes = match &self {
            Self::Exact(text) => text == value,
            Self::Prefix(text) => value.starts_with(text.as_str()),
            Self::Regex(text) => is_match(text, value),
        };
        takes.then_some(self)
    }
}

fn is_match(pattern: &str, value: &str) -> bool {
    Regex::new(pattern).is_ok_and(|regex| regex.is_match(value.as_bytes()))
}

/// A value that is asked for.
pub(super) fn wanted(matcher: &ValueMatcher) -> Option<String> {
    match matcher {
        ValueMatcher::Present => Some("1".into()),
        ValueMatcher::Value(matcher) => wanted_text(matcher),
    }
}

fn wanted_text(matcher: &StringMatcher) -> Option<String> {
    match matcher {
        StringMatcher::Exact(text) | StringMatcher::Prefix(text) => Some(text.to_string()),
        StringMatcher::Regex(regex) => regex.example(),
    }
}

/// How `seen`, which does not match, differs from what is asked.
pub(super) fn near(matcher: &StringMatcher, seen: &str) -> Near {
    let (code, why, rule) = match matcher {
        StringMatcher::Exact(text) => near_exact(text, seen),
        StringMatcher::Prefix(text) => near_prefix(text, seen),
        StringMatcher::Regex(regex) => near_regex(regex.as_str(), seen),
    };
    Near {
        code,
        why,
        value: wanted_text(matcher),
        rule: rule.and_then(|rule| rule.taking(seen)),
    }
}

type Difference = (HintCode, String, Option<Pattern>);

fn near_exact(text: &str, seen: &str) -> Difference {
    if text.eq_ignore_ascii_case(seen) {
        let rule = Pattern::Regex(format!("(?i){}", escape(text)));
        return (
            HintCode::Case,
            format!("differs from `{text}` in case only"),
            Some(rule),
        );
    }
    if let Some(difference) = around(text, seen) {
        return difference;
    }
    if let Some(difference) = literal(text, seen, "exact") {
        return difference;
    }
    if !text.is_empty() && list_items(seen).any(|item| item == text) {
        let rule = Pattern::Regex(format!(".*{}.*", escape(text)));
        return (
            HintCode::OneOfList,
            format!("is a list, of which `{text}` is one element"),
            Some(rule),
        );
    }
    if !text.is_empty() && seen.starts_with(text) {
        let why = format!("goes on after `{text}`, and `exact` asks for the whole value");
        return (
            HintCode::ExactIsBeginning,
            why,
            Some(Pattern::Prefix(text.into())),
        );
    }
    if !text.is_empty() && seen.contains(text) {
        let rule = Pattern::Regex(format!(".*{}.*", escape(text)));
        return (
            HintCode::InTheMiddle,
            format!("only contains `{text}`"),
            Some(rule),
        );
    }
    if is_slip(seen, text) {
        return (
            HintCode::Spelling,
            format!("is spelled nearly as `{text}`"),
            Some(Pattern::Exact(seen.into())),
        );
    }
    (HintCode::Different, format!("is not `{text}`"), None)
}

fn near_prefix(text: &str, seen: &str) -> Difference {
    let start = seen.get(..text.len()).unwrap_or_default();
    if !text.is_empty() && start.eq_ignore_ascii_case(text) {
        let rule = Pattern::Regex(format!("(?i){}.*", escape(text)));
        return (
            HintCode::Case,
            format!("begins with `{text}` but for its case"),
            Some(rule),
        );
    }
    if let Some(difference) = literal(text, seen, "prefix") {
        return difference;
    }
    if seen.contains(text) {
        let rule = Pattern::Regex(format!(".*{}.*", escape(text)));
        return (
            HintCode::InTheMiddle,
            format!("contains `{text}`, but not at its beginning"),
            Some(rule),
        );
    }
    if is_slip(start, text) {
        return (
            HintCode::Spelling,
            format!("begins nearly as `{text}`"),
            Some(Pattern::Prefix(start.into())),
        );
    }
    (HintCode::Different, format!("does not begin with `{text}`"), None)
}

fn near_regex(pattern: &str, seen: &str) -> Difference {
    let ignoring_case = format!("(?i){pattern}");
    if is_match(&ignoring_case, seen) {
        let why = format!("matches `{pattern}` but for its case");
        return (HintCode::Case, why, Some(Pattern::Regex(ignoring_case)));
    }
    let group = if pattern.contains('|') {
        format!("(?:{pattern})")
    } else {
        pattern.into()
    };
    let wider = [format!("{group}.*"), format!(".*{group}"), format!(".*{group}.*")];
    if let Some(wider) = wider
        .into_iter()
        .find(|wider| is_match(wider, seen))
        .filter(|_| !is_match(pattern, ""))
    {
        let why = format!("has a part that `{pattern}` matches, and a regex has to match the whole value");
        return (HintCode::RegexIsPart, why, Some(Pattern::Regex(wider)));
    }
    (HintCode::Different, format!("does not match `{pattern}`"), None)
}

/// Whether a few letters differ. Other digits and signs are rarely a slip.
fn is_slip(seen: &str, text: &str) -> bool {
    let signs = |text: &str| text.chars().filter(|c| !c.is_alphabetic()).collect::<String>();
    seen.len() > 1 && signs(seen) == signs(text) && nearest(seen, [text]).is_some()
}

/// Blanks and quotes around what is meant.
fn around(text: &str, seen: &str) -> Option<Difference> {
    let (inner, outer) = (text.trim(), seen.trim());
    if inner == outer && !inner.is_empty() {
        let why = format!("differs from {text:?} in blanks only");
        return Some((HintCode::Blanks, why, Some(Pattern::Exact(seen.into()))));
    }
    let quotes = ['"', '\''];
    if !inner.is_empty() && inner.trim_matches(quotes) == outer.trim_matches(quotes) {
        let why = format!("differs from {text:?} in quotes only");
        return Some((HintCode::Quotes, why, Some(Pattern::Exact(seen.into()))));
    }
    None
}

/// A pattern in a text that is taken as it is.
fn literal(text: &str, seen: &str, kind: &str) -> Option<Difference> {
    let wider = if kind == "prefix" {
        format!("{text}.*")
    } else {
        text.to_string()
    };
    let is_pattern = |c: char| "[](){}|^$+?\\".contains(c);
    if (text.contains(is_pattern) || text.contains(".*")) && is_match(&wider, seen) {
        let why = format!("would match the regex `{text}`, but `{kind}` takes it literally");
        return Some((HintCode::LiteralRegex, why, Some(Pattern::Regex(wider))));
    }
    if !text.contains('*') {
        return None;
    }
    let glob = escape(text).replace("\\*", ".*");
    let glob = if kind == "prefix" {
        format!("{glob}.*")
    } else {
        glob
    };
    let beginning = text.strip_suffix('*').filter(|rest| !rest.contains('*'));
    let rule = match beginning {
        Some(beginning) if !beginning.is_empty() => Pattern::Prefix(beginning.into()),
        _ => Pattern::Regex(glob.clone()),
    };
    let why = format!("would fit `{text}`, but in `{kind}` a `*` is only a `*`");
    is_match(&glob, seen).then_some((HintCode::LiteralStar, why, Some(rule)))
}

/// The elements of `a, b` and `a; b`.
pub(super) fn list_items(value: &str) -> impl Iterator<Item = &str> {
    let is_list = value.contains([',', ';']);
    value.split([',', ';']).map(str::trim).filter(move |_| is_list)
}

/// The text as a regex that matches it alone.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if "\\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
