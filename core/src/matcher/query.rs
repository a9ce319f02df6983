//! `queryParams`: the first value of a key, undecoded.

use alloc::boxed::Box;

use super::ValueMatcher;
use crate::request::Request;

/// A condition on one query parameter; an absent one never matches.
/// Source: Envoy `ConfigUtility::matchQueryParams`.
#[derive(Clone, Debug)]
pub struct QueryMatcher {
    /// The key as it stands in the query string.
    pub name: Box<str>,
    /// What is asked of its value.
    pub value: ValueMatcher,
}

impl QueryMatcher {
    /// Whether the request satisfies the condition.
    pub fn is_match(&self, request: &Request<'_>) -> bool {
        request
            .query_parameter(self.name.as_bytes())
            .is_some_and(|value| self.value.is_match(value))
    }
}
