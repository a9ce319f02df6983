//! Regular expressions as Envoy's RE2 reads them, matched against the whole of a value.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use regex_automata::meta::{self, BuildError};
use regex_automata::{Anchored, Input, MatchKind, PatternSet};
use regex_syntax::hir::{Hir, Look};

use super::re2::{self, SyntaxError};

/// Largest compiled program of one pattern, or of one set of patterns a host has, in bytes. RE2 has a limit
/// of its own, and Istio gives Envoy another one (`re2.max_program_size.error_level`).
pub(super) const PROGRAM_LIMIT: usize = 10 << 20;

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
    pub(super) fn unbuilt(error: &BuildError) -> Self {
        let message = if error.size_limit().is_some() {
            format!("larger than {PROGRAM_LIMIT} bytes when compiled")
        } else {
            error.to_string()
        };
        Self {
            pattern: error.pattern().map_or(0, |pattern| pattern.as_usize()),
            message,
        }
    }

    fn unread(pattern: usize, error: &SyntaxError<'_>) -> Self {
        Self {
            pattern,
            message: error.to_string(),
        }
    }
}

impl From<SyntaxError<'_>> for InvalidRegex {
    fn from(error: SyntaxError<'_>) -> Self {
        Self::unread(0, &error)
    }
}

/// One pattern that has to match the whole of a value.
#[derive(Clone)]
pub struct Regex {
    pattern: Box<str>,
    compiled: meta::Regex,
}

/// What it is compiled to would hide everything else.
impl fmt::Debug for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Regex").field(&self.as_str()).finish()
    }
}

impl Regex {
    /// Compiles `pattern`.
    ///
    /// # Errors
    /// When it is not a regular expression, or too large.
    pub fn new(pattern: &str) -> Result<Self, InvalidRegex> {
        let compiled = builder(MatchKind::LeftmostFirst)
            .build_from_hir(&whole(pattern)?)
            .map_err(|error| InvalidRegex::unbuilt(&error))?;
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
#[derive(Clone)]
pub struct RegexSet {
    compiled: meta::Regex,
}

/// Scratch space of a [`RegexSet`]: which patterns matched.
#[derive(Clone, Debug)]
pub struct RegexSetCache(PatternSet);

impl fmt::Debug for RegexSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegexSet").finish_non_exhaustive()
    }
}

impl RegexSet {
    /// Compiles all patterns into one automaton.
    ///
    /// # Errors
    /// When a pattern is not a regular expression, or the set is too large.
    pub fn new<'p>(patterns: impl Iterator<Item = &'p str>) -> Result<Self, InvalidRegex> {
        let patterns = patterns.enumerate().map(|(position, pattern)| {
            whole(pattern).map_err(|error| InvalidRegex::unread(position, &error))
        });
        let patterns = patterns.collect::<Result<Vec<Hir>, _>>()?;
        let compiled = builder(MatchKind::All)
            .build_many_from_hir(&patterns)
            .map_err(|error| InvalidRegex::unbuilt(&error))?;
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
pub(super) fn whole(pattern: &str) -> Result<Hir, SyntaxError<'_>> {
    let inner = re2::parse(pattern)?.hir;
    Ok(Hir::concat(vec![
        Hir::look(Look::Start),
        inner,
        Hir::look(Look::End),
    ]))
}

fn anchored(value: &[u8]) -> Input<'_> {
    Input::new(value).anchored(Anchored::Yes)
}

pub(super) fn builder(kind: MatchKind) -> meta::Builder {
    let mut builder = meta::Regex::builder();
    builder.configure(
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
        for (pattern, message) in [
            ("a(", "missing closing ): a("),
            ("a)|(.*", "unexpected ): a)|(.*"),
            ("(?:.{1000}){1000}", "invalid repeat count: {1000}"),
            (r"(\pL{100}){10}", "larger than 10485760 bytes when compiled"),
        ] {
            assert_eq!(Regex::new(pattern).unwrap_err().message, message, "{pattern}");
        }
        assert_eq!(RegexSet::new(["a", "["].into_iter()).unwrap_err().pattern, 1);
    }
}
