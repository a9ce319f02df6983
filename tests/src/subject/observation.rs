//! What has become of a request, as far as a subject can see.

use std::collections::BTreeSet;

use mainsheet_core::action::HeaderMap;
use mainsheet_core::decision::Decision;
use mainsheet_core::request::{Header, Request};
use mainsheet_core::view::{DecisionView, HeaderOperation, OutcomeKind, RetryView, Share, Upstream};

use super::{Answer, Facts};

/// The body of Envoy's fault aborts.
pub(super) const ABORT_BODY: &str = "fault filter abort";

/// What has become of a request.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    /// How it was decided; absent where the subject does not explain itself.
    pub decided: Option<Decided>,
    /// Status that the client sees.
    pub status: u16,
    /// The cluster that was chosen, whether it exists or not.
    pub cluster: Option<String>,
    /// `location` of the answer.
    pub location: Option<String>,
    /// Body of a local answer.
    pub body: String,
    /// The request at the upstream, if it got there.
    pub upstream: Option<Upstream>,
    /// Headers that the client sees.
    pub response_headers: Vec<(String, String)>,
    /// Copies that have arrived: cluster and request; absent where the subject does not see them.
    pub copies: Option<Vec<(String, Upstream)>>,
}

/// How a request was decided.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The kind of outcome.
    pub outcome: OutcomeKind,
    /// What it is in more detail, in the words of the conformance suites.
    pub detail: Option<String>,
    /// Istio's name of the listener.
    pub listener: Option<String>,
    /// Istio's name of the routes of the port.
    pub route_config: Option<String>,
    /// Istio's name of the virtual host.
    pub virtual_host: Option<String>,
    /// The domains of the virtual host.
    pub domains: Vec<String>,
    /// Name of the route.
    pub route: Option<String>,
    /// Position of the route in its virtual host.
    pub route_index: Option<usize>,
    /// All that could have been chosen.
    pub destinations: Vec<Share>,
    /// Limit of this request, in milliseconds.
    pub timeout_ms: Option<u64>,
    /// Retry policy.
    pub retries: Option<RetryView>,
    /// Fault delay that was drawn, in milliseconds.
    pub delay_ms: Option<u64>,
    /// Settings of the route.
    pub facts: Option<Facts>,
}

impl Default for Decided {
    fn default() -> Self {
        Self {
            outcome: OutcomeKind::NoListener,
            detail: None,
            listener: None,
            route_config: None,
            virtual_host: None,
            domains: Vec::new(),
            route: None,
            route_index: None,
            destinations: Vec::new(),
            timeout_ms: None,
            retries: None,
            delay_ms: None,
            facts: None,
        }
    }
}

impl Observation {
    /// What the connection manager answers to a path that it does not take.
    pub fn bad_request() -> Self {
        Self {
            decided: Some(Decided {
                outcome: OutcomeKind::Respond,
                detail: Some("bad-request".to_owned()),
                ..Decided::default()
            }),
            status: 400,
            ..Self::default()
        }
    }

    /// What a client sees of it that asks with `method`: nobody sends bodies to `HEAD`.
    pub(super) fn for_method(mut self, method: &str) -> Self {
        if method == "HEAD" {
            self.body.clear();
        }
        self
    }

    /// What a decision comes to in Envoy, where only `clusters` exist and all of them answer `answer`.
    pub fn of_decision(
        decision: &Decision<'_>,
        request: &Request<'_>,
        clusters: &BTreeSet<String>,
        answer: &Answer,
    ) -> Self {
        let view = DecisionView::new(decision, request);
        let facts = Facts::of_decision(decision);
        let place = Decided {
            domains: decision
                .virtual_host
                .map(|host| host.domains.clone())
                .unwrap_or_default(),
            route_index: route_index(decision),
            listener: decision.route_config.map(|_| listener(request.port)),
            facts,
            ..Decided::default()
        };
        Self::of_view(view, place, clusters, answer)
    }

    fn of_view(view: DecisionView, place: Decided, clusters: &BTreeSet<String>, answer: &Answer) -> Self {
        let exists = view
            .cluster
            .as_ref()
            .is_some_and(|cluster| clusters.contains(cluster));
        let reached = view.status.is_none() && exists;
        let status = match view.status {
            Some(status) => status,
            None if exists => answer.status,
            None => 503,
        };
        let base = if reached {
            answer.headers.clone()
        } else {
            local_headers(&view)
        };
        let body = match (&view.body, &view.abort) {
            (Some(body), _) => body.clone(),
            (None, Some(_)) => ABORT_BODY.to_owned(),
            (None, None) => String::new(),
        };
        Self {
            status,
            location: view.location.clone(),
            body,
            response_headers: applied(base, &view.response_headers),
            upstream: view.upstream.clone().filter(|_| reached),
            cluster: view.cluster.clone(),
            copies: None,
            decided: Some(Decided::of_view(view, exists, place)),
        }
    }
}

impl Decided {
    /// What a view tells, beside what `place` knows already.
    pub(super) fn of_view(view: DecisionView, exists: bool, place: Self) -> Self {
        Self {
            outcome: view.outcome,
            detail: detail(&view, exists).map(str::to_owned),
            route_config: view.route_config,
            virtual_host: view.virtual_host,
            route: view.route,
            destinations: view.destinations,
            timeout_ms: view.timeout_ms,
            retries: view.retries,
            delay_ms: view.delay_ms,
            ..place
        }
    }
}

fn detail(view: &DecisionView, exists: bool) -> Option<&'static str> {
    match view.outcome {
        OutcomeKind::Respond if view.abort.is_some() => Some("fault-abort"),
        OutcomeKind::Respond => Some("direct-response"),
        OutcomeKind::Forward if !exists => Some("no-cluster"),
        _ => None,
    }
}

fn route_index(decision: &Decision<'_>) -> Option<usize> {
    let route = decision.route?;
    let routes = decision.virtual_host?.routes.routes();
    routes
        .iter()
        .position(|candidate| core::ptr::eq(candidate, route))
}

/// All HTTP routes of a port are behind one listener for every address.
/// Source: Istio `buildSidecarOutboundListener`, `buildGatewayListeners`.
pub(super) fn listener(port: u16) -> String {
    format!("0.0.0.0_{port}")
}

/// What Envoy puts into an answer of its own.
fn local_headers(view: &DecisionView) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    if let Some(location) = &view.location {
        headers.push(("location".to_owned(), location.clone()));
    }
    if view.body.is_some() || view.abort.is_some() {
        headers.push(("content-type".to_owned(), "text/plain".to_owned()));
    }
    headers
}

fn applied(headers: Vec<(String, String)>, operations: &[HeaderOperation]) -> Vec<(String, String)> {
    let mut headers: Vec<Header> = headers
        .into_iter()
        .map(|(name, value)| (name, value.into_bytes()))
        .collect();
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
