//! `retries`.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

/// The retry policy of a route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Retries {
    /// Istio's own: see [`RetryPolicy::istio_default`].
    #[default]
    Default,
    /// `attempts: 0`.
    Disabled,
    /// What the rule says.
    Policy(RetryPolicy),
}

/// When and how often a request is tried again. Source: Istio `core/route/retry/retry.go`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Retries after the first try.
    pub attempts: u32,
    /// Envoy's `retry_on`, comma-separated.
    pub retry_on: String,
    /// Status codes named in `retryOn`.
    pub retriable_status_codes: Vec<u16>,
    /// `perTryTimeout`; `None` is the rule's timeout.
    pub per_try_timeout: Option<Duration>,
    /// `backoff`: base interval; `None` is Envoy's 25 ms.
    pub backoff: Option<Duration>,
    /// Whether hosts that have failed already are passed over.
    pub ignore_previous_hosts: bool,
    /// `retryRemoteLocalities`.
    pub remote_localities: bool,
}

impl RetryPolicy {
    /// What Istio retries unless told otherwise.
    pub const DEFAULT_RETRY_ON: &'static str =
        "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes";
    /// How often Envoy looks for a host that has not failed yet.
    pub const HOST_SELECTION_ATTEMPTS: u32 = 5;

    /// The policy of every route that says nothing: two retries, each on another host.
    pub fn istio_default() -> Self {
        Self {
            attempts: 2,
            retry_on: Self::DEFAULT_RETRY_ON.into(),
            retriable_status_codes: Vec::new(),
            per_try_timeout: None,
            backoff: None,
            ignore_previous_hosts: true,
            remote_localities: false,
        }
    }
}
