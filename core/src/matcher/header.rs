//! `headers`, `withoutHeaders`, `method`, `authority` and `scheme`: all header matchers to Envoy.

use alloc::boxed::Box;
use core::fmt;

use super::StringMatcher;
use crate::request::Request;

/// What is asked of the values of one header or query parameter.
#[derive(Clone, Debug)]
pub enum ValueMatcher {
    /// It is there, whatever its value. Written `{}` or, in `withoutHeaders`, `regex: "*"`.
    Present,
    /// A value matches.
    Value(StringMatcher),
}

impl ValueMatcher {
    /// Whether one value matches.
    pub fn is_match(&self, value: &[u8]) -> bool {
        match self {
            Self::Present => true,
            Self::Value(matcher) => matcher.is_match(value),
        }
    }
}

impl fmt::Display for ValueMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present => f.write_str("present"),
            Self::Value(matcher) => matcher.fmt(f),
        }
    }
}

/// A condition on one header.
///
/// A repeated header matches when one of its values does; inverted, when none does. Inverted, a missing
/// header counts as an empty one, except for [`ValueMatcher::Present`].
/// Source: Istio `translateHeaderMatch`, Envoy `HeaderUtility` with `match_headers_individually`.
#[derive(Clone, Debug)]
pub struct HeaderMatcher {
    /// Lower-case name; pseudo headers with their colon.
    pub name: Box<str>,
    /// What is asked of its values.
    pub value: ValueMatcher,
    /// From `withoutHeaders`.
    pub invert: bool,
}

impl HeaderMatcher {
    /// Whether the request satisfies the condition.
    pub fn is_match(&self, request: &Request<'_>) -> bool {
        self.any_value_matches(request) != self.invert
    }

    fn any_value_matches(&self, request: &Request<'_>) -> bool {
        let mut values = request.header_values(&self.name).peekable();
        if values.peek().is_none() {
            return self.invert && self.missing_matches();
        }
        values.any(|value| self.value.is_match(value))
    }

    fn missing_matches(&self) -> bool {
        match &self.value {
            ValueMatcher::Present => false,
            ValueMatcher::Value(matcher) => matcher.is_match(b""),
        }
    }
}
