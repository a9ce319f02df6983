//! `headers`, `withoutHeaders`, `method`, `authority` and `scheme`: all header matchers to Envoy.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

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

/// What a repeated header is to its conditions.
/// Source: Envoy `HeaderUtility`, runtime feature `match_headers_individually`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RepeatedHeaders {
    /// Several values: one that matches is enough. Envoy since 1.39.
    #[default]
    Individually,
    /// One value, all of them with commas between. Envoy before 1.39, which is in Istio up to 1.30.
    Joined,
}

/// A condition on one header.
///
/// A repeated header matches when one of its values does; inverted, when none does; unless they are
/// [joined](RepeatedHeaders::Joined) first. Inverted, a missing header counts as an empty one, except for
/// [`ValueMatcher::Present`]. Source: Istio `translateHeaderMatch`.
#[derive(Clone, Debug)]
pub struct HeaderMatcher {
    /// Lower-case name; pseudo headers with their colon.
    pub name: Box<str>,
    /// What is asked of its values.
    pub value: ValueMatcher,
    /// From `withoutHeaders`.
    pub invert: bool,
    /// What it means that there are several values.
    pub repeated: RepeatedHeaders,
}

impl HeaderMatcher {
    /// Whether the request satisfies the condition.
    pub fn is_match(&self, request: &Request<'_>) -> bool {
        self.any_value_matches(request) != self.invert
    }

    fn any_value_matches(&self, request: &Request<'_>) -> bool {
        let mut values = request.header_values(&self.name);
        let Some(first) = values.next() else {
            return self.invert && self.missing_matches();
        };
        match (self.repeated, values.next()) {
            (_, None) => self.value.is_match(first),
            (RepeatedHeaders::Individually, Some(second)) => {
                let mut all = [first, second].into_iter().chain(values);
                all.any(|value| self.value.is_match(value))
            }
            (RepeatedHeaders::Joined, Some(second)) => {
                let all: Vec<&[u8]> = [first, second].into_iter().chain(values).collect();
                self.value.is_match(&all.join(&b','))
            }
        }
    }

    fn missing_matches(&self) -> bool {
        match &self.value {
            ValueMatcher::Present => false,
            ValueMatcher::Value(matcher) => matcher.is_match(b""),
        }
    }
}
