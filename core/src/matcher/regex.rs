//! Regular expressions as Envoy's RE2 reads them: full match, ASCII classes.
//!
//! Not yet as RE2 has it: `.` and negated classes take one byte and not one character, classes of characters
//! beyond ASCII and `\p{…}` are refused, and so is `\Q…\E`.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use regex_automata::meta::{self, BuildError};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind, PatternSet};

/// Largest compiled program of one pattern, or of one set of patterns a host has, in bytes.
const PROGRAM_LIMIT: usize = 10 << 20;

/// A pattern that does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidRegex {
    /// Which pattern of a set.
    pub pattern: usize,
    /// What the parser says of it.
    pub message: String,
}

impl fmt::Display for InvalidRegex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl InvalidRegex {
    pub(super) fn new(error: &BuildError) -> Self {
        let message = match error.syntax_error() {
            Some(syntax) => last_line(&syntax.to_string()),
            None if error.size_limit().is_some() => {
                format!("larger than {PROGRAM_LIMIT} bytes when compiled")
            }
            None => error.to_string(),
        };
        Self {
            pattern: error.pattern().map_or(0, |pattern| pattern.as_usize()),
            message,
        }
    }
}

/// The parser draws the wrapped pattern before it says what is wrong; only the last line speaks of the
/// user's own text.
fn last_line(message: &str) -> String {
    let line = message.lines().last().unwrap_or(message);
    line.trim_start_matches("error: ").to_string()
}

/// One pattern that has to match the whole of a value.
#[derive(Clone, Debug)]
pub struct Regex {
    pattern: Box<str>,
    compiled: meta::Regex,
}

impl Regex {
    /// Compiles `pattern`.
    ///
    /// # Errors
    /// When it is not a regular expression, or too large.
    pub fn new(pattern: &str) -> Result<Self, InvalidRegex> {
        // Wrapped, `a)|(.*` would be a pattern, and match everything.
        parse(pattern)?;
        let compiled = builder(MatchKind::LeftmostFirst)
            .build(&whole(pattern))
            .map_err(|error| InvalidRegex::new(&error))?;
        Ok(Self {
            pattern: pattern.into(),
            compiled,
        })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.pattern
    }

    /// Whether the whole of `value` matches.
    pub fn is_match(&self, value: &[u8]) -> bool {
        self.compiled.is_match(anchored(value))
    }
}

/// Many patterns, all tried in one pass over the value.
#[derive(Clone, Debug)]
pub struct RegexSet {
    compiled: meta::Regex,
}

/// Scratch space of a [`RegexSet`]: which patterns matched.
#[derive(Clone, Debug)]
pub struct RegexSetCache(PatternSet);

impl RegexSet {
    /// Compiles all patterns into one automaton.
    ///
    /// # Errors
    /// When a pattern is not a regular expression, or the set is too large.
    pub fn new<'p>(patterns: impl Iterator<Item = &'p str>) -> Result<Self, InvalidRegex> {
        let patterns: Vec<String> = patterns.map(whole).collect();
        let compiled = builder(MatchKind::All)
            .build_many(&patterns)
            .map_err(|error| InvalidRegex::new(&error))?;
        Ok(Self { compiled })
    }

    /// Scratch space for this set.
    pub fn create_cache(&self) -> RegexSetCache {
        RegexSetCache(PatternSet::new(self.compiled.pattern_len()))
    }

    /// The numbers of the patterns that match the whole of `value`, ascending.
    pub fn matches<'c>(
        &self,
        value: &[u8],
        cache: &'c mut RegexSetCache,
    ) -> impl Iterator<Item = usize> + use<'c> {
        cache.0.clear();
        self.compiled
            .which_overlapping_matches(&anchored(value), &mut cache.0);
        cache.0.iter().map(|pattern| pattern.as_usize())
    }
}

/// Find-then-check-the-span is wrong for alternations, so the anchors are part of the pattern.
fn whole(pattern: &str) -> String {
    format!("^(?:{pattern})$")
}

/// Whether the text is a pattern by itself.
fn parse(pattern: &str) -> Result<(), InvalidRegex> {
    match syntax::parse_with(pattern, &syntax_config()) {
        Ok(_) => Ok(()),
        Err(error) => Err(InvalidRegex {
            pattern: 0,
            message: last_line(&error.to_string()),
        }),
    }
}

fn syntax_config() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false)
}

fn anchored(value: &[u8]) -> Input<'_> {
    Input::new(value).anchored(Anchored::Yes)
}

pub(super) fn builder(kind: MatchKind) -> meta::Builder {
    let mut builder = meta::Regex::builder();
    builder.syntax(syntax_config()).configure(
        meta::Config::new()
            .match_kind(kind)
            .utf8_empty(false)
            .nfa_size_limit(Some(PROGRAM_LIMIT)),
    );
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_value_has_to_match() {
        for (pattern, value, expected) in [
            ("a|ab", "ab", true),
            ("/v[0-9]+/.*", "/v1/x", true),
            ("/v[0-9]+", "/v1/x", false),
            (".*", "", true),
            ("a", "a\n", false),
            (r"\d", "\u{0663}", false),
        ] {
            let regex = Regex::new(pattern).unwrap();
            assert_eq!(
                regex.is_match(value.as_bytes()),
                expected,
                "{pattern} on {value:?}"
            );
        }
    }

    #[test]
    fn a_set_finds_every_pattern_in_one_pass() {
        let set = RegexSet::new(["/a.*", "/b.*", "/a", "/.+"].into_iter()).unwrap();
        let mut cache = set.create_cache();
        assert_eq!(set.matches(b"/a", &mut cache).collect::<Vec<_>>(), [0, 2, 3]);
        assert_eq!(set.matches(b"/bc", &mut cache).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(set.matches(b"/", &mut cache).collect::<Vec<_>>(), [0; 0]);
    }

    #[test]
    fn errors_say_what_is_wrong_with_the_users_text() {
        assert_eq!(Regex::new("a(").unwrap_err().message, "unclosed group");
        assert_eq!(Regex::new("a)|(.*").unwrap_err().message, "unopened group");
        assert_eq!(
            Regex::new("*").unwrap_err().message,
            "repetition operator missing expression"
        );
        assert_eq!(RegexSet::new(["a", "["].into_iter()).unwrap_err().pattern, 1);
    }
}
