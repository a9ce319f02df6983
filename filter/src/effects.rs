//! A decision, carried out: which host calls, in which order.

use mainsheet_core::action::{Abort, HeaderMap, Retries, RetryPolicy};
use mainsheet_core::compile::PASSTHROUGH_CLUSTER;
use mainsheet_core::decision::Forward;
use mainsheet_core::request::Request;
use mainsheet_core::wire::{
    CLUSTER_HEADER, MISSING_CLUSTER_HEADER, MISSING_CLUSTER_STATUS, PROFILE_HEADER, Profile, is_reserved,
};
use proxy_wasm::types::MapType;

use crate::host::{self, HostError};

/// A header map of the host. Remembers the first call that failed; those after it are not made.
pub(crate) struct HostHeaders {
    map: MapType,
    failed: Option<HostError>,
}

impl HostHeaders {
    pub(crate) fn request() -> Self {
        Self {
            map: MapType::HttpRequestHeaders,
            failed: None,
        }
    }

    pub(crate) fn response() -> Self {
        Self {
            map: MapType::HttpResponseHeaders,
            failed: None,
        }
    }

    /// Whether everything was done.
    pub(crate) fn finish(self) -> Result<(), HostError> {
        self.failed.map_or(Ok(()), Err)
    }

    fn call(&mut self, call: impl FnOnce(MapType) -> Result<(), HostError>) {
        if self.failed.is_none() {
            self.failed = call(self.map).err();
        }
    }

    fn set_number(&mut self, name: &str, number: impl Into<u128>) {
        self.set(name, number.into().to_string().as_bytes());
    }
}

impl HeaderMap for HostHeaders {
    fn remove(&mut self, name: &str) {
        self.call(|map| host::remove_header(map, name));
    }

    fn set(&mut self, name: &str, value: &[u8]) {
        self.call(|map| host::set_header(map, name, value));
    }

    fn add(&mut self, name: &str, value: &[u8]) {
        self.call(|map| host::add_header(map, name, value));
    }
}

/// Removes what only the filter may send. Says whether there was any.
pub(crate) fn remove_reserved(headers: &[(String, Vec<u8>)], out: &mut HostHeaders) -> bool {
    let mut removed = false;
    for (name, _) in headers.iter().filter(|(name, _)| is_reserved(name)) {
        out.remove(name);
        removed = true;
    }
    removed
}

/// Writes what the upstream is to see, and what Envoy's router is to do.
pub(crate) fn forward(forward: &Forward<'_>, request: &Request<'_>, out: &mut HostHeaders) {
    forward.apply_request(request, out);
    to_cluster(&forward.destination.cluster, out);
    if forward.action.missing_cluster_status != MISSING_CLUSTER_STATUS {
        out.set_number(MISSING_CLUSTER_HEADER, forward.action.missing_cluster_status);
    }
    if let Some(timeout) = forward.timeout(request) {
        out.set_number("x-envoy-upstream-rq-timeout-ms", timeout.as_millis());
    }
    match &forward.action.retries {
        Retries::Default => {}
        Retries::Disabled => out.set("x-envoy-max-retries", b"0"),
        Retries::Policy(policy) => retry(policy, out),
    }
}

/// Sends the request where the client wanted, once.
pub(crate) fn pass_through(out: &mut HostHeaders) {
    to_cluster(PASSTHROUGH_CLUSTER, out);
    out.set("x-envoy-max-retries", b"0");
}

/// Names the cluster to the router.
fn to_cluster(cluster: &str, out: &mut HostHeaders) {
    out.set(CLUSTER_HEADER, cluster.as_bytes());
}

/// The router adds what headers name to the policy of the route, so the route must have none of its own.
fn retry(policy: &RetryPolicy, out: &mut HostHeaders) {
    let profile = if policy.ignore_previous_hosts {
        Profile::Retry
    } else {
        Profile::RetryAnyHost
    };
    if let Some(value) = profile.header_value() {
        out.set(PROFILE_HEADER, value.as_bytes());
    }
    // Each of the two headers passes over the conditions that belong to the other.
    out.set("x-envoy-retry-on", policy.retry_on.as_bytes());
    out.set("x-envoy-retry-grpc-on", policy.retry_on.as_bytes());
    out.set_number("x-envoy-max-retries", policy.attempts);
    if !policy.retriable_status_codes.is_empty() {
        let codes: Vec<String> = policy
            .retriable_status_codes
            .iter()
            .map(ToString::to_string)
            .collect();
        out.set("x-envoy-retriable-status-codes", codes.join(",").as_bytes());
    }
    if let Some(timeout) = policy.per_try_timeout {
        out.set_number("x-envoy-upstream-rq-per-try-timeout-ms", timeout.as_millis());
    }
}

/// Orders for Envoy's fault filter behind this one.
pub(crate) fn native_fault(forward: &Forward<'_>, grpc: bool, out: &mut HostHeaders) {
    if let Some(delay) = forward.delay {
        out.set_number("x-envoy-fault-delay-request", delay.as_millis());
    }
    match forward.abort {
        Some(Abort::HttpStatus(status)) => out.set_number("x-envoy-fault-abort-request", status),
        Some(Abort::GrpcStatus(status)) if grpc => {
            out.set_number("x-envoy-fault-abort-grpc-request", status);
        }
        Some(Abort::GrpcStatus(_)) => out.set("x-envoy-fault-abort-request", b"200"),
        None => {}
    }
}
