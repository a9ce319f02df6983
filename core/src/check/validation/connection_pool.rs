//! `connectionPool`. Source: Istio `validateConnectionPool`.

use super::findings::Findings;
use super::numbers;
use crate::report::Field;
use crate::resources::destination_rule::{
    ConnectionKeepalive, ConnectionPoolSettings, H2UpgradePolicy, HTTPSettings, TCPSettings,
};

/// Limits for connections and requests.
pub fn check(pool: &ConnectionPoolSettings, field: &Field<'_>, findings: &mut Findings) {
    if pool.http.is_none() && pool.tcp.is_none() {
        let message = "connection pool must have at least one field";
        findings.error(
            field,
            "empty-policy",
            message,
            "add `tcp` or `http`, or remove it",
        );
    }
    if let Some(http) = &pool.http {
        check_http(http, &field.name("http"), findings);
    }
    if let Some(tcp) = &pool.tcp {
        check_tcp(tcp, &field.name("tcp"), findings);
    }
}

fn check_http(http: &HTTPSettings, field: &Field<'_>, findings: &mut Findings) {
    numbers::limits(
        &[
            (
                "http1MaxPendingRequests",
                "http1 max pending requests",
                http.http1_max_pending_requests,
            ),
            ("http2MaxRequests", "http2 max requests", http.http2_max_requests),
            (
                "maxRequestsPerConnection",
                "max requests per connection",
                http.max_requests_per_connection,
            ),
            ("maxRetries", "max retries", http.max_retries),
            (
                "maxConcurrentStreams",
                "max concurrent streams",
                http.max_concurrent_streams,
            ),
        ],
        field,
        findings,
    );
    numbers::durations(&[("idleTimeout", http.idle_timeout)], field, findings);
    if http.h2_upgrade_policy == H2UpgradePolicy::Upgrade && http.use_client_protocol {
        let message = "use client protocol must not be true when H2UpgradePolicy is UPGRADE";
        findings.error(
            &field.name("useClientProtocol"),
            "conflicting-fields",
            message,
            "remove one of them: either the client's protocol is kept, or it is made HTTP/2",
        );
    }
    if let Some(keepalive) = &http.http2_keep_alive {
        check_pings(keepalive, &field.name("http2KeepAlive"), findings);
    }
}

fn check_pings(keepalive: &ConnectionKeepalive, field: &Field<'_>, findings: &mut Findings) {
    for (given, message) in [
        (keepalive.interval, "http2 keepalive interval is required"),
        (keepalive.timeout, "http2 keepalive timeout is required"),
    ] {
        if given.is_none() {
            findings.error(
                field,
                "missing-duration",
                message,
                "give `interval` and `timeout`",
            );
        }
    }
    let given = [("interval", keepalive.interval), ("timeout", keepalive.timeout)];
    numbers::durations(&given, field, findings);
}

fn check_tcp(tcp: &TCPSettings, field: &Field<'_>, findings: &mut Findings) {
    numbers::limits(
        &[("maxConnections", "max connections", tcp.max_connections)],
        field,
        findings,
    );
    let given = [
        ("connectTimeout", tcp.connect_timeout),
        ("maxConnectionDuration", tcp.max_connection_duration),
        // 0 switches it off; Istio looks at whole milliseconds.
        (
            "idleTimeout",
            tcp.idle_timeout.filter(|idle| idle.as_millis() != 0),
        ),
    ];
    numbers::durations(&given, field, findings);
    if let Some(probes) = &tcp.tcp_keepalive {
        let given = [("time", probes.time), ("interval", probes.interval)];
        numbers::durations(&given, &field.name("tcpKeepalive"), findings);
    }
}
