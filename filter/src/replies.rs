//! The answers that the filter gives itself.

use mainsheet_core::action::{Abort, DirectResponse, Redirect, https_location};
use mainsheet_core::decision::Outcome;
use mainsheet_core::request::Request;
use mainsheet_core::table::Route;

use crate::host::Reply;

/// The body of Envoy's own fault aborts.
const ABORT_BODY: &[u8] = b"fault filter abort";

/// The answer to a request that goes nowhere. `None` where Envoy gives the right one by itself: its router
/// answers 404 to what no route takes.
pub(crate) fn of_outcome(outcome: &Outcome<'_>, request: &Request<'_>) -> Option<Reply> {
    match outcome {
        Outcome::Redirect(redirect, route) => Some(redirected(redirect, route, request)),
        Outcome::HttpsRedirect => Some(moved(301, https_location(request))),
        Outcome::Respond(respond) => Some(responded(respond)),
        Outcome::Blackhole => Some(plain(502, "mainsheet_blackhole")),
        Outcome::Forward(_)
        | Outcome::Passthrough
        | Outcome::NoVirtualHost
        | Outcome::NoRoute
        | Outcome::NoListener => None,
    }
}

fn redirected(redirect: &Redirect, route: &Route, request: &Request<'_>) -> Reply {
    moved(redirect.status, redirect.location(&route.matcher.path, request))
}

fn moved(status: u16, location: Vec<u8>) -> Reply {
    Reply {
        headers: vec![("location", location)],
        ..plain(status, "mainsheet_redirect")
    }
}

fn responded(respond: &DirectResponse) -> Reply {
    Reply {
        body: respond.body.clone(),
        ..plain(respond.status, "mainsheet_direct_response")
    }
}

/// An answer when the filter cannot do its work. It never lets a request around the rules.
pub(crate) fn failure() -> Reply {
    plain(500, "mainsheet_failure")
}

/// What Envoy's fault filter would answer.
pub(crate) fn aborted(abort: Abort, grpc: bool) -> Reply {
    let body = ABORT_BODY.to_vec();
    match abort {
        Abort::HttpStatus(status) => Reply {
            body,
            ..plain(status, "fault_filter_abort")
        },
        Abort::GrpcStatus(status) => Reply {
            body,
            grpc_status: grpc.then_some(status),
            ..plain(200, "fault_filter_abort")
        },
    }
}

fn plain(status: u16, details: &'static str) -> Reply {
    Reply {
        status,
        headers: Vec::new(),
        body: Vec::new(),
        grpc_status: None,
        details,
    }
}
