//! Parts of an answer in words.

use mainsheet_core::explain::{Hint, RequestEdit, Step, StepKind};
use mainsheet_core::trace::SourceTrace;
use mainsheet_core::view::{AbortView, DecisionView, OutcomeDetail, OutcomeKind};

use super::page::{HINT, Span, plain, span};

/// `path … differs in case only: ask for path …, or write …`.
pub(super) fn hint_line(hint: &Hint) -> Vec<Span> {
    let request = hint.request.as_ref().map(RequestEdit::to_string);
    let rule = hint
        .rule
        .as_ref()
        .map(|rule| format!("write `{rule}` in the rule"));
    let both: Vec<String> = request.into_iter().chain(rule).collect();
    let mut line = vec![plain(hint.why.clone())];
    if !both.is_empty() {
        line.push(span(HINT, format!(": {}", both.join(", or "))));
    }
    line
}

/// When a step happens.
pub(super) fn when(step: &Step) -> String {
    if step.kind == StepKind::Response {
        return String::new();
    }
    match step.until_ms {
        Some(until) if until == step.from_ms => format!("{until} ms"),
        Some(until) => format!("{}–{until} ms", step.from_ms),
        None => format!("from {} ms", step.from_ms),
    }
}

/// `VirtualService default/reviews spec.http[0]`.
pub(super) fn written(source: &SourceTrace) -> String {
    let SourceTrace {
        kind,
        namespace,
        name,
        path,
    } = source;
    format!("{kind} {namespace}/{name} {path}")
}

/// A name in quotes and a space; nothing for none.
pub(super) fn named(name: &str) -> String {
    if name.is_empty() {
        String::new()
    } else {
        format!("{name:?} ")
    }
}

/// The outcome in one line.
pub(super) fn headline(decision: &DecisionView) -> String {
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
        OutcomeKind::NoListener => "the gateway does not listen there".to_owned(),
    }
}
