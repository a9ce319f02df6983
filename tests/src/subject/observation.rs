//! What has become of a request, as far as a subject can see.

use std::collections::BTreeSet;

use mainsheet_core::compile::PASSTHROUGH_CLUSTER;
use mainsheet_core::decision::Decision;
use mainsheet_core::reply::{Response, Upstream as Answers};
use mainsheet_core::request::{Header, Request};
use mainsheet_core::view::{
    DecisionView, Explanation, OutcomeDetail, OutcomeKind, RetryView, Share, Upstream,
};

use super::{Answer, Facts};

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
    /// All that the subject tells of its decision.
    pub view: Option<DecisionView>,
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
            view: None,
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

    /// What a client sees of it that asks with `method`: neither `HEAD` nor these statuses have bodies.
    pub(crate) fn for_method(mut self, method: &str) -> Self {
        if method == "HEAD" || matches!(self.status, 204 | 304) {
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
        let is_there = |cluster: &String| cluster == PASSTHROUGH_CLUSTER || clusters.contains(cluster);
        let exists = view.cluster.as_ref().is_some_and(is_there);
        let upstream = if exists {
            Answers::Answers(answer.into())
        } else {
            Answers::Missing
        };
        let response = decision.client_response(request, upstream);
        let reached = view.status.is_none() && exists;
        let location = response.headers.iter().find(|(name, _)| name == "location");
        let sent = view.upstream.clone().filter(|_| view.status.is_none());
        let place = Decided {
            domains: decision
                .virtual_host
                .map(|host| host.domains.clone())
                .unwrap_or_default(),
            listener: decision.route_config.map(|_| listener(request.port)),
            ..Decided::default()
        };
        Self {
            status: response.status,
            location: location.map(|(_, value)| String::from_utf8_lossy(value).into_owned()),
            body: if reached {
                String::new()
            } else {
                String::from_utf8_lossy(&response.body).into_owned()
            },
            response_headers: texts(&response.headers),
            upstream: view.upstream.clone().filter(|_| reached),
            cluster: view.cluster.clone(),
            copies: Some(copies(&view, sent.as_ref().filter(|_| exists), clusters)),
            decided: Some(Decided::of_view(view, exists, place)),
        }
    }
}

/// The copies that arrive: those that are certain, of a request that is sent itself, where someone is.
pub(super) fn copies(
    view: &DecisionView,
    sent: Option<&Upstream>,
    clusters: &BTreeSet<String>,
) -> Vec<(String, Upstream)> {
    let arriving = view
        .mirrors
        .iter()
        .filter(|mirror| mirror.percent >= 100.0 && clusters.contains(&mirror.cluster));
    arriving
        .filter_map(|mirror| Some((mirror.cluster.clone(), sent.cloned()?)))
        .collect()
}

impl From<&Answer> for Response {
    fn from(answer: &Answer) -> Self {
        Self {
            status: answer.status,
            headers: answer
                .headers
                .iter()
                .map(|(name, value)| (name.to_ascii_lowercase(), value.clone().into_bytes()))
                .collect(),
            body: Vec::new(),
        }
    }
}

impl Decided {
    /// What a view tells, beside what `place` knows already.
    pub(super) fn of_view(view: DecisionView, exists: bool, place: Self) -> Self {
        Self {
            facts: Facts::of_view(&view),
            view: Some(view.clone()),
            outcome: view.outcome,
            detail: detail(&view, exists).map(str::to_owned),
            route_config: view.route_config,
            virtual_host: view.virtual_host,
            route: view.route,
            route_index: view.route_index,
            destinations: view.destinations,
            timeout_ms: view.timeout_ms,
            retries: view.retries,
            delay_ms: view.delay_ms,
            ..place
        }
    }
}

impl Decided {
    /// What the filter says of its decision.
    pub(super) fn of_explanation(explanation: Explanation, port: u16, exists: bool) -> Self {
        let trace = explanation.trace;
        let route_index = trace.routes.iter().position(|route| route.matched);
        let place = Self {
            domains: trace.virtual_host.map(|host| host.domains).unwrap_or_default(),
            listener: trace.route_config.map(|_| listener(port)),
            route_index,
            ..Self::default()
        };
        Self::of_view(explanation.decision, exists, place)
    }
}

fn detail(view: &DecisionView, exists: bool) -> Option<&'static str> {
    match view.detail {
        Some(OutcomeDetail::DirectResponse) => Some("direct-response"),
        Some(OutcomeDetail::FaultAbort) => Some("fault-abort"),
        Some(OutcomeDetail::CorsPreflight) => Some("cors-preflight"),
        None if view.outcome == OutcomeKind::Forward && !exists => Some("no-cluster"),
        None => None,
    }
}

/// All HTTP routes of a port are behind one listener for every address.
/// Source: Istio `buildSidecarOutboundListener`, `buildGatewayListeners`.
pub(super) fn listener(port: u16) -> String {
    format!("0.0.0.0_{port}")
}

/// Headers as text, as far as they are.
pub(super) fn texts(headers: &[Header]) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            (
                name.clone(),
                String::from_utf8_lossy(value.trim_ascii()).into_owned(),
            )
        })
        .collect()
}
