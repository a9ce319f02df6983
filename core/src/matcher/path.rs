//! `uri` and `ignoreUriCase`: the path without its query string.

use alloc::boxed::Box;
use core::fmt;

use super::Regex;

/// A condition on the path. Source: Istio `TranslateRouteMatch`.
#[derive(Clone, Debug)]
pub enum PathMatcher {
    /// The path is equal.
    Exact {
        /// The path, as written.
        path: Box<str>,
        /// `ignoreUriCase`: ASCII letters compare equal in both cases.
        ignore_case: bool,
    },
    /// The path starts with the text; `/foo` also matches `/foobar`. No `uri` is the prefix `/`.
    Prefix {
        /// The prefix, as written; may be empty.
        prefix: Box<str>,
        /// `ignoreUriCase`.
        ignore_case: bool,
    },
    /// The path is equal to the text, or goes on with `/` after it: `/foo` matches `/foo/bar`, not `/foobar`.
    /// What the Gateway API calls `PathPrefix`.
    Segments {
        /// The segments, as written, without `/` at the end.
        prefix: Box<str>,
    },
    /// The whole path matches. Envoy does not apply `ignoreUriCase` here.
    Regex(Regex),
}

impl PathMatcher {
    /// What a rule without `uri` asks: the prefix `/`.
    pub fn any() -> Self {
        Self::Prefix {
            prefix: "/".into(),
            ignore_case: false,
        }
    }

    /// The same prefix, of whole segments only. `/` stays: it is the prefix of every path.
    #[must_use]
    pub fn of_segments(self) -> Self {
        match self {
            Self::Prefix { prefix, .. } if &*prefix != "/" => Self::Segments { prefix },
            other => other,
        }
    }

    /// Whether `path` (without query) satisfies the condition.
    pub fn is_match(&self, path: &[u8]) -> bool {
        match self {
            Self::Exact {
                path: text,
                ignore_case: false,
            } => path == text.as_bytes(),
            Self::Exact {
                path: text,
                ignore_case: true,
            } => path.eq_ignore_ascii_case(text.as_bytes()),
            Self::Prefix {
                prefix,
                ignore_case: false,
            } => path.starts_with(prefix.as_bytes()),
            Self::Prefix {
                prefix,
                ignore_case: true,
            } => path
                .get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes())),
            Self::Segments { prefix } => path
                .strip_prefix(prefix.as_bytes())
                .is_some_and(|rest| matches!(rest.first(), None | Some(b'/'))),
            Self::Regex(regex) => regex.is_match(path),
        }
    }
}

impl fmt::Display for PathMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ignore_case = match self {
            Self::Exact { path, ignore_case } => {
                write!(f, "exact {path:?}")?;
                *ignore_case
            }
            Self::Prefix { prefix, ignore_case } => {
                write!(f, "prefix {prefix:?}")?;
                *ignore_case
            }
            Self::Segments { prefix } => return write!(f, "prefix {prefix:?} (whole segments)"),
            Self::Regex(regex) => return write!(f, "regex {:?}", regex.as_str()),
        };
        if ignore_case {
            f.write_str(" (any case)")
        } else {
            Ok(())
        }
    }
}
