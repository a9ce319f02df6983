//! What the client gets: the proxy's own answers, and the upstream's as rules change them.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::action::{
    Abort, DirectResponse, HashCookie, HashPolicy, HeaderMap, ReadHeaders, Redirect, https_location,
};
use crate::decision::{Decision, Forward, Outcome, Preflight};
use crate::request::{Header, Request};
use crate::table::Route;
use crate::wire::MISSING_CLUSTER_STATUS;

/// The body of Envoy's fault aborts.
pub const ABORT_BODY: &str = "fault filter abort";

/// An answer that the proxy gives itself, as it is handed to Envoy's `sendLocalReply`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalReply {
    /// HTTP status.
    pub status: u16,
    /// Headers beside those that Envoy adds.
    pub headers: Vec<Header>,
    /// Body; empty for none.
    pub body: Vec<u8>,
    /// For a gRPC client, where the status does not say it all.
    pub grpc_status: Option<u8>,
    /// Why, for access logs.
    pub details: &'static str,
}

/// A response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers, lower-case.
    pub headers: Vec<Header>,
    /// Body.
    pub body: Vec<u8>,
}

/// What stands where a request was sent to.
#[derive(Clone, Debug)]
pub enum Upstream {
    /// It answers.
    Answers(Response),
    /// There is no such cluster.
    Missing,
}

impl LocalReply {
    fn new(status: u16, details: &'static str) -> Self {
        Self {
            status,
            details,
            ..Self::default()
        }
    }

    fn moved(status: u16, location: Vec<u8>, details: &'static str) -> Self {
        Self {
            headers: Vec::from([("location".into(), location)]),
            ..Self::new(status, details)
        }
    }

    fn redirect(redirect: &Redirect, route: Option<&Route>, request: &Request<'_>) -> Self {
        let matched = route.map(|route| &route.matcher.path);
        Self::moved(
            redirect.status,
            redirect.location(request, matched),
            "mainsheet_redirect",
        )
    }

    /// Envoy adds where the request was for to answers that point somewhere.
    /// Source: Envoy `Router::Filter::decodeHeaders` on direct responses.
    fn direct(respond: &DirectResponse, request: &Request<'_>) -> Self {
        let here = Redirect::default().location(request, None);
        let points = respond.status == 201 || (300..400).contains(&respond.status);
        Self {
            headers: if points {
                Vec::from([("location".into(), here)])
            } else {
                Vec::new()
            },
            body: respond.body.clone(),
            ..Self::new(respond.status, "mainsheet_direct_response")
        }
    }

    /// What Envoy's fault filter answers.
    pub fn abort(abort: Abort) -> Self {
        let (status, grpc_status) = match abort {
            Abort::HttpStatus(status) => (status, None),
            Abort::GrpcStatus(status) => (200, Some(status)),
        };
        Self {
            body: ABORT_BODY.into(),
            grpc_status,
            ..Self::new(status, "fault_filter_abort")
        }
    }

    /// What Envoy's CORS filter answers.
    pub fn preflight(preflight: &Preflight<'_>, request: &Request<'_>) -> Self {
        Self {
            headers: preflight.policy.preflight_headers(request, preflight.allowed),
            ..Self::new(200, "mainsheet_cors_preflight")
        }
    }

    /// Takes away a body that the status rules out, and gives the content type that Envoy names all the same.
    /// Envoy would write such a body behind its HTTP/1.1 answer, where clients take it for the next one.
    pub fn withhold_body(&mut self, request: &Request<'_>) -> Option<Vec<u8>> {
        if self.body.is_empty() || !has_no_body(self.status) || request.is_grpc() {
            return None;
        }
        self.body.clear();
        let named = self.headers.value("content-type");
        Some(named.map_or_else(|| b"text/plain".to_vec(), Cow::into_owned))
    }

    /// The answer as the client gets it. A gRPC client gets its status in headers alone.
    /// Source: Envoy `Utility::prepareLocalReply`.
    fn sent(self, request: &Request<'_>) -> Response {
        let mut headers = self.headers;
        let head = request.method == b"HEAD";
        if request.is_grpc() {
            headers.set("content-type", b"application/grpc");
            if headers
                .value("grpc-status")
                .is_none_or(|status| status.is_empty())
            {
                let status = self.grpc_status.unwrap_or_else(|| grpc_status(self.status));
                headers.set("grpc-status", format!("{status}").as_bytes());
            }
            if !self.body.is_empty() && !head {
                headers.set("grpc-message", &percent_encoded(&self.body));
            }
            return Response {
                status: 200,
                headers,
                body: Vec::new(),
            };
        }
        if self.body.is_empty() {
            HeaderMap::remove(&mut headers, "content-type");
        } else if headers.value("content-type").is_none() {
            headers.set("content-type", b"text/plain");
        }
        Response {
            status: self.status,
            headers,
            body: if head || has_no_body(self.status) {
                Vec::new()
            } else {
                self.body
            },
        }
    }
}

/// Whether answers with this status end with their headers. Source: RFC 9110, sections 15.3.5 and 15.4.5.
pub(crate) fn has_no_body(status: u16) -> bool {
    matches!(status, 204 | 304)
}

impl Decision<'_> {
    /// The answer that the proxy gives itself, its headers changed as the rule says; `None` where the request
    /// goes on.
    pub fn local_reply(&self, request: &Request<'_>) -> Option<LocalReply> {
        let mut reply = match &self.outcome {
            Outcome::Forward(forward) => LocalReply::abort(forward.abort?),
            Outcome::Preflight(preflight) => LocalReply::preflight(preflight, request),
            Outcome::Redirect(redirect) => LocalReply::redirect(redirect, self.route, request),
            Outcome::Respond(respond) => LocalReply::direct(respond, request),
            Outcome::HttpsRedirect => {
                LocalReply::moved(301, https_location(request), "mainsheet_https_redirect")
            }
            Outcome::NoVirtualHost | Outcome::NoRoute | Outcome::NoListener => {
                LocalReply::new(404, "route_not_found")
            }
            Outcome::Blackhole => LocalReply::new(502, "mainsheet_blackhole"),
            Outcome::Passthrough => return None,
        };
        for mutations in self.response_headers() {
            mutations
                .with_request(request.headers(), request.attributes())
                .apply_response(&mut reply.headers, 0);
        }
        Some(reply)
    }

    /// What the client gets in the end.
    pub fn client_response(&self, request: &Request<'_>, upstream: Upstream) -> Response {
        if let Some(reply) = self.local_reply(request) {
            return reply.sent(request);
        }
        let mut sent: Vec<Header> = request.headers().to_vec();
        if let Outcome::Forward(forward) = &self.outcome {
            forward.apply_request(request, &mut sent);
        }
        let mutations = self.response_mutations(request, &sent);
        let change = |headers: &mut Vec<Header>, status: u16| {
            mutations
                .iter()
                .for_each(|mutations| mutations.apply_response(headers, status));
        };
        match upstream {
            Upstream::Missing => {
                let status = match &self.outcome {
                    Outcome::Forward(forward) => forward.action.missing_cluster_status,
                    _ => MISSING_CLUSTER_STATUS,
                };
                let mut reply = LocalReply::new(status, "cluster_not_found");
                change(&mut reply.headers, 0);
                reply.sent(request)
            }
            Upstream::Answers(mut response) => {
                if let Outcome::Forward(forward) = &self.outcome {
                    give_cookies(forward, request, &mut response.headers);
                }
                change(&mut response.headers, response.status);
                response
            }
        }
    }
}

/// Cookies that clusters hash by are given to clients that have none.
fn give_cookies(forward: &Forward<'_>, request: &Request<'_>, headers: &mut Vec<Header>) {
    if forward.destination.hashes {
        for cookie in cookies_to_give(&forward.action.hash_policies, request) {
            headers.add("set-cookie", cookie.as_bytes());
        }
    }
}

/// The cookies that a cluster which hashes gives to a client that has none.
/// Source: Envoy `Http::HashPolicyImpl`, `Router::Filter::onUpstreamHeaders`.
pub fn cookies_to_give<'p>(
    policies: &'p [HashPolicy],
    request: &'p Request<'_>,
) -> impl Iterator<Item = String> + use<'p> {
    policies.iter().filter_map(|policy| match policy {
        HashPolicy::Cookie(cookie) if !has_cookie(request, &cookie.name) => set_cookie(cookie),
        _ => None,
    })
}

fn has_cookie(request: &Request<'_>, name: &str) -> bool {
    let mut pairs = request
        .header_values("cookie")
        .flat_map(|value| value.split(|byte| *byte == b';'));
    pairs.any(|pair| {
        let pair = pair.trim_ascii_start();
        pair.strip_prefix(name.as_bytes())
            .is_some_and(|rest| rest.first() == Some(&b'='))
    })
}

/// The text of a cookie whose value Envoy makes up. Source: Envoy `Utility::makeSetCookieValue`.
fn set_cookie(cookie: &HashCookie) -> Option<String> {
    let ttl = cookie.ttl?;
    let mut text = format!("{}=\"<generated>\"", cookie.name);
    if !ttl.is_zero() {
        text.push_str(&format!("; Max-Age={}", ttl.as_secs()));
    }
    if !cookie.path.is_empty() {
        text.push_str(&format!("; Path={}", cookie.path));
    }
    for (name, value) in &cookie.attributes {
        text.push_str(&format!("; {name}"));
        if !value.is_empty() {
            text.push_str(&format!("={value}"));
        }
    }
    text.push_str("; HttpOnly");
    Some(text)
}

/// Source: Envoy `Grpc::Utility::httpToGrpcStatus`.
fn grpc_status(status: u16) -> u8 {
    match status {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 | 502..=504 => 14,
        _ => 2,
    }
}

/// Source: Envoy `Http::Utility::PercentEncoding::encode`.
fn percent_encoded(text: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b' '..=b'~' if *byte != b'%' => encoded.push(*byte),
            byte => encoded.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::tests::headers;

    #[test]
    fn grpc_clients_get_their_status_in_headers() {
        let sent = headers(&[(":method", "POST"), ("content-type", "application/grpc")]);
        let request = Request::new(80, &sent);
        let reply = LocalReply::abort(Abort::GrpcStatus(14)).sent(&request);
        assert_eq!(reply.status, 200);
        let expected = [
            ("content-type", "application/grpc"),
            ("grpc-status", "14"),
            ("grpc-message", ABORT_BODY),
        ];
        assert_eq!(reply.headers, headers(&expected));
        assert!(reply.body.is_empty());
    }

    #[test]
    fn a_body_without_a_type_is_text() {
        let sent = headers(&[(":method", "HEAD")]);
        let request = Request::new(80, &sent);
        let reply = LocalReply::abort(Abort::HttpStatus(500)).sent(&request);
        assert_eq!(reply.headers, headers(&[("content-type", "text/plain")]));
        assert!(reply.body.is_empty(), "HEAD has no body");
    }

    #[test]
    fn cookies_go_to_clients_that_have_none() {
        let sent = headers(&[("cookie", "a=1; sess=2"), ("cookie", "other")]);
        let request = Request::new(80, &sent);
        for (name, has) in [("a", true), ("sess", true), ("other", false), ("ses", false)] {
            assert_eq!(has_cookie(&request, name), has, "{name}");
        }
    }
}
