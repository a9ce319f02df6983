//! A pattern that is searched for, not matched as a whole: what a regex rewrite needs.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use regex_automata::meta;
use regex_automata::util::captures::Captures;
use regex_automata::{Input, MatchKind};

use super::InvalidRegex;
use super::regex::builder;

/// A compiled pattern with groups.
#[derive(Clone, Debug)]
pub struct SearchRegex(meta::Regex);

impl SearchRegex {
    /// Compiles `pattern`.
    ///
    /// # Errors
    /// When it is not a regular expression, or too large.
    pub fn new(pattern: &str) -> Result<Self, InvalidRegex> {
        let compiled = builder(MatchKind::LeftmostFirst).build(pattern);
        compiled.map(Self).map_err(|error| InvalidRegex::new(&error))
    }

    /// How many groups the pattern has, not counting the whole match.
    pub fn groups(&self) -> usize {
        self.0.captures_len().saturating_sub(1)
    }

    /// Writes what `replace` makes of each match, which may ask for the text of a group by its number.
    pub fn replace_all<'t>(
        &self,
        text: &'t [u8],
        mut replace: impl FnMut(&dyn Fn(usize) -> &'t [u8], &mut Vec<u8>),
    ) -> Cow<'t, [u8]> {
        let mut out = Vec::new();
        let mut copied = 0;
        for captures in self.0.captures_iter(Input::new(text)) {
            let Some(whole) = captures.get_match() else {
                continue;
            };
            out.extend_from_slice(text.get(copied..whole.start()).unwrap_or_default());
            replace(&|group| group_text(&captures, group, text), &mut out);
            copied = whole.end();
        }
        if copied == 0 && out.is_empty() {
            return Cow::Borrowed(text);
        }
        out.extend_from_slice(text.get(copied..).unwrap_or_default());
        Cow::Owned(out)
    }
}

fn group_text<'t>(captures: &Captures, group: usize, text: &'t [u8]) -> &'t [u8] {
    captures
        .get_group(group)
        .and_then(|span| text.get(span.range()))
        .unwrap_or_default()
}
