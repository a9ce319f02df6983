//! What happens to a request after the decision, and when.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::view::{AbortView, DecisionView, HeaderOperation, OutcomeDetail, OutcomeKind, RetryView};
use crate::wire::MISSING_CLUSTER_STATUS;

/// One thing that happens. Times count from the arrival of the request, in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What kind of thing.
    pub kind: StepKind,
    /// When it begins at the earliest.
    pub from_ms: u64,
    /// When it begins at the latest; `null` where nothing limits what comes before.
    pub until_ms: Option<u64>,
    /// In words.
    pub text: String,
}

/// Kinds of things that happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// The rule's fault holds the request back.
    Delay,
    /// The proxy answers.
    Answer,
    /// A copy is sent.
    Mirror,
    /// The request is sent.
    Try,
    /// What makes the proxy try again.
    Retry,
    /// The proxy waits before the next try.
    BackOff,
    /// Time is up.
    Timeout,
    /// What is done to the answer.
    Response,
}

/// Envoy's base interval between tries.
const BACK_OFF_MS: u64 = 25;
/// How many retries are told one by one.
const TOLD: u32 = 3;

/// What happens; `exists` says whether there is a cluster of the name.
pub fn timeline(decision: &DecisionView, exists: bool) -> Vec<Step> {
    let delay = decision.delay_ms.unwrap_or_default();
    let mut steps = Steps {
        steps: Vec::new(),
        from: delay,
        until: Some(delay),
    };
    steps.delay(decision);
    match decision.outcome {
        OutcomeKind::Forward if exists => steps.forward(decision),
        OutcomeKind::Passthrough => steps.forward(decision),
        OutcomeKind::Forward => {
            let status = decision.missing_cluster_status.unwrap_or(MISSING_CLUSTER_STATUS);
            let cluster = decision.cluster.as_deref().unwrap_or_default();
            steps.now(
                StepKind::Answer,
                format!("the proxy answers {status}, as there is no cluster {cluster}"),
            );
        }
        _ => steps.now(StepKind::Answer, answer(decision)),
    }
    steps.response(decision);
    steps.steps
}

fn answer(decision: &DecisionView) -> String {
    let status = decision.status.unwrap_or_default();
    match (decision.outcome, decision.abort.as_ref(), decision.detail) {
        (OutcomeKind::Redirect | OutcomeKind::HttpsRedirect, _, _) => {
            format!(
                "the proxy answers {status} with location {}",
                decision.location.as_deref().unwrap_or_default()
            )
        }
        (_, Some(AbortView::GrpcStatus(code)), _) => format!("the rule's fault answers gRPC status {code}"),
        (_, Some(AbortView::HttpStatus(status)), _) => format!("the rule's fault answers {status}"),
        (_, None, Some(OutcomeDetail::CorsPreflight)) => {
            format!("the proxy answers the CORS preflight with {status}")
        }
        (OutcomeKind::NoListener, _, _) => "the connection is refused: nobody listens".into(),
        _ => format!("the proxy answers {status}"),
    }
}

/// What is retried: conditions, and status codes.
fn conditions(retries: &RetryView) -> String {
    let codes = retries.retriable_status_codes.iter().map(ToString::to_string);
    let names = retries.retry_on.split(',').map(ToString::to_string);
    let all: Vec<String> = names.chain(codes).collect();
    all.join(", ")
}

struct Steps {
    steps: Vec<Step>,
    /// When the next thing begins at the earliest.
    from: u64,
    /// And at the latest; `None` where nothing limits it.
    until: Option<u64>,
}

impl Steps {
    fn now(&mut self, kind: StepKind, text: String) {
        self.steps.push(Step {
            kind,
            from_ms: self.from,
            until_ms: self.until,
            text,
        });
    }

    fn delay(&mut self, decision: &DecisionView) {
        let asked = decision.fault.as_ref().and_then(|fault| fault.delay.as_ref());
        let text = match (decision.delay_ms, asked) {
            (Some(delay), asked) => {
                let share = asked
                    .map(|asked| format!(", as {} % of the requests", asked.percent))
                    .unwrap_or_default();
                format!("the rule's fault holds the request back for {delay} ms{share}")
            }
            (None, Some(asked)) => {
                format!(
                    "no delay was drawn: {} % of the requests wait {} ms",
                    asked.percent, asked.fixed_ms
                )
            }
            (None, None) => return,
        };
        self.steps.push(Step {
            kind: StepKind::Delay,
            from_ms: 0,
            until_ms: Some(0),
            text,
        });
    }

    fn forward(&mut self, decision: &DecisionView) {
        let cluster = decision.cluster.as_deref().unwrap_or_default();
        let limit = decision.timeout_ms;
        let retries = decision.retries.as_ref().filter(|retries| retries.attempts > 0);
        let each = retries.and_then(|retries| retries.per_try_timeout_ms);
        let each = each.filter(|each| limit.is_none_or(|limit| *each < limit));
        let start = self.from;
        let within = each
            .map(|each| format!(", {each} ms at most"))
            .unwrap_or_default();
        self.now(StepKind::Try, format!("the request goes to {cluster}{within}"));
        for mirror in &decision.mirrors {
            self.now(
                StepKind::Mirror,
                format!(
                    "a copy of {} % of the requests goes to {}",
                    mirror.percent, mirror.cluster
                ),
            );
        }
        if let Some(retries) = retries {
            self.now(
                StepKind::Retry,
                format!("{} retries on {}", retries.attempts, conditions(retries)),
            );
            self.retries(retries, each, limit.map(|limit| start + limit));
        }
        if let Some(limit) = limit {
            let text = format!(
                "504, unless an answer has begun: the timeout of {limit} ms counts all tries, no fault delay"
            );
            let at = start + limit;
            self.steps.push(Step {
                kind: StepKind::Timeout,
                from_ms: at,
                until_ms: Some(at),
                text,
            });
        }
    }

    /// Source: Envoy `JitteredExponentialBackOffStrategy`: any time below an interval that doubles up to ten times the base.
    fn retries(&mut self, retries: &RetryView, each: Option<u64>, end: Option<u64>) {
        let base = retries.backoff_ms.unwrap_or(BACK_OFF_MS).max(1);
        let most = base.saturating_mul(10);
        let mut interval = base;
        for number in 1..=retries.attempts.min(TOLD) {
            self.until = self
                .until
                .zip(each)
                .map(|(until, each)| until.saturating_add(each));
            self.clamp(end);
            let last = interval - 1;
            self.now(
                StepKind::BackOff,
                format!("if that fails, a pause of 0 to {last} ms"),
            );
            self.until = self.until.map(|until| until.saturating_add(last));
            self.clamp(end);
            self.now(StepKind::Try, format!("retry {number}"));
            interval = if interval < most / 2 {
                interval.saturating_mul(2)
            } else {
                most
            };
        }
        if retries.attempts > TOLD {
            let text = format!(
                "and so on to retry {}, with pauses below {most} ms",
                retries.attempts
            );
            self.now(StepKind::Try, text);
        }
    }

    /// Nothing begins after the end.
    fn clamp(&mut self, end: Option<u64>) {
        self.until = match (self.until, end) {
            (Some(until), Some(end)) => Some(until.min(end)),
            (until, end) => until.or(end),
        };
    }

    fn response(&mut self, decision: &DecisionView) {
        let from_ms = self.steps.last().map_or(0, |step| step.from_ms);
        for operation in &decision.response_headers {
            let text = match operation {
                HeaderOperation::Remove(name) => format!("the client gets no header {name}"),
                HeaderOperation::Set(name, value) => format!("the client gets header {name}: {value}"),
                HeaderOperation::Add(name, value) => format!("the client also gets header {name}: {value}"),
            };
            self.steps.push(Step {
                kind: StepKind::Response,
                from_ms,
                until_ms: None,
                text,
            });
        }
    }
}
