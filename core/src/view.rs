//! A decision as data that can be shown, compared and sent: the JSON of the command, the page and the tests.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::action::{Abort, ForwardAction, Redirect, Retries, RetryPolicy, https_location};
use crate::compile::PASSTHROUGH_CLUSTER;
use crate::decision::{Decision, Forward, Outcome};
use crate::request::{Header, Request};
use crate::table::Route;
use crate::trace::{SourceTrace, Trace};
use crate::wire::{MISSING_CLUSTER_STATUS, is_reserved};

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

/// A destination that can be chosen, and its share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Name of the cluster.
    pub cluster: String,
    /// Its weight, relative to the sum of all.
    pub weight: u64,
}

/// The request as the upstream sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    /// `:method`.
    pub method: String,
    /// `:authority`.
    pub authority: String,
    /// `:path` with its query.
    pub path: String,
    /// Every other header, in order.
    pub headers: Vec<(String, String)>,
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionView {
    /// What happens.
    pub outcome: OutcomeKind,
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

/// A retry policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetryView {
    /// Retries after the first try.
    pub attempts: u32,
    /// Envoy's `retry_on`.
    pub retry_on: String,
    /// Further status codes to retry.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub retriable_status_codes: Vec<u16>,
    /// Limit of each try, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub per_try_timeout_ms: Option<u64>,
}

/// A fault abort.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AbortView {
    /// With an HTTP status.
    HttpStatus(u16),
    /// With a gRPC status.
    GrpcStatus(u8),
}

impl DecisionView {
    /// The view of a decision on `request`.
    pub fn new(decision: &Decision<'_>, request: &Request<'_>) -> Self {
        let mut view = Self::without_outcome(decision);
        match decision.outcome {
            Outcome::Forward(forward) => view.add_forward(&forward, request),
            Outcome::Redirect(redirect, route) => view.add_redirect(redirect, route, request),
            Outcome::HttpsRedirect => {
                view.answer(OutcomeKind::HttpsRedirect, 301);
                view.location = Some(text(&https_location(request)));
            }
            Outcome::Respond(respond) => {
                // A route that no rule wrote and that answers by itself is the one that blocks hosts.
                let blocked = view.source.is_none();
                view.outcome = if blocked {
                    OutcomeKind::Blackhole
                } else {
                    OutcomeKind::Respond
                };
                view.status = Some(respond.status);
                view.body = Some(text(&respond.body)).filter(|body| !body.is_empty());
            }
            Outcome::NoVirtualHost => view.answer(OutcomeKind::NoVirtualHost, 404),
            Outcome::NoRoute => view.answer(OutcomeKind::NoRoute, 404),
            Outcome::NoListener => view.answer(OutcomeKind::NoListener, 404),
            Outcome::Blackhole => view.answer(OutcomeKind::Blackhole, 502),
            Outcome::Passthrough => {
                view.outcome = OutcomeKind::Passthrough;
                view.cluster = Some(PASSTHROUGH_CLUSTER.into());
            }
        }
        view
    }

    fn without_outcome(decision: &Decision<'_>) -> Self {
        Self {
            outcome: OutcomeKind::NoRoute,
            status: None,
            route_config: decision.route_config.map(|config| config.name.clone()),
            virtual_host: decision.virtual_host.map(|host| host.name.clone()),
            route: decision.route.map(|route| route.name.clone()),
            source: decision
                .route
                .and_then(|route| route.source.as_ref())
                .map(SourceTrace::from),
            cluster: None,
            missing_cluster_status: None,
            destinations: Vec::new(),
            location: None,
            body: None,
            upstream: None,
            response_headers: response_operations(decision),
            timeout_ms: None,
            retries: None,
            delay_ms: None,
            abort: None,
        }
    }

    fn answer(&mut self, outcome: OutcomeKind, status: u16) {
        self.outcome = outcome;
        self.status = Some(status);
    }

    fn add_redirect(&mut self, redirect: &Redirect, route: &Route, request: &Request<'_>) {
        self.answer(OutcomeKind::Redirect, redirect.status);
        self.location = Some(text(&redirect.location(&route.matcher.path, request)));
    }

    fn add_forward(&mut self, forward: &Forward<'_>, request: &Request<'_>) {
        let passthrough = forward.destination.cluster == PASSTHROUGH_CLUSTER;
        self.outcome = if passthrough {
            OutcomeKind::Passthrough
        } else {
            OutcomeKind::Forward
        };
        self.cluster = Some(forward.destination.cluster.clone());
        self.missing_cluster_status =
            Some(forward.action.missing_cluster_status).filter(|status| *status != MISSING_CLUSTER_STATUS);
        self.destinations = shares(forward.action);
        self.upstream = Some(upstream(forward, request));
        self.timeout_ms = forward.timeout(request).map(milliseconds);
        self.retries = retries(&forward.action.retries);
        self.delay_ms = forward.delay.map(milliseconds);
        if let Some(abort) = forward.abort {
            self.outcome = OutcomeKind::Respond;
            self.upstream = None;
            (self.status, self.abort) = match abort {
                Abort::HttpStatus(status) => (Some(status), Some(AbortView::HttpStatus(status))),
                Abort::GrpcStatus(status) => (Some(200), Some(AbortView::GrpcStatus(status))),
            };
        }
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

fn upstream(forward: &Forward<'_>, request: &Request<'_>) -> Upstream {
    let sent = request.headers().iter().filter(|(name, _)| !is_reserved(name));
    let mut headers: Vec<Header> = sent.cloned().collect();
    forward.apply_request(request, &mut headers);
    let find = |name: &str| {
        headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| text(value))
            .unwrap_or_default()
    };
    Upstream {
        method: find(":method"),
        authority: find(":authority"),
        path: find(":path"),
        headers: headers
            .iter()
            .filter(|(name, _)| !name.starts_with(':'))
            .map(|(name, value)| (name.clone(), text(value)))
            .collect(),
    }
}

fn response_operations(decision: &Decision<'_>) -> Vec<HeaderOperation> {
    let mut operations = Vec::new();
    for mutations in decision.response_headers() {
        operations.extend(mutations.remove.iter().cloned().map(HeaderOperation::Remove));
        for (name, value) in &mutations.set {
            operations.push(HeaderOperation::Set(name.clone(), text(value.as_bytes())));
        }
        for (name, value) in &mutations.add {
            operations.push(HeaderOperation::Add(name.clone(), text(value.as_bytes())));
        }
    }
    operations
}

fn retries(retries: &Retries) -> Option<RetryView> {
    let policy = match retries {
        Retries::Disabled => return None,
        Retries::Default => RetryPolicy::istio_default(),
        Retries::Policy(policy) => policy.clone(),
    };
    Some(RetryView {
        attempts: policy.attempts,
        retry_on: policy.retry_on,
        retriable_status_codes: policy.retriable_status_codes,
        per_try_timeout_ms: policy.per_try_timeout.map(milliseconds),
    })
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
