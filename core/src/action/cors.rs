//! `corsPolicy`: what Envoy's CORS filter does for a route.

use alloc::string::String;
use alloc::vec::Vec;

use super::{HeaderMutations, HeaderValue};
use crate::matcher::StringMatcher;
use crate::request::{Header, Request};

/// Which origins may read answers, and what they are told. Empty texts are not said.
/// Source: Istio `TranslateCORSPolicy`, Envoy `CorsFilter`.
#[derive(Clone, Debug, Default)]
pub struct CorsPolicy {
    /// `allowOrigins`, or the deprecated `allowOrigin`.
    pub allow_origins: Vec<StringMatcher>,
    /// `allowMethods`, joined with `,`; `*` stands for the method that is asked for.
    pub allow_methods: String,
    /// `allowHeaders`, likewise.
    pub allow_headers: String,
    /// `exposeHeaders`, joined with `,`.
    pub expose_headers: String,
    /// `maxAge` in seconds.
    pub max_age: String,
    /// `allowCredentials`.
    pub allow_credentials: bool,
    /// `unmatchedPreflights: IGNORE`: preflights of other origins are answered here too.
    pub answers_unmatched_preflights: bool,
}

/// What a request is to a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorsRequest {
    /// It has no origin, or one that is not allowed: the policy does nothing.
    Unaffected,
    /// It comes from an allowed origin: the answer will say so.
    Allowed,
    /// It asks whether it may come, and is answered here.
    Preflight {
        /// Whether the origin is allowed. Otherwise the answer does not say so.
        allowed: bool,
    },
}

impl CorsPolicy {
    /// What `request` is to this policy. An origin is compared with its first value.
    pub fn classify(&self, request: &Request<'_>) -> CorsRequest {
        let Some(origin) = first(request, "origin").filter(|origin| !origin.is_empty()) else {
            return CorsRequest::Unaffected;
        };
        // What would match the text `*` stands for all.
        let allowed = self
            .allow_origins
            .iter()
            .any(|allowed| allowed.is_match(b"*") || allowed.is_match(origin));
        let asks = first(request, "access-control-request-method").is_some_and(|method| !method.is_empty());
        if request.method == b"OPTIONS" && asks && (allowed || self.answers_unmatched_preflights) {
            return CorsRequest::Preflight { allowed };
        }
        if allowed {
            CorsRequest::Allowed
        } else {
            CorsRequest::Unaffected
        }
    }

    /// The headers of the answer to a preflight. An origin that is not allowed is told everything but that it is.
    pub fn preflight_headers(&self, request: &Request<'_>, allowed: bool) -> Vec<Header> {
        let echoed = |configured: &str, asked: &str| match configured {
            "*" => first(request, asked).unwrap_or_default().to_vec(),
            configured => configured.as_bytes().to_vec(),
        };
        let methods = echoed(&self.allow_methods, "access-control-request-method");
        let names = echoed(&self.allow_headers, "access-control-request-headers");
        let mut headers: Vec<Header> = Vec::new();
        let mut say = |name: &str, said: bool, value: &[u8]| {
            if said {
                headers.push((name.into(), value.into()));
            }
        };
        let origin = first(request, "origin").unwrap_or_default();
        let exposes = allowed && !self.expose_headers.is_empty();
        say("access-control-allow-origin", allowed, origin);
        say(
            "access-control-allow-credentials",
            allowed && self.allow_credentials,
            b"true",
        );
        say(
            "access-control-allow-methods",
            !self.allow_methods.is_empty(),
            &methods,
        );
        say(
            "access-control-allow-headers",
            !self.allow_headers.is_empty(),
            &names,
        );
        say(
            "access-control-expose-headers",
            exposes,
            self.expose_headers.as_bytes(),
        );
        say(
            "access-control-max-age",
            !self.max_age.is_empty(),
            self.max_age.as_bytes(),
        );
        headers
    }

    /// What any other answer to an allowed origin gets, in place of what others have written there.
    pub fn response_headers(&self, request: &Request<'_>) -> HeaderMutations {
        let origin = first(request, "origin").unwrap_or_default();
        let mut set = Vec::from([("access-control-allow-origin".into(), HeaderValue::text(origin))]);
        if self.allow_credentials {
            set.push((
                "access-control-allow-credentials".into(),
                HeaderValue::text(b"true"),
            ));
        }
        if !self.expose_headers.is_empty() {
            let exposed = HeaderValue::text(self.expose_headers.as_bytes());
            set.push(("access-control-expose-headers".into(), exposed));
        }
        HeaderMutations::new(Vec::new(), set, Vec::new())
    }
}

fn first<'r>(request: &Request<'r>, name: &str) -> Option<&'r [u8]> {
    request.header_values(name).next()
}
