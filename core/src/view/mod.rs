//! A decision as data that can be shown, compared and sent: the JSON of the command, the page and the tests.

mod connection;
mod facts;
mod upstream;

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use serde::{Deserialize, Serialize};

pub use connection::ConnectionView;
pub use facts::{
    AbortView, CookieView, DelayView, FaultView, FractionOf, HashPolicyView, MirrorView, RetryView,
};
pub use upstream::{Upstream, grpc_timeout};

use crate::action::{ForwardAction, HeaderValue};
use crate::compile::{BLACKHOLE_CLUSTER, BLOCK_ALL, PASSTHROUGH_CLUSTER};
use crate::decision::{Decision, Forward, Outcome, Preflight};
use crate::reply::LocalReply;
use crate::request::Request;
use crate::trace::{SourceTrace, Trace};
use crate::wire::MISSING_CLUSTER_STATUS;

/// The kind of outcome, in the words of the conformance suites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeKind {
    /// To a cluster.
    Forward,
    /// To the address that the client has chosen.
    Passthrough,
    /// The client is sent elsewhere by a rule.
    Redirect,
    /// The client is sent to `https` by the gateway.
    HttpsRedirect,
    /// The proxy answers by itself.
    Respond,
    /// Blocked by `REGISTRY_ONLY`.
    Blackhole,
    /// No virtual host for the authority.
    NoVirtualHost,
    /// No route in the virtual host.
    NoRoute,
    /// A gateway does not listen on the port.
    NoListener,
}

/// What is particular about an outcome, in the words of the conformance suites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeDetail {
    /// A rule's `directResponse`.
    DirectResponse,
    /// A rule's `fault.abort`.
    FaultAbort,
    /// A rule's `corsPolicy`.
    CorsPreflight,
}

/// A destination that can be chosen, and its share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Name of the cluster.
    pub cluster: String,
    /// Its weight, relative to the sum of all.
    pub weight: u64,
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionView {
    /// What happens.
    pub outcome: OutcomeKind,
    /// What is particular about it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<OutcomeDetail>,
    /// Status that the proxy answers with; absent where the upstream answers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<u16>,
    /// Istio's name of the routes of the port.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub route_config: Option<String>,
    /// Istio's name of the virtual host.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub virtual_host: Option<String>,
    /// Name of the route; empty where the rule has none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub route: Option<String>,
    /// Position of the route in its virtual host.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub route_index: Option<usize>,
    /// The rule that decides.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<SourceTrace>,
    /// The cluster that was drawn.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cluster: Option<String>,
    /// Status that the client gets if that cluster does not exist, where it is not 503.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub missing_cluster_status: Option<u16>,
    /// All clusters that could have been.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub destinations: Vec<Share>,
    /// Which of them was drawn.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub chosen: Option<usize>,
    /// The `location` of a redirect.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub location: Option<String>,
    /// The body of a direct response.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body: Option<String>,
    /// The request as the upstream sees it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub upstream: Option<Upstream>,
    /// Header operations on the response: `set`, `add` and `remove` with name and value.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub response_headers: Vec<HeaderOperation>,
    /// Limit of the whole request, in milliseconds; absent is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timeout_ms: Option<u64>,
    /// The retry policy; absent is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retries: Option<RetryView>,
    /// Where copies of the request go.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub mirrors: Vec<MirrorView>,
    /// What keeps requests on one endpoint.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub hash_policies: Vec<HashPolicyView>,
    /// The fault that the rule asks for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fault: Option<FaultView>,
    /// The fault delay that was drawn, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub delay_ms: Option<u64>,
    /// The fault abort that was drawn.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub abort: Option<AbortView>,
}

/// A decision and how it came about.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// What was decided.
    pub decision: DecisionView,
    /// What was looked at.
    pub trace: Trace,
}

/// One header operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HeaderOperation {
    /// Removes every value.
    Remove(String),
    /// Replaces every value.
    Set(String, String),
    /// Appends a value.
    Add(String, String),
}

impl DecisionView {
    /// The view of a decision on `request`.
    pub fn new(decision: &Decision<'_>, request: &Request<'_>) -> Self {
        let mut view = Self::without_outcome(decision);
        if let Some(reply) = decision.local_reply(request) {
            view.add_reply(&reply);
        }
        view.outcome = match &decision.outcome {
            Outcome::Forward(forward) => view.add_forward(forward, request),
            Outcome::Preflight(preflight) => view.add_preflight(preflight),
            Outcome::Respond(_) if view.source.is_none() && view.route.as_deref() == Some(BLOCK_ALL) => {
                OutcomeKind::Blackhole
            }
            Outcome::Respond(_) => {
                view.detail = Some(OutcomeDetail::DirectResponse);
                OutcomeKind::Respond
            }
            Outcome::Passthrough => {
                view.cluster = Some(PASSTHROUGH_CLUSTER.into());
                view.upstream = Some(Upstream::unchanged(request));
                OutcomeKind::Passthrough
            }
            Outcome::Redirect(_) => OutcomeKind::Redirect,
            Outcome::HttpsRedirect => OutcomeKind::HttpsRedirect,
            Outcome::NoVirtualHost => OutcomeKind::NoVirtualHost,
            Outcome::NoRoute => OutcomeKind::NoRoute,
            Outcome::NoListener => OutcomeKind::NoListener,
            Outcome::Blackhole => {
                view.cluster = Some(BLACKHOLE_CLUSTER.into());
                OutcomeKind::Blackhole
            }
        };
        view
    }

    fn without_outcome(decision: &Decision<'_>) -> Self {
        Self {
            outcome: OutcomeKind::NoRoute,
            detail: None,
            status: None,
            route_config: decision.route_config.map(|config| config.name.clone()),
            virtual_host: decision.virtual_host.map(|host| host.name.clone()),
            route: decision.route.map(|route| route.name.clone()),
            route_index: decision.route_index(),
            source: decision
                .route
                .and_then(|route| route.source.as_ref())
                .map(SourceTrace::from),
            cluster: None,
            missing_cluster_status: None,
            destinations: Vec::new(),
            chosen: None,
            location: None,
            body: None,
            upstream: None,
            response_headers: response_operations(decision),
            timeout_ms: None,
            retries: None,
            mirrors: Vec::new(),
            hash_policies: Vec::new(),
            fault: None,
            delay_ms: None,
            abort: None,
        }
    }

    fn add_reply(&mut self, reply: &LocalReply) {
        let mut locations = reply.headers.iter().filter(|(name, _)| name == "location");
        self.status = Some(reply.status);
        self.location = locations.next().map(|(_, value)| text(value));
        self.body = Some(text(&reply.body)).filter(|body| !body.is_empty());
    }

    fn add_forward(&mut self, forward: &Forward<'_>, request: &Request<'_>) -> OutcomeKind {
        self.add_action(forward.action);
        self.cluster = Some(forward.destination.cluster.clone());
        self.missing_cluster_status =
            Some(forward.action.missing_cluster_status).filter(|status| *status != MISSING_CLUSTER_STATUS);
        let mut destinations = forward.action.split.destinations().iter();
        self.chosen = destinations.position(|destination| core::ptr::eq(destination, forward.destination));
        self.timeout_ms = forward.timeout(request).map(milliseconds);
        self.delay_ms = forward.delay.map(milliseconds);
        self.abort = forward.abort.map(AbortView::from);
        if forward.abort.is_some() {
            self.detail = Some(OutcomeDetail::FaultAbort);
            return OutcomeKind::Respond;
        }
        self.upstream = Some(Upstream::of_forward(forward, request));
        if forward.destination.cluster == PASSTHROUGH_CLUSTER {
            OutcomeKind::Passthrough
        } else {
            OutcomeKind::Forward
        }
    }

    fn add_preflight(&mut self, preflight: &Preflight<'_>) -> OutcomeKind {
        self.add_action(preflight.action);
        self.timeout_ms = preflight.action.timeout.map(milliseconds);
        self.delay_ms = preflight.delay.map(milliseconds);
        self.detail = Some(OutcomeDetail::CorsPreflight);
        OutcomeKind::Respond
    }

    /// What the rule says, whatever is drawn.
    fn add_action(&mut self, action: &ForwardAction) {
        self.destinations = shares(action);
        self.retries = RetryView::new(&action.retries);
        self.mirrors = action.mirrors.iter().map(MirrorView::from).collect();
        self.hash_policies = action.hash_policies.iter().map(HashPolicyView::from).collect();
        self.fault = FaultView::new(&action.fault);
    }
}

fn shares(action: &ForwardAction) -> Vec<Share> {
    let destinations = action.split.destinations().iter();
    destinations
        .map(|destination| Share {
            cluster: destination.cluster.clone(),
            weight: destination.weight,
        })
        .collect()
}

fn response_operations(decision: &Decision<'_>) -> Vec<HeaderOperation> {
    let mut operations = Vec::new();
    for mutations in decision.response_headers() {
        operations.extend(mutations.remove().iter().cloned().map(HeaderOperation::Remove));
        for (name, value) in mutations.set() {
            operations.push(HeaderOperation::Set(name.clone(), operation_text(value)));
        }
        for (name, value) in mutations.add() {
            operations.push(HeaderOperation::Add(name.clone(), operation_text(value)));
        }
    }
    operations
}

pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The text, or the format string where it is still one.
fn operation_text(value: &HeaderValue) -> String {
    value.as_text().map_or_else(|| value.written().into(), text)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
