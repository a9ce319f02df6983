//! A decision, carried out: which host calls, in which order.

use std::borrow::Cow;

use mainsheet_core::action::{Abort, HeaderMap, ReadHeaders, Retries, RetryPolicy};
use mainsheet_core::compile::PASSTHROUGH_CLUSTER;
use mainsheet_core::decision::Forward;
use mainsheet_core::request::{Header, Request};
use mainsheet_core::wire::{CLUSTER_HEADER, PROFILE_HEADER, is_order, is_reserved};
use proxy_wasm::types::MapType;

use crate::host::{self, HostError};

/// A header map of the host. Remembers the first call that failed; those after it are not made.
pub(crate) struct HostHeaders {
    map: MapType,
    failed: Option<HostError>,
    /// The headers as they are by now, where some are made of others.
    copy: Option<Vec<Header>>,
}

impl HostHeaders {
    pub(crate) fn new(map: MapType) -> Self {
        Self {
            map,
            failed: None,
            copy: None,
        }
    }

    /// Keeps a copy of the headers, so that values can be made of them.
    pub(crate) fn keep(&mut self, headers: Vec<Header>) {
        self.copy = Some(headers);
    }

    /// The headers as they are by now, if a copy is kept.
    pub(crate) fn copy(&self) -> Option<&Vec<Header>> {
        self.copy.as_ref()
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

impl ReadHeaders for HostHeaders {
    fn value(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        self.copy.as_ref()?.value(name)
    }
}

impl HeaderMap for HostHeaders {
    fn remove(&mut self, name: &str) {
        if let Some(copy) = &mut self.copy {
            HeaderMap::remove(copy, name);
        }
        self.call(|map| host::remove_header(map, name));
    }

    fn set(&mut self, name: &str, value: &[u8]) {
        if let Some(copy) = &mut self.copy {
            copy.set(name, value);
        }
        self.call(|map| host::set_header(map, name, value));
    }

    fn add(&mut self, name: &str, value: &[u8]) {
        if let Some(copy) = &mut self.copy {
            copy.add(name, value);
        }
        self.call(|map| host::add_header(map, name, value));
    }
}

/// Removes what only the filter may send. Says whether there was any.
pub(crate) fn remove_reserved(headers: &[Header], out: &mut HostHeaders) -> bool {
    remove(headers, is_reserved, out)
}

/// Removes what is said to the filter's routes and to Envoy's fault filter. Says whether there was any.
pub(crate) fn remove_orders(headers: &[Header], out: &mut HostHeaders) -> bool {
    remove(headers, is_order, out)
}

fn remove(headers: &[Header], unwanted: impl Fn(&str) -> bool, out: &mut HostHeaders) -> bool {
    let mut removed = false;
    for (name, _) in headers.iter().filter(|(name, _)| unwanted(name)) {
        out.remove(name);
        removed = true;
    }
    removed
}

/// The headers without those that only the filter may send.
pub(crate) fn without_reserved(headers: &[Header]) -> Vec<Header> {
    let sent = headers.iter().filter(|(name, _)| !is_reserved(name));
    sent.cloned().collect()
}

/// The status of a response; 0 where it has none.
pub(crate) fn status(headers: &[Header]) -> u16 {
    let mut found = headers.iter().filter(|(name, _)| name == ":status");
    let text = found
        .next()
        .and_then(|(_, value)| std::str::from_utf8(value).ok());
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// Writes what the upstream is to see, and what Envoy's router is to do.
pub(crate) fn forward(forward: &Forward<'_>, request: &Request<'_>, out: &mut HostHeaders) {
    forward.apply_request(request, out);
    to_cluster(&forward.destination.cluster, out);
    if let Some(profile) = &forward.action.profile {
        out.set(PROFILE_HEADER, profile.as_bytes());
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

/// The router adds what headers name to the policy of the route, so the route of the profile has none of its own.
fn retry(policy: &RetryPolicy, out: &mut HostHeaders) {
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
