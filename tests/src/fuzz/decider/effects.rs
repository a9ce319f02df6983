//! What a filter does to a stream, and what it should do by a decision.

use std::collections::{BTreeMap, BTreeSet};

use mainsheet_core::action::{HeaderMap, RetryPolicy};
use mainsheet_core::request::Header;
use mainsheet_core::view::{AbortView, DecisionView, HeaderOperation, OutcomeKind, RetryView};
use mainsheet_core::wire::{CLUSTER_HEADER, is_reserved};
use serde::Serialize;

use crate::host::{HostError, Stream, StreamState};

/// Response headers that Envoy writes into local replies by itself.
const OF_REPLIES: [&str; 3] = ["location", "content-type", "content-length"];

/// All that can be seen of a decision without its explanation.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct Effects {
    reply: Option<Reply>,
    cluster: Option<String>,
    upstream: Option<Upstream>,
    timeout_ms: Option<u64>,
    /// Only where there is a cluster; absent is none.
    retries: Option<RetryView>,
    delay_ms: Option<u64>,
    abort: Option<AbortView>,
    /// Those that the rule has to do with.
    response_headers: BTreeMap<String, String>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Reply {
    status: Option<u16>,
    location: Option<String>,
    body: String,
}

/// The request at the upstream. The order of different headers means nothing, and Envoy joins repeated ones
/// of its own.
#[derive(Debug, PartialEq, Serialize)]
struct Upstream {
    method: String,
    authority: String,
    path: String,
    headers: BTreeMap<String, String>,
}

impl Effects {
    pub(super) fn of_decision(view: &DecisionView) -> Self {
        let replies = view.status.is_some()
            && view.abort.is_none()
            && !matches!(
                view.outcome,
                OutcomeKind::NoVirtualHost | OutcomeKind::NoRoute | OutcomeKind::NoListener
            );
        Self {
            reply: replies.then(|| Reply {
                status: view.status,
                location: view.location.clone(),
                body: view.body.clone().unwrap_or_default(),
            }),
            // Nothing goes to the cluster that blocks.
            cluster: view
                .cluster
                .clone()
                .filter(|_| view.outcome != OutcomeKind::Blackhole),
            upstream: view.upstream.as_ref().map(|upstream| Upstream {
                method: upstream.method.clone(),
                authority: upstream.authority.clone(),
                path: upstream.path.clone(),
                headers: joined(
                    upstream
                        .headers
                        .iter()
                        .filter(|(name, _)| name != "grpc-timeout")
                        .map(|(name, value)| (name, value.as_bytes())),
                ),
            }),
            timeout_ms: view.timeout_ms,
            retries: view.retries.clone(),
            delay_ms: view.delay_ms,
            abort: view.abort.clone(),
            response_headers: touched(view, &applied(&view.response_headers)),
        }
    }

    /// `view` says which headers to look at.
    pub(super) fn of_stream(stream: &Stream, view: &DecisionView) -> Result<Self, HostError> {
        if let StreamState::LocalReply(reply) = stream.state() {
            let headers: Vec<Header> = stream.response_header_map();
            return Ok(Self {
                reply: Some(Reply {
                    status: u16::try_from(reply.status).ok(),
                    location: value(&reply.headers, "location"),
                    body: String::from_utf8_lossy(&reply.body).into_owned(),
                }),
                response_headers: touched(view, &headers),
                ..Self::default()
            });
        }
        let headers = stream.request_header_map();
        let mut effects = Self::of_request(&headers, view);
        stream.response_headers(vec![(":status".to_owned(), b"200".to_vec())], true)?;
        effects.response_headers = touched(view, &stream.response_header_map());
        Ok(effects)
    }

    /// The orders that the filter gives to the router and the fault filter.
    fn of_request(headers: &[Header], view: &DecisionView) -> Self {
        let number = |name: &str| value(headers, name)?.parse::<u64>().ok();
        let cluster = value(headers, CLUSTER_HEADER);
        let status = number("x-envoy-fault-abort-request").and_then(|status| u16::try_from(status).ok());
        let grpc = number("x-envoy-fault-abort-grpc-request").and_then(|status| u8::try_from(status).ok());
        let plain_grpc = status == Some(200) && matches!(view.abort, Some(AbortView::GrpcStatus(_)));
        Self {
            upstream: view.upstream.is_some().then(|| upstream(headers)),
            timeout_ms: number("x-envoy-upstream-rq-timeout-ms"),
            retries: cluster.as_ref().and_then(|_| retries(headers, view)),
            delay_ms: number("x-envoy-fault-delay-request"),
            abort: match (grpc, status) {
                (Some(status), _) => Some(AbortView::GrpcStatus(status)),
                // A gRPC status for a request that is not gRPC is a plain 200.
                (None, Some(_)) if plain_grpc => view.abort.clone(),
                (None, status) => status.map(AbortView::HttpStatus),
            },
            cluster,
            ..Self::default()
        }
    }
}

/// Where and how soon is not in headers but in the route that they name, so that is taken from the decision.
fn retries(headers: &[Header], view: &DecisionView) -> Option<RetryView> {
    let number = |name: &str| value(headers, name)?.parse::<u64>().ok();
    let policy = RetryPolicy::istio_default();
    let attempts = number("x-envoy-max-retries").unwrap_or(u64::from(policy.attempts));
    let codes = value(headers, "x-envoy-retriable-status-codes").unwrap_or_default();
    (attempts > 0).then(|| RetryView {
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        retry_on: value(headers, "x-envoy-retry-on").unwrap_or(policy.retry_on),
        retriable_status_codes: codes.split(',').filter_map(|code| code.parse().ok()).collect(),
        per_try_timeout_ms: number("x-envoy-upstream-rq-per-try-timeout-ms"),
        backoff_ms: view.retries.as_ref().and_then(|retries| retries.backoff_ms),
        ignore_previous_hosts: view
            .retries
            .as_ref()
            .is_none_or(|retries| retries.ignore_previous_hosts),
        remote_localities: view
            .retries
            .as_ref()
            .is_some_and(|retries| retries.remote_localities),
    })
}

/// The router and the routes around it take away what is theirs.
fn upstream(headers: &[Header]) -> Upstream {
    let find = |name: &str| value(headers, name).unwrap_or_default();
    let stays =
        // The router writes the deadline, which is not simulated here.
        |name: &str| {
            !(name.starts_with(':') || name == "grpc-timeout")
                && (!is_reserved(name) || name == "x-envoy-original-path")
        };
    let rest = headers.iter().filter(|(name, _)| stays(name));
    Upstream {
        method: find(":method"),
        authority: find(":authority"),
        path: find(":path"),
        headers: joined(rest.map(|(name, value)| (name, value.as_slice()))),
    }
}

fn applied(operations: &[HeaderOperation]) -> Vec<Header> {
    let mut headers: Vec<Header> = Vec::new();
    for operation in operations {
        match operation {
            HeaderOperation::Remove(name) => HeaderMap::remove(&mut headers, name),
            // An empty value is left out.
            HeaderOperation::Set(_, value) | HeaderOperation::Add(_, value) if value.is_empty() => {}
            HeaderOperation::Set(name, value) => headers.set(name, value.as_bytes()),
            HeaderOperation::Add(name, value) => headers.add(name, value.as_bytes()),
        }
    }
    headers
}

/// The response headers that the rule names.
fn touched(view: &DecisionView, headers: &[Header]) -> BTreeMap<String, String> {
    let names = view.response_headers.iter().map(|operation| match operation {
        HeaderOperation::Remove(name) | HeaderOperation::Set(name, _) | HeaderOperation::Add(name, _) => name,
    });
    // What format commands come to is not in the decision.
    let formatted: BTreeSet<&String> = view
        .response_headers
        .iter()
        .filter_map(|operation| match operation {
            HeaderOperation::Set(name, value) | HeaderOperation::Add(name, value) => {
                value.contains('%').then_some(name)
            }
            HeaderOperation::Remove(_) => None,
        })
        .collect();
    let names: BTreeSet<&String> = names
        .filter(|name| !OF_REPLIES.contains(&name.as_str()) && !formatted.contains(name))
        .collect();
    let named = headers.iter().filter(|(name, _)| names.contains(name));
    joined(named.map(|(name, value)| (name, value.as_slice())))
}

fn joined<'h>(headers: impl Iterator<Item = (&'h String, &'h [u8])>) -> BTreeMap<String, String> {
    let mut joined: BTreeMap<String, Vec<&[u8]>> = BTreeMap::new();
    for (name, value) in headers {
        joined.entry(name.clone()).or_default().push(value);
    }
    let text = |values: Vec<&[u8]>| String::from_utf8_lossy(&values.join(&b","[..])).into_owned();
    joined
        .into_iter()
        .map(|(name, values)| (name, text(values)))
        .collect()
}

fn value(headers: &[Header], name: &str) -> Option<String> {
    let (_, value) = headers.iter().find(|(key, _)| key == name)?;
    Some(String::from_utf8_lossy(value).into_owned())
}
