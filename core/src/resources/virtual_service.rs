//! `networking.istio.io` VirtualService.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::metadata::Labels;
use super::scalar::{Duration, Percent};

/// Header name or query parameter to matcher. `null` is kept apart from `{}`: the latter asks for presence.
pub type StringMatches = BTreeMap<String, Option<StringMatch>>;

message! {
    /// How requests for a set of hosts are routed.
    pub struct VirtualService {
        /// Names the rules apply to. Empty: this is a delegate, used by other VirtualServices only.
        pub hosts: Vec<String>,
        /// Gateways (`ns/name` or `name`) and the reserved word `mesh`. Empty means `mesh`.
        pub gateways: Vec<String>,
        /// Rules for HTTP; the first that matches wins.
        pub http: Vec<HTTPRoute>,
        /// Rules for TLS that is not terminated.
        pub tls: Vec<TLSRoute>,
        /// Rules for opaque TCP.
        pub tcp: Vec<TCPRoute>,
        /// Namespaces that see this resource.
        pub export_to: Vec<String>,
    }

    /// Where requests go: a host of the registry, a subset of it, a port.
    pub struct Destination {
        /// Name of a service.
        pub host: String,
        /// Name of a subset of the host's DestinationRule.
        pub subset: String,
        /// Port of the host.
        pub port: Option<PortSelector>,
    }

    /// A port by its number.
    pub struct PortSelector {
        /// The number.
        pub number: u32,
    }

    /// One rule for HTTP.
    pub struct HTTPRoute {
        /// Name of the rule, for statistics and logs.
        pub name: String,
        /// Alternatives, one of which has to match. Empty: everything matches.
        #[serde(rename = "match")]
        pub matches: Vec<HTTPMatchRequest>,
        /// Destinations by weight.
        pub route: Vec<HTTPRouteDestination>,
        /// Answer with a redirect instead.
        pub redirect: Option<HTTPRedirect>,
        /// Answer with a fixed response instead.
        pub direct_response: Option<HTTPDirectResponse>,
        /// Hand over to the rules of another VirtualService.
        pub delegate: Option<Delegate>,
        /// Change path and authority before forwarding.
        pub rewrite: Option<HTTPRewrite>,
        /// Time for the whole request; none by default.
        pub timeout: Option<Duration>,
        /// When and how often to try again.
        pub retries: Option<HTTPRetry>,
        /// Delays and aborts on purpose.
        pub fault: Option<HTTPFaultInjection>,
        /// Where to send copies.
        pub mirror: Option<Destination>,
        /// Several places to send copies to.
        pub mirrors: Vec<HTTPMirrorPolicy>,
        /// Share of copies in percent. Deprecated.
        pub mirror_percent: Option<u32>,
        /// Share of copies; absent means all.
        pub mirror_percentage: Option<Percent>,
        /// Cross-origin rules.
        pub cors_policy: Option<CorsPolicy>,
        /// Header changes for every destination.
        pub headers: Option<Headers>,
    }

    /// The VirtualService whose rules take over.
    pub struct Delegate {
        /// Its name.
        pub name: String,
        /// Its namespace; by default that of the VirtualService which delegates.
        pub namespace: String,
    }

    /// Header changes in both directions.
    pub struct Headers {
        /// On the way to the upstream.
        pub request: Option<HeaderOperations>,
        /// On the way back to the client.
        pub response: Option<HeaderOperations>,
    }

    /// Header changes in one direction.
    pub struct HeaderOperations {
        /// Overwrite.
        pub set: BTreeMap<String, String>,
        /// Append.
        pub add: BTreeMap<String, String>,
        /// Remove.
        pub remove: Vec<String>,
    }

    /// One rule for TLS that is passed through.
    pub struct TLSRoute {
        /// Alternatives, one of which has to match.
        #[serde(rename = "match")]
        pub matches: Vec<TLSMatchAttributes>,
        /// Destinations by weight.
        pub route: Vec<RouteDestination>,
    }

    /// One rule for opaque TCP.
    pub struct TCPRoute {
        /// Alternatives, one of which has to match.
        #[serde(rename = "match")]
        pub matches: Vec<L4MatchAttributes>,
        /// Destinations by weight.
        pub route: Vec<RouteDestination>,
    }

    /// Conditions on a request and on the proxy that handles it; all of them have to hold.
    pub struct HTTPMatchRequest {
        /// Name of the condition, appended to the name of the rule.
        pub name: String,
        /// The path without query.
        pub uri: Option<StringMatch>,
        /// `http` or `https`.
        pub scheme: Option<StringMatch>,
        /// The method.
        pub method: Option<StringMatch>,
        /// The authority as sent, with its port.
        pub authority: Option<StringMatch>,
        /// Headers by name.
        pub headers: StringMatches,
        /// The port of the listener.
        pub port: u32,
        /// Labels of the proxy. Ignored when `gateways` is set.
        pub source_labels: Labels,
        /// Replaces the gateways of the VirtualService for this condition.
        pub gateways: Vec<String>,
        /// Query parameters by name.
        pub query_params: StringMatches,
        /// Compare `uri.exact` and `uri.prefix` without regard to case.
        pub ignore_uri_case: bool,
        /// Headers that must not match.
        pub without_headers: StringMatches,
        /// The namespace of the proxy.
        pub source_namespace: String,
        /// Prefix for statistics.
        pub stat_prefix: String,
    }

    /// A weighted destination with header changes of its own.
    pub struct HTTPRouteDestination {
        /// The destination.
        pub destination: Option<Destination>,
        /// Its share, relative to the sum.
        pub weight: i32,
        /// Header changes for this destination only.
        pub headers: Option<Headers>,
    }

    /// A weighted destination for TLS and TCP.
    pub struct RouteDestination {
        /// The destination.
        pub destination: Option<Destination>,
        /// Its share, relative to the sum.
        pub weight: i32,
    }

    /// Conditions on a TCP connection.
    pub struct L4MatchAttributes {
        /// Destination addresses with optional prefix length.
        pub destination_subnets: Vec<String>,
        /// The port of the listener.
        pub port: u32,
        /// Source address with optional prefix length. Not implemented by Istio.
        pub source_subnet: String,
        /// Labels of the proxy.
        pub source_labels: Labels,
        /// Replaces the gateways of the VirtualService for this condition.
        pub gateways: Vec<String>,
        /// The namespace of the proxy.
        pub source_namespace: String,
    }

    /// Conditions on a TLS connection.
    pub struct TLSMatchAttributes {
        /// Server names, `*.` prefixes allowed.
        pub sni_hosts: Vec<String>,
        /// Destination addresses with optional prefix length.
        pub destination_subnets: Vec<String>,
        /// The port of the listener.
        pub port: u32,
        /// Labels of the proxy.
        pub source_labels: Labels,
        /// Replaces the gateways of the VirtualService for this condition.
        pub gateways: Vec<String>,
        /// The namespace of the proxy.
        pub source_namespace: String,
    }

    /// Where a redirect leads.
    pub struct HTTPRedirect {
        /// Replaces the path.
        pub uri: String,
        /// Replaces the host.
        pub authority: String,
        /// Replaces the port.
        pub port: Option<u32>,
        /// Derives the port.
        pub derive_port: Option<RedirectPortSelection>,
        /// Replaces the scheme.
        pub scheme: String,
        /// Status code; 301 by default.
        pub redirect_code: u32,
        /// Replaces the matched prefix. Since Istio 1.31.
        pub prefix_rewrite: String,
    }

    /// A response that the proxy gives by itself.
    pub struct HTTPDirectResponse {
        /// Status code.
        pub status: u32,
        /// Body.
        pub body: Option<HTTPBody>,
    }

    /// A body: one of the two.
    pub struct HTTPBody {
        /// As text.
        pub string: Option<String>,
        /// As base64, kept as written.
        pub bytes: Option<String>,
    }

    /// Changes of the request line.
    pub struct HTTPRewrite {
        /// Replaces the matched prefix or the whole path.
        pub uri: String,
        /// Replaces the authority.
        pub authority: String,
        /// Replaces every match of a regex in the path.
        pub uri_regex_rewrite: Option<RegexRewrite>,
    }

    /// A regex and what its matches become.
    pub struct RegexRewrite {
        /// The regex (RE2).
        #[serde(rename = "match")]
        pub pattern: String,
        /// The replacement, with groups as `\1`.
        pub rewrite: String,
    }

    /// A condition on a text: one of the three. None of them, `{}`, asks for presence.
    pub struct StringMatch {
        /// Equal.
        pub exact: Option<String>,
        /// Begins with.
        pub prefix: Option<String>,
        /// Matches as a whole (RE2).
        pub regex: Option<String>,
    }

    /// Retry policy.
    pub struct HTTPRetry {
        /// How often to try again; 0 switches retries off.
        pub attempts: i32,
        /// Time for one attempt.
        pub per_try_timeout: Option<Duration>,
        /// Conditions and status codes, separated by commas.
        pub retry_on: String,
        /// Try other localities as well.
        pub retry_remote_localities: Option<bool>,
        /// Do not try the same endpoint again.
        pub retry_ignore_previous_hosts: Option<bool>,
        /// Base interval between attempts.
        pub backoff: Option<Duration>,
    }

    /// Cross-origin resource sharing.
    pub struct CorsPolicy {
        /// Exact origins. Deprecated.
        pub allow_origin: Vec<String>,
        /// Origins.
        pub allow_origins: Vec<StringMatch>,
        /// Methods.
        pub allow_methods: Vec<String>,
        /// Request headers.
        pub allow_headers: Vec<String>,
        /// Response headers that scripts may see.
        pub expose_headers: Vec<String>,
        /// How long a preflight answer is valid.
        pub max_age: Option<Duration>,
        /// Whether credentials are allowed.
        pub allow_credentials: Option<bool>,
        /// What happens to preflights from other origins.
        pub unmatched_preflights: UnmatchedPreflights,
    }

    /// Delays and aborts on purpose.
    pub struct HTTPFaultInjection {
        /// Wait before forwarding.
        pub delay: Option<Delay>,
        /// Answer instead of forwarding.
        pub abort: Option<Abort>,
    }

    /// Waiting on purpose.
    pub struct Delay {
        /// Share in percent. Deprecated; used where `percentage` is absent.
        pub percent: i32,
        /// How long.
        pub fixed_delay: Option<Duration>,
        /// Refused by Istio.
        pub exponential_delay: Option<Duration>,
        /// Share of requests; absent means none.
        pub percentage: Option<Percent>,
    }

    /// Answering on purpose.
    pub struct Abort {
        /// With this status code.
        pub http_status: Option<i32>,
        /// With this gRPC status name.
        pub grpc_status: Option<String>,
        /// Refused by Istio.
        pub http2_error: Option<String>,
        /// Share of requests; absent means none.
        pub percentage: Option<Percent>,
    }

    /// Where to send a share of copies.
    pub struct HTTPMirrorPolicy {
        /// The destination.
        pub destination: Option<Destination>,
        /// Share of copies; absent means all.
        pub percentage: Option<Percent>,
    }
}

choice! {
    /// How a redirect finds its port.
    pub enum RedirectPortSelection {
        /// The usual port of the scheme.
        FromProtocolDefault,
        /// The port of the listener.
        FromRequestPort,
    }

    /// What happens to preflights whose origin is not allowed.
    pub enum UnmatchedPreflights {
        /// Same as `FORWARD`.
        Unspecified,
        /// Forwarded to the upstream.
        Forward,
        /// Answered by the proxy, without CORS headers.
        Ignore,
    }
}
