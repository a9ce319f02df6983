//! Values that satisfy a condition, and values that just do not.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::matcher::{PathMatcher, Regex, StringMatcher, ValueMatcher};

/// A path that satisfies the condition, and what is different about it in words; empty for none found.
pub(super) fn inside(path: &PathMatcher) -> Vec<(String, String)> {
    let good: Vec<(String, String)> = match path {
        PathMatcher::Exact { path, .. } => [(path.to_string(), String::new())].into(),
        PathMatcher::Prefix { prefix, .. } if prefix.is_empty() || &**prefix == "/" => {
            [("/".to_owned(), String::new())].into()
        }
        PathMatcher::Prefix { prefix, .. } => [
            (prefix.to_string(), String::new()),
            (format!("{prefix}x"), format!("just inside {prefix}")),
        ]
        .into(),
        PathMatcher::Segments { prefix } => [
            (prefix.to_string(), String::new()),
            (format!("{prefix}/x"), format!("just inside {prefix}/")),
        ]
        .into(),
        PathMatcher::Regex(regex) => {
            let text = of_regex(regex).filter(|text| text.starts_with('/'));
            text.into_iter().map(|text| (text, String::new())).collect()
        }
    };
    good.into_iter()
        .filter(|(text, _)| path.is_match(text.as_bytes()))
        .collect()
}

/// A path that just does not satisfy the condition.
pub(super) fn outside(path: &PathMatcher) -> Option<(String, String)> {
    let (text, words) = match path {
        PathMatcher::Exact { path, .. } => (format!("{path}x"), format!("just after {path}")),
        PathMatcher::Prefix { prefix, .. } => {
            let mut shorter = prefix.to_string();
            shorter.pop();
            (shorter, format!("just outside {prefix}"))
        }
        PathMatcher::Segments { prefix } => (format!("{prefix}x"), format!("just outside {prefix}/")),
        PathMatcher::Regex(_) => return None,
    };
    (text.starts_with('/') && !path.is_match(text.as_bytes())).then_some((text, words))
}

/// A value that satisfies the condition.
pub(super) fn value(matcher: &ValueMatcher) -> Option<String> {
    match matcher {
        ValueMatcher::Present => Some("any".to_owned()),
        ValueMatcher::Value(StringMatcher::Exact(text) | StringMatcher::Prefix(text)) => {
            Some(text.to_string())
        }
        ValueMatcher::Value(StringMatcher::Regex(regex)) => of_regex(regex),
    }
}

/// A short text that the whole regex matches; `None` where this does not find one that can be sent.
fn of_regex(regex: &Regex) -> Option<String> {
    let mut parser = ParserBuilder::new().unicode(false).utf8(false).build();
    let hir = parser.parse(regex.as_str()).ok()?;
    let mut bytes = Vec::new();
    add(&hir, &mut bytes)?;
    let printable = bytes.iter().all(|byte| (0x20..0x7f).contains(byte));
    let text = String::from_utf8(bytes).ok().filter(|_| printable)?;
    regex.is_match(text.as_bytes()).then_some(text)
}

/// How often a repeated part is written at most.
const REPEATED: u32 = 32;

fn add(hir: &Hir, bytes: &mut Vec<u8>) -> Option<()> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => bytes.extend_from_slice(&literal.0),
        HirKind::Class(class) => bytes.push(member(class)?),
        HirKind::Repetition(repetition) => {
            for _ in 0..repetition.min.min(REPEATED) {
                add(&repetition.sub, bytes)?;
            }
        }
        HirKind::Capture(capture) => add(&capture.sub, bytes)?,
        HirKind::Concat(parts) => {
            for part in parts {
                add(part, bytes)?;
            }
        }
        HirKind::Alternation(parts) => add(parts.first()?, bytes)?,
    }
    Some(())
}

/// A letter or digit if the class has one, else its first member that can be sent.
fn member(class: &Class) -> Option<u8> {
    let holds = |byte: u8| match class {
        Class::Bytes(class) => class
            .iter()
            .any(|range| (range.start()..=range.end()).contains(&byte)),
        Class::Unicode(class) => class
            .iter()
            .any(|range| (range.start()..=range.end()).contains(&char::from(byte))),
    };
    let plain = (b'a'..=b'z').chain(b'0'..=b'9').chain(b'A'..=b'Z');
    plain.chain(0x21..0x7f).find(|byte| holds(*byte))
}
