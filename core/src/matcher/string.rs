//! `StringMatch`: exact, prefix or regex, case-sensitive.

use alloc::boxed::Box;
use core::fmt;

use super::Regex;

/// Compares one value. Source: Istio `StringMatch`, Envoy `StringMatcher`.
#[derive(Clone, Debug)]
pub enum StringMatcher {
    /// The value is equal.
    Exact(Box<str>),
    /// The value starts with the text.
    Prefix(Box<str>),
    /// The whole value matches.
    Regex(Regex),
}

impl StringMatcher {
    /// Whether `value` matches.
    pub fn is_match(&self, value: &[u8]) -> bool {
        match self {
            Self::Exact(text) => value == text.as_bytes(),
            Self::Prefix(text) => value.starts_with(text.as_bytes()),
            Self::Regex(regex) => regex.is_match(value),
        }
    }
}

/// The form of the API: `exact: "jason"`.
impl fmt::Display for StringMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(text) => write!(f, "exact {text:?}"),
            Self::Prefix(text) => write!(f, "prefix {text:?}"),
            Self::Regex(regex) => write!(f, "regex {:?}", regex.as_str()),
        }
    }
}
