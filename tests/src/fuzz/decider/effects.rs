//! What can be seen of a decision without its explanation: at the upstream, at the client, and of the orders
//! to Envoy.

use std::collections::BTreeMap;

use mainsheet_core::compile::BLACKHOLE_CLUSTER;
use mainsheet_core::view::RetryView;
use serde::Serialize;

use crate::subject::Observation;

/// The comparable part of an observation. The order of different headers means nothing, and Envoy joins
/// repeated ones of its own.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Effects {
    status: u16,
    cluster: Option<String>,
    location: Option<String>,
    body: String,
    upstream: Option<Upstream>,
    response_headers: BTreeMap<String, String>,
    copies: Vec<(String, Upstream)>,
    timeout_ms: Option<u64>,
    retries: Option<RetryView>,
    delay_ms: Option<u64>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Upstream {
    method: String,
    authority: String,
    path: String,
    headers: BTreeMap<String, String>,
}

impl Effects {
    pub(super) fn of(seen: &Observation) -> Self {
        // Orders stand in a request that goes on.
        let orders = seen.decided.as_ref().filter(|_| seen.upstream.is_some());
        Self {
            status: seen.status,
            // Nothing goes to the cluster that blocks.
            cluster: seen
                .cluster
                .clone()
                .filter(|cluster| cluster != BLACKHOLE_CLUSTER),
            location: seen.location.clone(),
            body: seen.body.clone(),
            upstream: seen.upstream.as_ref().map(Upstream::of),
            response_headers: joined(&seen.response_headers),
            copies: seen
                .copies
                .iter()
                .flatten()
                .map(|(cluster, copy)| (cluster.clone(), Upstream::of(copy)))
                .collect(),
            timeout_ms: orders.and_then(|orders| orders.timeout_ms),
            retries: orders.and_then(|orders| orders.retries.clone()),
            delay_ms: orders.and_then(|orders| orders.delay_ms),
        }
    }
}

impl Upstream {
    fn of(seen: &mainsheet_core::view::Upstream) -> Self {
        Self {
            // Blanks around a value do not travel.
            method: seen.method.trim().to_owned(),
            authority: seen.authority.clone(),
            path: seen.path.clone(),
            headers: joined(&seen.headers),
        }
    }
}

fn joined(headers: &[(String, String)]) -> BTreeMap<String, String> {
    let mut joined: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    // Lengths are the codec's.
    let plain = |name: &str| !name.starts_with(':') && name != "content-length";
    for (name, value) in headers.iter().filter(|(name, _)| plain(name)) {
        joined.entry(name.clone()).or_default().push(value);
    }
    joined
        .into_iter()
        .map(|(name, values)| (name, values.join(",")))
        .collect()
}
