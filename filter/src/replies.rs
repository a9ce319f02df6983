//! The answers that the filter gives itself.

use mainsheet_core::action::{HeaderMutations, HeaderValue};
use mainsheet_core::decision::{Decision, Outcome};
use mainsheet_core::reply::LocalReply;
use mainsheet_core::request::Request;
use mainsheet_core::settings::{FaultMode, Routes};

use crate::active::Active;

/// Whether the filter gives the answer to a request that goes nowhere, and not Envoy: its router answers 404 to
/// what no route takes, unless there are routes of others, and its fault filter carries out aborts but those whose
/// [body is withheld](LocalReply::withhold_body).
pub(crate) fn is_ours(decision: &Decision<'_>, request: &Request<'_>, active: &Active) -> bool {
    match &decision.outcome {
        Outcome::Redirect(_)
        | Outcome::HttpsRedirect
        | Outcome::Respond(_)
        | Outcome::Blackhole
        | Outcome::Preflight(_) => true,
        Outcome::Forward(forward) => forward.abort.is_some_and(|abort| {
            active.fault == FaultMode::Filter || (abort.rules_out_body() && !request.is_grpc())
        }),
        Outcome::NoRoute => active.routes == Routes::Shared,
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
