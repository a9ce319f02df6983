//! The answers that the filter gives itself.

use mainsheet_core::decision::{Decision, Outcome};
use mainsheet_core::reply::LocalReply;
use mainsheet_core::request::Request;

/// The answer to a request that goes nowhere. `None` where Envoy gives the right one by itself: its router
/// answers 404 to what no route takes, and its fault filter carries out aborts.
pub(crate) fn of_decision(decision: &Decision<'_>, request: &Request<'_>) -> Option<LocalReply> {
    match &decision.outcome {
        Outcome::Redirect(_)
        | Outcome::HttpsRedirect
        | Outcome::Respond(_)
        | Outcome::Blackhole
        | Outcome::Preflight(_) => decision.local_reply(request),
        Outcome::Forward(_)
        | Outcome::Passthrough
        | Outcome::NoVirtualHost
        | Outcome::NoRoute
        | Outcome::NoListener => None,
    }
}

/// An answer when the filter cannot do its work. It never lets a request around the rules.
pub(crate) fn failure() -> LocalReply {
    LocalReply {
        status: 500,
        details: "mainsheet_failure",
        ..LocalReply::default()
    }
}
