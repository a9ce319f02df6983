//! A decision in a few words, for a line of an access log.

use core::fmt;
use core::time::Duration;

use crate::action::Abort;
use crate::compile::{BLOCK_ALL, PASSTHROUGH_CLUSTER};
use crate::decision::{Decision, Outcome};
use crate::diagnostic::ResourceRef;
use crate::table::{ConnectionDecision, ConnectionOutcome};

/// Which rule has decided, what follows, and what a fault adds:
/// `resource=VirtualService/default/reviews rule=1 outcome=forward delay=2s`. What does not apply is left out.
#[derive(Clone, Copy, Debug)]
pub struct Summary<'a> {
    rule: Option<(&'a ResourceRef, usize)>,
    outcome: &'static str,
    delay: Option<Duration>,
    abort: Option<Abort>,
}

impl<'a> From<&Decision<'a>> for Summary<'a> {
    fn from(decision: &Decision<'a>) -> Self {
        let source = decision.route.and_then(|route| route.source.as_ref());
        let forward = match &decision.outcome {
            Outcome::Forward(forward) => Some(forward),
            _ => None,
        };
        Self {
            rule: source.map(|source| (&source.resource, source.rule)),
            outcome: word(decision),
            delay: decision.delay(),
            abort: forward.and_then(|forward| forward.abort),
        }
    }
}

impl<'a> From<&ConnectionDecision<'a>> for Summary<'a> {
    fn from(decision: &ConnectionDecision<'a>) -> Self {
        let source = decision.rule.and_then(|rule| rule.source.as_ref());
        Self {
            rule: source.map(|source| (&source.resource, source.rule)),
            outcome: match decision.outcome {
                ConnectionOutcome::Forward(_) => "forward",
                ConnectionOutcome::Passthrough => "passthrough",
                ConnectionOutcome::Blackhole => "blackhole",
                ConnectionOutcome::NoListener => "no-listener",
            },
            delay: None,
            abort: None,
        }
    }
}

/// The outcomes of Istio's own routes, which no rule has written, have names of their own.
fn word(decision: &Decision<'_>) -> &'static str {
    let blocked = || {
        decision
            .route
            .is_some_and(|route| route.name == BLOCK_ALL && route.source.is_none())
    };
    match &decision.outcome {
        Outcome::Forward(forward) if forward.abort.is_some() => "fault-abort",
        Outcome::Forward(forward) if forward.destination.cluster == PASSTHROUGH_CLUSTER => "passthrough",
        Outcome::Respond(_) if blocked() => "blackhole",
        Outcome::Forward(_) => "forward",
        Outcome::Preflight(_) => "cors-preflight",
        Outcome::Redirect(_) => "redirect",
        Outcome::Respond(_) => "direct-response",
        Outcome::HttpsRedirect => "https-redirect",
        Outcome::NoVirtualHost => "no-virtual-host",
        Outcome::NoRoute => "no-route",
        Outcome::Passthrough => "passthrough",
        Outcome::Blackhole => "blackhole",
        Outcome::NoListener => "no-listener",
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((resource, rule)) = self.rule {
            let ResourceRef {
                kind,
                namespace,
                name,
            } = resource;
            write!(f, "resource={kind}/{namespace}/{name} rule={rule} ")?;
        }
        write!(f, "outcome={}", self.outcome)?;
        if let Some(delay) = self.delay {
            write!(f, " delay={delay:?}")?;
        }
        match self.abort {
            Some(Abort::HttpStatus(status)) => write!(f, " abort={status}"),
            Some(Abort::GrpcStatus(status)) => write!(f, " abort=grpc:{status}"),
            None => Ok(()),
        }
    }
}
