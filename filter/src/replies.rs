//! The answers that the filter gives itself.

use mainsheet_core::action::{HeaderMutations, HeaderValue};
use mainsheet_core::decision::{Decision, Outcome};
use mainsheet_core::reply::LocalReply;
use mainsheet_core::settings::{FaultMode, Routes};

/// Whether the filter gives the answer to a request that goes nowhere, and not Envoy: its router answers 404 to
/// what no route takes, unless there are routes of others, and its fault filter carries out aborts.
pub(crate) fn is_ours(decision: &Decision<'_>, fault: FaultMode, routes: Routes) -> bool {
    match &decision.outcome {
        Outcome::Redirect(_)
        | Outcome::HttpsRedirect
        | Outcome::Respond(_)
        | Outcome::Blackhole
        | Outcome::Preflight(_) => true,
        Outcome::Forward(_) => fault == FaultMode::Filter,
        Outcome::NoRoute => routes == Routes::Shared,
        Outcome::Passthrough | Outcome::NoVirtualHost | Outcome::NoListener => false,
    }
}

/// Names the type of a body that is [withheld](LocalReply::withhold_body): Envoy leaves it out without one.
pub(crate) fn content_type(value: &[u8]) -> HeaderMutations {
    let set = vec![("content-type".to_owned(), HeaderValue::text(value))];
    HeaderMutations::new(Vec::new(), set, Vec::new())
}

/// An answer when the filter cannot do its work. It never lets a request around the rules.
pub(crate) fn failure() -> LocalReply {
    LocalReply {
        status: 500,
        details: "mainsheet_failure",
        ..LocalReply::default()
    }
}
