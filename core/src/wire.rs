//! What the filter and the Envoy configuration around it agree on.

/// Request header by which the filter names the cluster; the route's `cluster_header`.
pub const CLUSTER_HEADER: &str = "x-mainsheet-cluster";
/// Request header by which the filter chooses a route [profile](crate::action::Profile): static settings of a
/// route that no other header can change. Absent for the default one.
pub const PROFILE_HEADER: &str = "x-mainsheet-profile";
/// What Envoy answers where a cluster does not exist, unless its route says otherwise.
pub const MISSING_CLUSTER_STATUS: u16 = 503;
/// The other status that Envoy can answer with and that rules ask for.
pub const MISSING_CLUSTER_ERROR: u16 = 500;
/// Every request header that starts with this belongs to the filter: clients cannot send it, upstreams do
/// not see it.
pub const INTERNAL_PREFIX: &str = "x-mainsheet-";
/// Filter state in which the filter leaves its explanation, when it is asked for one.
pub const TRACE_PROPERTY: &str = "mainsheet.trace";
/// Filter state in which the filter leaves a [summary](crate::summary::Summary) of each decision for the access log,
/// when it is asked for one.
pub const DECISION_PROPERTY: &str = "mainsheet.decision";
/// Filter state from which Envoy's TCP proxy takes the cluster of a connection.
pub const TCP_CLUSTER_STATE: &str = "envoy.tcp_proxy.cluster";
/// Name of the filter, and its root id.
pub const FILTER_NAME: &str = "mainsheet";

/// Every header by which Envoy's fault filter takes orders starts with this; some of them weaken orders, so
/// clients can send none of them.
pub const FAULT_PREFIX: &str = "x-envoy-fault-";

/// Envoy's own request headers that the filter sets. What clients send under these names is removed.
pub const ROUTER_HEADERS: [&str; 7] = [
    "x-envoy-upstream-rq-timeout-ms",
    "x-envoy-upstream-rq-per-try-timeout-ms",
    "x-envoy-max-retries",
    "x-envoy-retry-on",
    "x-envoy-retry-grpc-on",
    "x-envoy-retriable-status-codes",
    "x-envoy-original-path",
];

/// Whether a request header is the filter's own to send: clients' are removed.
pub fn is_reserved(name: &str) -> bool {
    is_order(name) || ROUTER_HEADERS.contains(&name)
}

/// Whether a request header speaks to the filter's own routes, or to the fault filter behind it.
pub fn is_order(name: &str) -> bool {
    name.starts_with(INTERNAL_PREFIX) || name.starts_with(FAULT_PREFIX)
}
