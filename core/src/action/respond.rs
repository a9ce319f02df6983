//! `directResponse`, and the answers Istio gives for blocked hosts.

use alloc::vec::Vec;

use super::HeaderMutations;

/// An answer the proxy gives by itself. Envoy adds `content-type: text/plain` to a body without a type.
#[derive(Clone, Debug)]
pub struct DirectResponse {
    /// HTTP status.
    pub status: u16,
    /// Empty for none.
    pub body: Vec<u8>,
    /// `headers.response` of the rule.
    pub response_headers: HeaderMutations,
}
