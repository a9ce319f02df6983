//! What has become of a request, as far as a subject can see.

use std::collections::{BTreeMap, BTreeSet};

use mainsheet_core::action::HeaderMap;
use mainsheet_core::request::Header;
use mainsheet_core::view::{DecisionView, HeaderOperation, OutcomeKind, RetryView, Upstream};
use mainsheet_core::wire::MISSING_CLUSTER_STATUS;

/// The body of Envoy's fault aborts.
const ABORT_BODY: &str = "fault filter abort";

/// What has become of a request. `None` is "cannot see" where the field says so.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    /// The kind of outcome; Envoy does not tell.
    pub outcome: Option<OutcomeKind>,
    /// Status that the client sees.
    pub status: u16,
    /// Name of the route; Envoy does not tell.
    pub route: Option<String>,
    /// The cluster that was chosen, whether it exists or not.
    pub cluster: Option<String>,
    /// All that could have been; Envoy does not tell.
    pub destinations: Option<BTreeMap<String, u64>>,
    /// `location` of the answer.
    pub location: Option<String>,
    /// Body of a local answer.
    pub body: String,
    /// The request at the upstream, if it got there.
    pub upstream: Option<Upstream>,
    /// Headers that the client sees.
    pub response_headers: Vec<(String, String)>,
    /// Limit of the request; Envoy does not tell.
    pub timeout_ms: Option<Option<u64>>,
    /// Retry policy; Envoy does not tell.
    pub retries: Option<Option<RetryView>>,
    /// Fault delay; Envoy does not tell.
    pub delay_ms: Option<Option<u64>>,
}

impl Observation {
    /// What the connection manager answers to a path that it does not take.
    pub fn bad_request() -> Self {
        Self {
            outcome: Some(OutcomeKind::Respond),
            status: 400,
            ..Self::default()
        }
    }

    /// What a decision comes to in Envoy, where only `clusters` exist and upstreams answer 200.
    pub fn of_decision(view: DecisionView, clusters: &BTreeSet<String>) -> Self {
        let reached = view.status.is_none();
        let missing = view.missing_cluster_status.unwrap_or(MISSING_CLUSTER_STATUS);
        let exists = view
            .cluster
            .as_ref()
            .is_some_and(|cluster| clusters.contains(cluster));
        let response = applied(Vec::new(), &view.response_headers);
        let abort_body = if view.abort.is_some() { ABORT_BODY } else { "" };
        Self {
            outcome: Some(view.outcome),
            status: view.status.unwrap_or(if exists { 200 } else { missing }),
            route: Some(view.route.unwrap_or_default()),
            destinations: Some(
                view.destinations
                    .into_iter()
                    .map(|share| (share.cluster, share.weight))
                    .collect(),
            ),
            body: view.body.unwrap_or_else(|| abort_body.to_owned()),
            upstream: view.upstream.filter(|_| reached && exists),
            cluster: view.cluster,
            response_headers: response,
            location: view.location,
            timeout_ms: Some(view.timeout_ms),
            retries: Some(view.retries),
            delay_ms: Some(view.delay_ms),
        }
    }
}

fn applied(headers: Vec<Header>, operations: &[HeaderOperation]) -> Vec<(String, String)> {
    let mut headers = headers;
    for operation in operations {
        match operation {
            HeaderOperation::Remove(name) => HeaderMap::remove(&mut headers, name),
            HeaderOperation::Set(name, value) => headers.set(name, value.as_bytes()),
            HeaderOperation::Add(name, value) => headers.add(name, value.as_bytes()),
        }
    }
    texts(&headers)
}

/// Headers as text, as far as they are.
pub(super) fn texts(headers: &[Header]) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| (name.clone(), String::from_utf8_lossy(value).into_owned()))
        .collect()
}
