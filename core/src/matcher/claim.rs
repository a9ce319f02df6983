//! JWT claims: what the request's token says, as Envoy's JWT filter has left it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::ValueMatcher;
use crate::request::Request;

/// A condition on a claim of the request's token, which one of its texts has to satisfy. Without a token, or
/// without the claim, it does not hold. Source: Istio `MetadataMatcherForJWTClaims`.
#[derive(Clone, Debug)]
pub struct ClaimMatcher {
    /// As it is written: `@request.auth.claims.group`.
    pub name: Box<str>,
    /// The keys that lead to the claim.
    pub path: Vec<String>,
    /// What is asked of its texts.
    pub value: ValueMatcher,
    /// From `withoutHeaders`.
    pub invert: bool,
}

impl ClaimMatcher {
    /// Whether the request satisfies the condition.
    pub fn is_match(&self, request: &Request<'_>) -> bool {
        let texts = request.attributes().claim(&self.path).unwrap_or_default();
        texts.iter().any(|text| self.value.is_match(text)) != self.invert
    }
}
