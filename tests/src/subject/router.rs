//! The part of Envoy behind the filter, simulated: its fault filter, its router, and the routes of the export.

use std::collections::{BTreeMap, BTreeSet};

use mainsheet_core::action::{HashPolicy, Profile, RetryPolicy, RouteRetries};
use mainsheet_core::reply::{ABORT_BODY, cookies_to_give};
use mainsheet_core::request::{Header, Request};
use mainsheet_core::view::{DecisionView, RetryView, Upstream, grpc_timeout};
use mainsheet_core::wire::{CLUSTER_HEADER, PROFILE_HEADER, is_reserved};

use super::observation::{copies, texts};
use super::{Answer, Decided, Observation, World};
use crate::host::{HostError, LocalReply, Stream, StreamState};

/// What stands behind the filter.
#[derive(Clone, Debug, Default)]
pub struct Router {
    /// The clusters that exist.
    clusters: BTreeSet<String>,
    /// Those of them that choose endpoints by hash.
    hashing: BTreeSet<String>,
    /// The routes beside the default one.
    profiles: BTreeMap<String, Profile>,
}

impl Router {
    /// The part of Envoy that a world gives to the filter.
    pub fn new(world: &World) -> Self {
        Self {
            clusters: world.clusters.clone(),
            hashing: world.compiled.table.hashing_clusters(),
            profiles: world.compiled.table.profiles(),
        }
    }

    /// The clusters that exist.
    pub fn clusters(&self) -> &BTreeSet<String> {
        &self.clusters
    }

    /// Whether a cluster is there.
    pub(super) fn has(&self, cluster: &str) -> bool {
        self.clusters.contains(cluster)
    }

    /// What Envoy makes of the headers that the filter leaves behind.
    ///
    /// # Errors
    /// When the filter fails on the response.
    pub fn carry_out(
        &self,
        stream: &Stream,
        view: &DecisionView,
        answer: &Answer,
    ) -> Result<Observation, HostError> {
        if let StreamState::LocalReply(_) = stream.state() {
            return Ok(answered(stream));
        }
        let map = stream.request_header_map();
        let headers = texts(&map);
        let cluster = value(&headers, CLUSTER_HEADER);
        let exists = cluster.as_ref().is_some_and(|cluster| self.has(cluster));
        let profile = self.profile(&headers);
        let aborted = abort(&headers);
        let reached = exists && aborted.is_none();
        let (response, body) = if reached {
            (
                self.answer(answer, cluster.as_deref(), &profile, &map),
                Vec::new(),
            )
        } else {
            let unrouted = if cluster.is_some() {
                profile.missing_cluster_status
            } else {
                404
            };
            let reply = aborted.unwrap_or_else(|| LocalReply::of_status(u32::from(unrouted)));
            reply.encode_for(&map)
        };
        let details: &[u8] = if reached { b"via_upstream" } else { b"local_reply" };
        stream.set_property(&["response", "code_details"], details);
        stream.response_headers(response, true)?;
        let upstream = reached.then(|| upstream(&headers, &map));
        Ok(Observation {
            copies: Some(copies(view, upstream.as_ref(), &self.clusters)),
            body: String::from_utf8_lossy(&body).into_owned(),
            decided: Some(Decided {
                timeout_ms: number(&headers, "x-envoy-upstream-rq-timeout-ms"),
                delay_ms: number(&headers, "x-envoy-fault-delay-request"),
                retries: retries(&headers, &profile),
                ..Decided::default()
            }),
            cluster,
            upstream,
            ..answered(stream)
        })
    }

    fn profile(&self, headers: &[(String, String)]) -> Profile {
        let named = value(headers, PROFILE_HEADER);
        named
            .and_then(|name| self.profiles.get(&name).cloned())
            .unwrap_or_default()
    }

    /// The upstream's answer, with the cookies that the router gives out.
    fn answer(
        &self,
        answer: &Answer,
        cluster: Option<&str>,
        profile: &Profile,
        map: &[Header],
    ) -> Vec<Header> {
        let mut response = vec![(":status".to_owned(), answer.status.to_string().into_bytes())];
        response.extend(
            answer
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), value.clone().into_bytes())),
        );
        if cluster.is_some_and(|cluster| self.hashing.contains(cluster)) {
            let policies: &[HashPolicy] = &profile.hash_policies;
            let request = Request::new(0, map);
            let cookies = cookies_to_give(policies, &request);
            response.extend(cookies.map(|cookie| ("set-cookie".to_owned(), cookie.into_bytes())));
        }
        response
    }
}

/// The response as it is now.
fn answered(stream: &Stream) -> Observation {
    let headers = texts(&stream.response_header_map());
    let status = number(&headers, ":status").and_then(|status| u16::try_from(status).ok());
    let body = match stream.state() {
        StreamState::LocalReply(reply) => reply.encode_for(&stream.request_header_map()).1,
        _ => Vec::new(),
    };
    let plain = headers.iter().filter(|(name, _)| !name.starts_with(':'));
    Observation {
        status: status.unwrap_or_default(),
        location: value(&headers, "location"),
        body: String::from_utf8_lossy(&body).into_owned(),
        response_headers: plain.cloned().collect(),
        copies: Some(Vec::new()),
        ..Observation::default()
    }
}

/// What Envoy's fault filter answers to its orders.
fn abort(headers: &[(String, String)]) -> Option<LocalReply> {
    let order = |name: &str| number(headers, name).and_then(|code| u32::try_from(code).ok());
    let grpc_status = order("x-envoy-fault-abort-grpc-request");
    let status = order("x-envoy-fault-abort-request").or(grpc_status.map(|_| 200))?;
    Some(LocalReply {
        body: ABORT_BODY.into(),
        grpc_status,
        ..LocalReply::of_status(status)
    })
}

fn retries(headers: &[(String, String)], profile: &Profile) -> Option<RetryView> {
    let policy = RetryPolicy::istio_default();
    let attempts = number(headers, "x-envoy-max-retries").unwrap_or(u64::from(policy.attempts));
    let codes = value(headers, "x-envoy-retriable-status-codes").unwrap_or_default();
    let places = match &profile.retries {
        RouteRetries::Default => (&policy).into(),
        RouteRetries::Ordered(places) => places.clone(),
    };
    (attempts > 0).then(|| RetryView {
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        retry_on: value(headers, "x-envoy-retry-on").unwrap_or(policy.retry_on),
        retriable_status_codes: codes.split(',').filter_map(|code| code.parse().ok()).collect(),
        per_try_timeout_ms: number(headers, "x-envoy-upstream-rq-per-try-timeout-ms"),
        backoff_ms: places
            .backoff
            .and_then(|backoff| u64::try_from(backoff.as_millis()).ok()),
        ignore_previous_hosts: places.ignore_previous_hosts,
        remote_localities: places.remote_localities,
    })
}

/// The router and the routes around it take away what is theirs, and tell gRPC servers their deadline.
fn upstream(headers: &[(String, String)], map: &[Header]) -> Upstream {
    let find = |name: &str| value(headers, name).unwrap_or_default();
    let stays = |name: &str| {
        let consumed = is_reserved(name) && name != "x-envoy-original-path";
        !(name.starts_with(':') || consumed)
    };
    let mut rest: Vec<(String, String)> = headers.iter().filter(|(name, _)| stays(name)).cloned().collect();
    let whole = number(headers, "x-envoy-upstream-rq-timeout-ms");
    let each = number(headers, "x-envoy-upstream-rq-per-try-timeout-ms");
    let limit = each
        .filter(|each| whole.is_none_or(|whole| *each < whole))
        .or(whole);
    if let Some(limit) = limit.filter(|_| Request::new(0, map).is_grpc()) {
        rest.retain(|(name, _)| name != "grpc-timeout");
        rest.push(("grpc-timeout".to_owned(), grpc_timeout(limit)));
    }
    Upstream {
        method: find(":method"),
        authority: find(":authority"),
        path: find(":path"),
        headers: rest,
    }
}

fn value(headers: &[(String, String)], name: &str) -> Option<String> {
    headers
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.clone())
}

fn number(headers: &[(String, String)], name: &str) -> Option<u64> {
    value(headers, name)?.parse().ok()
}
