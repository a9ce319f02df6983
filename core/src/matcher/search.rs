//! A pattern that is searched for, not matched as a whole: what a regex rewrite needs.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use regex_automata::meta;
use regex_automata::util::captures::Captures;
use regex_automata::{Input, MatchKind};

use super::InvalidRegex;
use super::re2;
use super::regex::builder;

/// A compiled pattern with groups.
#[derive(Clone, Debug)]
pub struct SearchRegex {
    compiled: meta::Regex,
    groups: usize,
}

impl SearchRegex {
    /// Compiles `pattern`.
    ///
    /// # Errors
    /// When it is not a regular expression, or too large.
    pub fn new(pattern: &str) -> Result<Self, InvalidRegex> {
        let parsed = re2::parse(pattern)?;
        let compiled = builder(MatchKind::LeftmostFirst)
            .build_from_hir(&parsed.hir)
            .map_err(|error| InvalidRegex::unbuilt(&error))?;
        Ok(Self {
            compiled,
            groups: parsed.groups,
        })
    }

    /// How many groups the pattern has, not counting the whole match.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Writes what `replace` makes of each match, which may ask for the text of a group by its number.
    ///
    /// Right after a match an empty one does not count; the search goes on behind the next character.
    /// Source: RE2 `GlobalReplace`.
    pub fn replace_all<'t>(
        &self,
        text: &'t [u8],
        mut replace: impl FnMut(&dyn Fn(usize) -> &'t [u8], &mut Vec<u8>),
    ) -> Cow<'t, [u8]> {
        let mut captures = self.compiled.create_captures();
        let mut out = Vec::new();
        let mut copied = 0;
        let mut start = 0;
        let mut last_end = None;
        while start <= text.len() {
            let input = Input::new(text).range(start..);
            self.compiled.search_captures(&input, &mut captures);
            let Some(whole) = captures.get_match() else {
                break;
            };
            if whole.is_empty() && last_end == Some(whole.start()) {
                start += character_length(text.get(start..).unwrap_or_default());
                continue;
            }
            out.extend_from_slice(text.get(copied..whole.start()).unwrap_or_default());
            replace(&|group| group_text(&captures, group, text), &mut out);
            (copied, start, last_end) = (whole.end(), whole.end(), Some(whole.end()));
        }
        if last_end.is_none() {
            return Cow::Borrowed(text);
        }
        out.extend_from_slice(text.get(copied..).unwrap_or_default());
        Cow::Owned(out)
    }
}

/// How many bytes the first character has; a byte that belongs to none counts alone.
fn character_length(text: &[u8]) -> usize {
    // RE2 takes surrogates for characters.
    if let [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..] = text {
        return 3;
    }
    let longest = text.get(..text.len().min(4)).unwrap_or_default();
    let first = longest.utf8_chunks().next();
    let character = first.and_then(|chunk| chunk.valid().chars().next());
    character.map_or(1, char::len_utf8)
}

fn group_text<'t>(captures: &Captures, group: usize, text: &'t [u8]) -> &'t [u8] {
    captures
        .get_group(group)
        .and_then(|span| text.get(span.range()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    #[test]
    fn matches_are_replaced_as_by_re2() {
        for (pattern, text, expected) in [
            ("x*", "/ab", "-/-a-b-"),
            ("a*", "aab", "-b-"),
            ("a*", "baac", "-b-c-"),
            ("", "\u{e9}\u{8a9e}", "-\u{e9}-\u{8a9e}-"),
            ("x*", "", "-"),
            ("^", "aa", "-aa"),
            ("(?m)^", "a\nb", "-a\n-b"),
            ("$", "aa", "aa-"),
            (r"\b", "ab c", "-ab- -c-"),
            (".", "\u{e9}a", "--"),
            ("a??", "aa", "-a-a-"),
            ("a|ab", "abab", "-b-b"),
            ("c", "ab", "ab"),
        ] {
            let regex = SearchRegex::new(pattern).unwrap();
            let replaced = regex.replace_all(text.as_bytes(), |_, out| out.push(b'-'));
            assert_eq!(
                String::from_utf8_lossy(&replaced),
                expected,
                "{pattern} in {text}"
            );
        }
    }

    #[test]
    fn bytes_that_are_no_text_stay() {
        let regex = SearchRegex::new("x*").unwrap();
        let replaced = regex.replace_all(b"\xff\xc3\xa9\xe8\xaa", |_, out| out.push(b'-'));
        assert_eq!(&*replaced, b"-\xff-\xc3\xa9-\xe8-\xaa-");
    }

    #[test]
    fn groups_have_the_numbers_of_their_parentheses() {
        let regex = SearchRegex::new("(?P<n>a)(?:b)(?<n>c)?(x){0}").unwrap();
        assert_eq!(regex.groups(), 3);
        let replaced = regex.replace_all(b"/abc/ab", |group, out| {
            out.extend_from_slice(&[group(0), b"=", group(1), b",", group(2), b",", group(3)].concat());
        });
        assert_eq!(&*replaced, b"/abc=a,c,/ab=a,,");
    }
}
