//! A value that a pattern matches, for people who ask what would have done.

use alloc::string::String;
use alloc::vec::Vec;

use regex_syntax::hir::{Class, Hir, HirKind};

use super::{Regex, re2};

/// Longest example.
const LIMIT: usize = 64;

impl Regex {
    /// A short value that the pattern matches; `None` where none is found at first sight.
    pub fn example(&self) -> Option<String> {
        let mut found = Vec::new();
        write(&re2::parse(self.as_str()).ok()?.hir, &mut found)?;
        let text = String::from_utf8(found).ok()?;
        self.is_match(text.as_bytes()).then_some(text)
    }
}

/// The first branch of everything, as seldom as is allowed.
fn write(hir: &Hir, out: &mut Vec<u8>) -> Option<()> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.extend_from_slice(&literal.0),
        HirKind::Class(class) => write_character(class, out)?,
        HirKind::Repetition(repetition) => {
            for _ in 0..repetition.min {
                write(&repetition.sub, out)?;
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, out)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, out))?,
        HirKind::Alternation(branches) => write(branches.first()?, out)?,
    }
    (out.len() <= LIMIT).then_some(())
}

/// A letter or a digit where there is one.
fn write_character(class: &Class, out: &mut Vec<u8>) -> Option<()> {
    let plain = [b'a', b'1', b'A', b'0', b'-', b'/'];
    let has = |byte: u8| match class {
        Class::Unicode(class) => {
            let mut ranges = class.ranges().iter();
            ranges.any(|range| (range.start()..=range.end()).contains(&char::from(byte)))
        }
        Class::Bytes(class) => {
            let mut ranges = class.ranges().iter();
            ranges.any(|range| (range.start()..=range.end()).contains(&byte))
        }
    };
    if let Some(byte) = plain.into_iter().find(|byte| has(*byte)) {
        out.push(byte);
        return Some(());
    }
    match class {
        Class::Unicode(class) => {
            let first = class.ranges().first()?.start();
            out.extend_from_slice(first.encode_utf8(&mut [0; 4]).as_bytes());
        }
        Class::Bytes(class) => out.push(class.ranges().first()?.start()),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_match() {
        for (pattern, expected) in [
            ("v[0-9]+", Some("v1")),
            (".*user=jason.*", Some("user=jason")),
            ("^(alice|bob)$", Some("alice")),
            (r"\d{3}", Some("111")),
            ("(?i)abc", None),
            (".*", Some("")),
            ("a{100}", None),
            (r"[^a-zA-Z0-9/-]", None),
        ] {
            let found = Regex::new(pattern).unwrap().example();
            if expected.is_some() {
                assert_eq!(found.as_deref(), expected, "{pattern}");
            } else if let Some(found) = found {
                assert!(
                    Regex::new(pattern).unwrap().is_match(found.as_bytes()),
                    "{pattern}"
                );
            }
        }
    }
}
