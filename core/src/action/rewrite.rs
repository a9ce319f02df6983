//! `rewrite.uri` and `rewrite.uriRegexRewrite`. The query string always stays.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::matcher::{InvalidRegex, PathMatcher, SearchRegex};

/// How the path changes.
#[derive(Clone, Debug)]
pub enum PathRewrite {
    /// `uri`: takes the place of the matched prefix, or of the whole path if the rule matched an exact path
    /// or a regex. Plain text: `/foo` to `/` makes `//bar` of `/foo/bar`, as in Istio.
    Prefix(String),
    /// The Gateway API's `replacePrefixMatch`, without `/` at the end: as above, with one `/` between it and
    /// what follows. The empty text removes the prefix.
    Segments(String),
    /// `uriRegexRewrite`.
    Regex(RegexRewrite),
}

impl PathRewrite {
    /// The new path, where `matcher` is the condition that `path` has satisfied.
    pub fn rewrite<'p>(&self, matcher: &PathMatcher, path: &'p [u8]) -> Cow<'p, [u8]> {
        match self {
            Self::Prefix(replacement) => {
                Cow::Owned([replacement.as_bytes(), after_prefix(matcher, path)].concat())
            }
            Self::Segments(replacement) => {
                let rest = after_prefix(matcher, path);
                let slash = if rest.starts_with(b"/") || (rest.is_empty() && !replacement.is_empty()) {
                    &[][..]
                } else {
                    b"/"
                };
                Cow::Owned([replacement.as_bytes(), slash, rest].concat())
            }
            Self::Regex(regex) => regex.rewrite(path),
        }
    }
}

fn after_prefix<'p>(matcher: &PathMatcher, path: &'p [u8]) -> &'p [u8] {
    match matcher {
        PathMatcher::Prefix { prefix, .. } | PathMatcher::Segments { prefix } => {
            path.get(prefix.len()..).unwrap_or_default()
        }
        PathMatcher::Exact { .. } | PathMatcher::Regex(_) => &[],
    }
}

/// Replaces every match of a pattern, with `\0` to `\9` for what its groups have matched.
/// Source: Envoy `regex_rewrite`, RE2 `GlobalReplace`.
#[derive(Clone, Debug)]
pub struct RegexRewrite {
    /// As they are written: the pattern, and what takes its place.
    written: (Box<str>, Box<str>),
    regex: SearchRegex,
    substitution: Substitution,
}

#[derive(Clone, Debug)]
enum Substitution {
    Pieces(Vec<Piece>),
    /// It names a group that the pattern does not have, or is not well-formed: nothing is replaced.
    Void,
}

#[derive(Clone, Debug)]
enum Piece {
    Text(Vec<u8>),
    Group(usize),
}

impl RegexRewrite {
    /// Compiles the pattern and its substitution.
    ///
    /// # Errors
    /// When the pattern is not a regular expression.
    pub fn new(pattern: &str, substitution: &str) -> Result<Self, InvalidRegex> {
        let written = (pattern.into(), substitution.into());
        let regex = SearchRegex::new(pattern)?;
        let substitution = match parse(substitution) {
            Some(pieces) if pieces.iter().all(|piece| piece.is_within(regex.groups())) => {
                Substitution::Pieces(pieces)
            }
            _ => Substitution::Void,
        };
        Ok(Self {
            written,
            regex,
            substitution,
        })
    }

    /// The pattern as it is written.
    pub fn pattern(&self) -> &str {
        &self.written.0
    }

    /// The substitution as it is written.
    pub fn substitution(&self) -> &str {
        &self.written.1
    }

    fn rewrite<'p>(&self, path: &'p [u8]) -> Cow<'p, [u8]> {
        let Substitution::Pieces(pieces) = &self.substitution else {
            return Cow::Borrowed(path);
        };
        self.regex.replace_all(path, |group, out| {
            for piece in pieces {
                match piece {
                    Piece::Text(text) => out.extend_from_slice(text),
                    Piece::Group(number) => out.extend_from_slice(group(*number)),
                }
            }
        })
    }
}

impl Piece {
    fn is_within(&self, groups: usize) -> bool {
        match self {
            Self::Text(_) => true,
            Self::Group(number) => *number <= groups,
        }
    }
}

/// `\1` is a group, `\\` a backslash, and nothing else may follow one.
fn parse(substitution: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut text = Vec::new();
    let mut bytes = substitution.bytes();
    while let Some(byte) = bytes.next() {
        match (byte, if byte == b'\\' { Some(bytes.next()?) } else { None }) {
            (_, Some(digit @ b'0'..=b'9')) => {
                pieces.push(Piece::Text(core::mem::take(&mut text)));
                pieces.push(Piece::Group(usize::from(digit - b'0')));
            }
            (_, Some(b'\\')) => text.push(b'\\'),
            (_, Some(_)) => return None,
            (plain, None) => text.push(plain),
        }
    }
    pieces.push(Piece::Text(text));
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matcher::Regex;

    fn prefix(text: &str) -> PathMatcher {
        PathMatcher::Prefix {
            prefix: text.into(),
            ignore_case: false,
        }
    }

    #[test]
    fn a_prefix_is_replaced_as_plain_text() {
        let exact = PathMatcher::Exact {
            path: "/a".into(),
            ignore_case: false,
        };
        let regex = PathMatcher::Regex(Regex::new("/a.*").unwrap());
        for (matcher, path, replacement, expected) in [
            (prefix("/foo"), "/foo/bar", "/", "//bar"),
            (prefix("/foo/"), "/foo/bar", "/", "/bar"),
            (prefix("/"), "/x", "/v2/", "/v2/x"),
            (exact, "/a", "/b", "/b"),
            (regex, "/abc/d", "/b", "/b"),
        ] {
            let rewrite = PathRewrite::Prefix(replacement.into());
            assert_eq!(
                &*rewrite.rewrite(&matcher, path.as_bytes()),
                expected.as_bytes(),
                "{path}"
            );
        }
    }

    #[test]
    fn segments_keep_one_slash() {
        let segments = |text: &str| prefix(text).of_segments();
        for (matcher, path, replacement, expected) in [
            (segments("/foo"), "/foo/bar", "/v2", "/v2/bar"),
            (segments("/foo"), "/foo", "/v2", "/v2"),
            (segments("/foo"), "/foo/", "/v2", "/v2/"),
            (segments("/foo"), "/foo/bar", "", "/bar"),
            (segments("/foo"), "/foo/", "", "/"),
            (segments("/foo"), "/foo", "", "/"),
            (segments("/"), "/bar", "/v2", "/v2/bar"),
            (segments("/"), "/", "/v2", "/v2"),
        ] {
            let rewrite = PathRewrite::Segments(replacement.into());
            let seen = rewrite.rewrite(&matcher, path.as_bytes());
            assert_eq!(&*seen, expected.as_bytes(), "{path} to {replacement}");
        }
    }

    #[test]
    fn a_regex_replaces_every_match() {
        for (pattern, substitution, path, expected) in [
            (
                "^/service/([^/]+)(/.*)$",
                r"\2/instance/\1",
                "/service/foo/v1/api",
                "/v1/api/instance/foo",
            ),
            ("one", "two", "/xxx/one/yyy/one/zzz", "/xxx/two/yyy/two/zzz"),
            ("(?i)/xxx/", "/yyy/", "/aaa/XxX/bbb", "/aaa/yyy/bbb"),
            ("x*", "-", "/ab", "-/-a-b-"),
            ("a", r"\1", "/a", "/a"),
            ("a", r"\\", "/a", r"/\"),
        ] {
            let rewrite = PathRewrite::Regex(RegexRewrite::new(pattern, substitution).unwrap());
            let seen = rewrite.rewrite(&prefix("/"), path.as_bytes());
            assert_eq!(&*seen, expected.as_bytes(), "{pattern}");
        }
    }
}
