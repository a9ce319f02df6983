//! The answer, for people and for programs.

use std::collections::BTreeSet;
use std::fmt::Write;

use mainsheet_core::compile::Proxy;
use mainsheet_core::diagnostic::Location;
use mainsheet_core::table::HostPattern;
use mainsheet_core::trace::{RouteTrace, SourceTrace, Trace};
use mainsheet_core::view::{AbortView, DecisionView, HeaderOperation, OutcomeDetail, OutcomeKind};
use mainsheet_core::wire::MISSING_CLUSTER_STATUS;
use mainsheet_core::yaml::Loaded;
use mainsheet_tests::artifact;
use serde_json::json;

use super::Answer;
use crate::error::{Error, Result};
use crate::output::{BAD, BOLD, DIM, GOOD, styled};

/// Everything, as JSON.
pub(super) fn json(answer: &Answer) -> Result<String> {
    let Proxy {
        kind,
        namespace,
        labels,
        ..
    } = &answer.proxy;
    let value = json!({
        "request": {
            "method": answer.request.method(),
            "url": answer.request.url,
            "port": answer.port,
            "headers": answer.request.plain_headers(),
        },
        "proxy": {"kind": kind, "namespace": namespace, "labels": labels},
        "filter": artifact::sha256(),
        "decision": answer.explanation.as_ref().map(|explanation| &explanation.decision),
        "trace": answer.explanation.as_ref().map(|explanation| &explanation.trace),
    });
    serde_json::to_string_pretty(&value).map_err(|error| Error::Failed(error.to_string()))
}

/// Everything, as text.
pub(super) fn text(answer: &Answer, loaded: &Loaded) -> String {
    let mut lines = Lines {
        text: String::new(),
        loaded,
    };
    let question = format!("{} {}", answer.request.method(), answer.request.url);
    let point_of_view = format!("{}, port {}", answer.point_of_view, answer.port);
    lines.add(
        0,
        format!("{}  {}", styled(BOLD, question), styled(DIM, point_of_view)),
    );
    match &answer.explanation {
        None => lines.add(1, "→ 400: Envoy does not take this path, whatever the rules say"),
        Some(explanation) => {
            lines.decision(&explanation.decision, &answer.clusters);
            lines.trace(&explanation.trace);
        }
    }
    lines.text.trim_end().to_owned()
}

struct Lines<'l> {
    text: String,
    loaded: &'l Loaded,
}

impl Lines<'_> {
    fn add(&mut self, indent: usize, line: impl AsRef<str>) {
        let _ = writeln!(self.text, "{}{}", "  ".repeat(indent), line.as_ref());
    }

    fn decision(&mut self, decision: &DecisionView, clusters: &BTreeSet<String>) {
        self.add(1, format!("→ {}", styled(BOLD, headline(decision))));
        let missing = decision
            .cluster
            .iter()
            .filter(|cluster| !clusters.contains(*cluster));
        for cluster in missing.filter(|_| decision.upstream.is_some()) {
            let status = decision.missing_cluster_status.unwrap_or(MISSING_CLUSTER_STATUS);
            let why =
                format!("{status}: no service has the host and port, or no DestinationRule the subset, of");
            self.add(2, format!("{} {cluster}", styled(BAD, &why)));
        }
        if let Some(source) = &decision.source {
            let rule = named(decision.route.as_deref().unwrap_or_default());
            self.add(2, format!("by {rule}{}", self.place(source)));
        }
        if decision.destinations.len() > 1 {
            let total: u64 = decision.destinations.iter().map(|share| share.weight).sum();
            for share in &decision.destinations {
                #[expect(clippy::cast_precision_loss, reason = "a share for people")]
                let percent = share.weight as f64 * 100.0 / total as f64;
                self.add(2, format!("{percent:5.1} %  {}", share.cluster));
            }
        }
        for line in details(decision) {
            self.add(2, line);
        }
    }

    fn trace(&mut self, trace: &Trace) {
        self.add(0, "");
        self.add(1, styled(BOLD, "Why"));
        let Some(virtual_host) = &trace.virtual_host else {
            if trace.route_config.is_some() {
                self.add(2, format!("no virtual host has the domain {:?}", trace.host));
            } else {
                self.add(
                    2,
                    "the port has no HTTP routes: no service of the mesh, or no server of the gateway, speaks HTTP there",
                );
            }
            return;
        };
        let matched = match virtual_host.matched {
            HostPattern::Exact => "is a domain of",
            HostPattern::Wildcard => "is below a wildcard domain of",
            HostPattern::Any => "is left to the domain \"*\" of",
        };
        self.add(
            2,
            format!(
                "host {:?} {matched} virtual host {}",
                trace.host, virtual_host.name
            ),
        );
        for route in &trace.routes {
            self.route(route);
        }
        if trace.routes.iter().all(|route| !route.matched) {
            self.add(2, "no rule is left");
        }
    }

    fn route(&mut self, route: &RouteTrace) {
        let place = route
            .source
            .as_ref()
            .map(|source| self.place(source))
            .unwrap_or_default();
        self.add(
            2,
            format!("{} {}{place}", mark(route.matched), named(&route.name)),
        );
        for condition in &route.conditions {
            let seen = match &condition.seen {
                Some(seen) => format!("{seen:?}"),
                None => "nothing".to_owned(),
            };
            let (field, expected) = (&condition.field, &condition.expected);
            let line = if condition.matched {
                format!("{field} {expected}")
            } else {
                format!("{field} {expected}, but there is {}", styled(BAD, seen))
            };
            self.add(3, format!("{} {line}", mark(condition.matched)));
        }
    }

    /// `VirtualService default/reviews spec.http[0]  file:line:column`.
    fn place(&self, source: &SourceTrace) -> String {
        let SourceTrace {
            kind,
            namespace,
            name,
            path,
        } = source;
        let location = self
            .location(source)
            .map(|location| format!("  {location}"))
            .unwrap_or_default();
        styled(DIM, format!("{kind} {namespace}/{name} {path}{location}"))
    }

    fn location(&self, source: &SourceTrace) -> Option<Location> {
        let mut objects = self.loaded.bundle.virtual_services.iter();
        let object = objects.find(|object| {
            object.metadata.namespace == source.namespace && object.metadata.name == source.name
        })?;
        self.loaded.sources.locate(object.document, &source.path)
    }
}

fn mark(matched: bool) -> String {
    if matched {
        styled(GOOD, "✓")
    } else {
        styled(BAD, "✗")
    }
}

fn named(name: &str) -> String {
    if name.is_empty() {
        String::new()
    } else {
        format!("{name:?} ")
    }
}

fn headline(decision: &DecisionView) -> String {
    let status = decision.status.unwrap_or_default();
    let cluster = decision.cluster.as_deref().unwrap_or_default();
    match decision.outcome {
        OutcomeKind::Forward => cluster.to_owned(),
        OutcomeKind::Passthrough => format!("{cluster}: where the client wanted, by no rule"),
        OutcomeKind::Redirect | OutcomeKind::HttpsRedirect => {
            format!("{status} to {}", decision.location.as_deref().unwrap_or_default())
        }
        OutcomeKind::Respond => match decision.abort {
            Some(AbortView::GrpcStatus(grpc)) => {
                format!("aborted with gRPC status {grpc}, in place of {cluster}")
            }
            Some(AbortView::HttpStatus(_)) => format!("aborted with {status}, in place of {cluster}"),
            None if decision.detail == Some(OutcomeDetail::CorsPreflight) => {
                format!("{status}: a CORS preflight, answered by the proxy")
            }
            None => format!("{status}, answered by the proxy"),
        },
        OutcomeKind::Blackhole => format!("{status}: the host is not in the registry"),
        OutcomeKind::NoVirtualHost => format!("{status}: no virtual host"),
        OutcomeKind::NoRoute => format!("{status}: no rule matches"),
        OutcomeKind::NoListener => format!("{status}: the gateway does not listen there"),
    }
}

fn details(decision: &DecisionView) -> Vec<String> {
    let mut details = Vec::new();
    if let Some(delay) = decision.delay_ms {
        details.push(format!("after a delay of {delay} ms"));
    }
    if let Some(upstream) = &decision.upstream {
        details.push(format!(
            "the upstream sees {} {} at {}",
            upstream.method, upstream.path, upstream.authority
        ));
    }
    if let Some(body) = &decision.body {
        details.push(format!("body {body:?}"));
    }
    if let Some(timeout) = decision.timeout_ms {
        details.push(format!("timeout {timeout} ms"));
    }
    if let Some(retries) = &decision.retries {
        let each = retries
            .per_try_timeout_ms
            .map(|limit| format!(", {limit} ms each"))
            .unwrap_or_default();
        details.push(format!(
            "{} retries on {}{each}",
            retries.attempts, retries.retry_on
        ));
    }
    details.extend(
        decision
            .mirrors
            .iter()
            .map(|mirror| format!("a copy of {} % goes to {}", mirror.percent, mirror.cluster)),
    );
    details.extend(decision.response_headers.iter().map(|operation| match operation {
        HeaderOperation::Remove(name) => format!("response: remove {name}"),
        HeaderOperation::Set(name, value) => format!("response: set {name}: {value}"),
        HeaderOperation::Add(name, value) => format!("response: add {name}: {value}"),
    }));
    details
}
