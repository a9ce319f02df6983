//! `gateway.networking.k8s.io` HTTPRoute.

use alloc::string::String;
use alloc::vec::Vec;

use super::scalar::Duration;

message! {
    /// How requests to the Services or Gateways that it is attached to are routed.
    pub struct HTTPRoute {
        /// What it is attached to.
        pub parent_refs: Vec<ParentReference>,
        /// Names that clients use; for Gateways only.
        pub hostnames: Vec<String>,
        /// The rules; the most specific match of all of them wins.
        pub rules: Vec<HTTPRouteRule>,
        /// Whether it is attached to the default Gateways.
        pub use_default_gateways: String,
    }

    /// A Gateway, a Service or another parent.
    pub struct ParentReference {
        /// Absent: `gateway.networking.k8s.io`.
        pub group: Option<String>,
        /// Absent: `Gateway`.
        pub kind: Option<String>,
        /// Absent: that of the route.
        pub namespace: Option<String>,
        /// Its name.
        pub name: String,
        /// A listener of the Gateway.
        pub section_name: Option<String>,
        /// Only this port of it.
        pub port: Option<u32>,
    }

    /// A rule.
    pub struct HTTPRouteRule {
        /// Its name.
        pub name: Option<String>,
        /// Alternatives, one of which has to match. Empty: everything matches.
        pub matches: Vec<HTTPRouteMatch>,
        /// What is done to requests and responses.
        pub filters: Vec<HTTPRouteFilter>,
        /// Where requests go, by weight. Empty: the answer is 500.
        pub backend_refs: Vec<HTTPBackendRef>,
        /// Limits in time.
        pub timeouts: Option<HTTPRouteTimeouts>,
        /// When and how often to try again.
        pub retry: Option<HTTPRouteRetry>,
        /// Keeps a client on one endpoint.
        pub session_persistence: Option<SessionPersistence>,
    }

    /// Conditions on a request; all of them have to hold.
    pub struct HTTPRouteMatch {
        /// The path without query; every path where it is absent.
        pub path: Option<HTTPPathMatch>,
        /// Headers.
        pub headers: Vec<HTTPHeaderMatch>,
        /// Query parameters.
        pub query_params: Vec<HTTPQueryParamMatch>,
        /// The method.
        pub method: Option<String>,
    }

    /// A condition on the path.
    pub struct HTTPPathMatch {
        /// How it is compared.
        #[serde(rename = "type")]
        pub match_type: PathMatchType,
        /// With what; `/` where it is absent.
        pub value: Option<String>,
    }

    /// A condition on a header.
    pub struct HTTPHeaderMatch {
        /// How its value is compared.
        #[serde(rename = "type")]
        pub match_type: ValueMatchType,
        /// Its name.
        pub name: String,
        /// With what.
        pub value: String,
    }

    /// A condition on a query parameter.
    pub struct HTTPQueryParamMatch {
        /// How its value is compared.
        #[serde(rename = "type")]
        pub match_type: ValueMatchType,
        /// Its name.
        pub name: String,
        /// With what.
        pub value: String,
    }

    /// One step in the processing of a request; `type` says which of the fields counts.
    pub struct HTTPRouteFilter {
        /// Which one.
        #[serde(rename = "type")]
        pub filter_type: Option<HTTPRouteFilterType>,
        /// Changes headers on the way to the backend.
        pub request_header_modifier: Option<HTTPHeaderFilter>,
        /// Changes headers on the way back.
        pub response_header_modifier: Option<HTTPHeaderFilter>,
        /// Sends copies elsewhere.
        pub request_mirror: Option<HTTPRequestMirrorFilter>,
        /// Answers with a redirect.
        pub request_redirect: Option<HTTPRequestRedirectFilter>,
        /// Changes path and authority.
        pub url_rewrite: Option<HTTPURLRewriteFilter>,
        /// Cross-origin rules.
        pub cors: Option<HTTPCORSFilter>,
        /// Asks another service for permission.
        pub external_auth: Option<HTTPExternalAuthFilter>,
        /// A filter of the implementation's own.
        pub extension_ref: Option<LocalObjectReference>,
    }

    /// Header changes in one direction.
    pub struct HTTPHeaderFilter {
        /// Overwrite.
        pub set: Vec<HTTPHeader>,
        /// Append.
        pub add: Vec<HTTPHeader>,
        /// Remove.
        pub remove: Vec<String>,
    }

    /// A header.
    pub struct HTTPHeader {
        /// Its name.
        pub name: String,
        /// Its value.
        pub value: String,
    }

    /// Where copies go, and how many.
    pub struct HTTPRequestMirrorFilter {
        /// The destination.
        pub backend_ref: HTTPBackendRef,
        /// Share in percent.
        pub percent: Option<u32>,
        /// Share as a fraction.
        pub fraction: Option<Fraction>,
    }

    /// A fraction.
    pub struct Fraction {
        /// Above the line.
        pub numerator: u32,
        /// Below the line; 100 where it is absent.
        pub denominator: Option<u32>,
    }

    /// Where a redirect leads.
    pub struct HTTPRequestRedirectFilter {
        /// Replaces the scheme.
        pub scheme: Option<String>,
        /// Replaces the host.
        pub hostname: Option<String>,
        /// Replaces the path, or its beginning.
        pub path: Option<HTTPPathModifier>,
        /// Replaces the port.
        pub port: Option<u32>,
        /// Status code; 302 by default.
        pub status_code: Option<u32>,
    }

    /// Changes of the request line.
    pub struct HTTPURLRewriteFilter {
        /// Replaces the authority.
        pub hostname: Option<String>,
        /// Replaces the path, or its beginning.
        pub path: Option<HTTPPathModifier>,
    }

    /// A change of the path.
    pub struct HTTPPathModifier {
        /// Which of the two.
        #[serde(rename = "type")]
        pub modifier_type: HTTPPathModifierType,
        /// Takes the place of the whole path.
        pub replace_full_path: Option<String>,
        /// Takes the place of the prefix that matched.
        pub replace_prefix_match: Option<String>,
    }

    /// Cross-origin resource sharing.
    pub struct HTTPCORSFilter {
        /// Origins, `*` for a part of one or for all.
        pub allow_origins: Vec<String>,
        /// Whether credentials are allowed.
        pub allow_credentials: Option<bool>,
        /// Methods.
        pub allow_methods: Vec<String>,
        /// Request headers.
        pub allow_headers: Vec<String>,
        /// Response headers that scripts may see.
        pub expose_headers: Vec<String>,
        /// How long a preflight answer is valid, in seconds.
        pub max_age: u32,
    }

    /// Asks another service for permission. Istio does not offer it.
    pub struct HTTPExternalAuthFilter {
        /// `HTTP` or `GRPC`.
        pub protocol: String,
        /// Whom to ask.
        pub backend_ref: HTTPBackendRef,
        /// Settings for gRPC.
        pub grpc: Option<ExternalAuthHeaders>,
        /// Settings for HTTP.
        pub http: Option<ExternalAuthHeaders>,
        /// Whether the body is sent along.
        pub forward_body: Option<ForwardBody>,
    }

    /// What is sent to the service that is asked, and what is taken from its answer.
    pub struct ExternalAuthHeaders {
        /// Prefix of the path.
        pub path: String,
        /// Request headers.
        pub allowed_headers: Vec<String>,
        /// Response headers.
        pub allowed_response_headers: Vec<String>,
    }

    /// How much of the body is sent along.
    pub struct ForwardBody {
        /// In bytes.
        pub max_size: u32,
    }

    /// An object of the route's namespace.
    pub struct LocalObjectReference {
        /// Its group.
        pub group: String,
        /// Its kind.
        pub kind: String,
        /// Its name.
        pub name: String,
    }

    /// A weighted destination.
    pub struct HTTPBackendRef {
        /// Absent or empty: the core group, of Services.
        pub group: Option<String>,
        /// Absent: `Service`.
        pub kind: Option<String>,
        /// Its name; for Istio's `Hostname` the host.
        pub name: String,
        /// Absent: that of the route.
        pub namespace: Option<String>,
        /// Its port.
        pub port: Option<u32>,
        /// Its share, relative to the sum; 1 where it is absent.
        pub weight: Option<u32>,
        /// What is done for this destination only.
        pub filters: Vec<HTTPRouteFilter>,
    }

    /// Limits in time; 0 is no limit.
    pub struct HTTPRouteTimeouts {
        /// The whole request.
        pub request: Option<Duration>,
        /// One attempt.
        pub backend_request: Option<Duration>,
    }

    /// When and how often to try again.
    pub struct HTTPRouteRetry {
        /// Status codes to retry.
        pub codes: Vec<u32>,
        /// How often.
        pub attempts: Option<u32>,
        /// Least time between attempts.
        pub backoff: Option<Duration>,
    }

    /// Keeps a client on one endpoint. Istio does not offer it.
    pub struct SessionPersistence {
        /// Name of the session.
        pub session_name: String,
        /// Its longest life.
        pub absolute_timeout: Option<Duration>,
        /// Its longest rest.
        pub idle_timeout: Option<Duration>,
        /// `Cookie` or `Header`.
        #[serde(rename = "type")]
        pub persistence_type: String,
        /// Settings of the cookie.
        pub cookie_config: Option<CookieConfig>,
    }

    /// Settings of a cookie.
    pub struct CookieConfig {
        /// `Permanent` or `Session`.
        pub lifetime_type: String,
    }
}

words! {
    /// How a path is compared.
    pub enum PathMatchType {
        /// Begins with it, whole segments only: `/foo` matches `/foo` and `/foo/bar`, not `/foobar`.
        PathPrefix,
        /// Equal.
        Exact,
        /// Matches as a whole (RE2).
        RegularExpression,
    }

    /// How a value is compared.
    pub enum ValueMatchType {
        /// Equal.
        Exact,
        /// Matches as a whole (RE2).
        RegularExpression,
    }

    /// How a path changes.
    pub enum HTTPPathModifierType {
        /// As a whole.
        ReplaceFullPath,
        /// The prefix that matched.
        ReplacePrefixMatch,
    }

    /// A filter.
    pub enum HTTPRouteFilterType {
        /// `requestHeaderModifier`.
        RequestHeaderModifier,
        /// `responseHeaderModifier`.
        ResponseHeaderModifier,
        /// `requestRedirect`.
        RequestRedirect,
        /// `urlRewrite`.
        URLRewrite,
        /// `requestMirror`.
        RequestMirror,
        /// `cors`.
        CORS,
        /// `externalAuth`.
        ExternalAuth,
        /// `extensionRef`.
        ExtensionRef,
    }
}
