//! Limits of connections and requests. Source: Istio `applyConnectionPool`.

use alloc::string::ToString;

use serde_json::{Value, json};

use super::Fields;
use crate::resources::destination_rule::{RetryBudget, TcpKeepalive, TrafficPolicy};
use crate::resources::{Duration, MeshConfig};

/// Time to connect unless the mesh says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(10_000);
/// Istio sets Envoy's limits to the highest number there is.
const NO_LIMIT: u32 = u32::MAX;
/// Retries in percent of the active requests, as the API has it.
const RETRY_PERCENT: f64 = 20.0;
/// Retries that are always possible.
const RETRY_CONCURRENCY: u32 = 3;

/// Everything about connections that is no matter of HTTP.
pub(super) fn fields(policy: &TrafficPolicy, config: &MeshConfig) -> Fields {
    let tcp = policy.connection_pool.as_ref().and_then(|pool| pool.tcp.as_ref());
    let timeout = tcp
        .and_then(|tcp| tcp.connect_timeout)
        .or(config.connect_timeout)
        .unwrap_or(CONNECT_TIMEOUT);
    let mut fields = Fields::new();
    fields.insert("connect_timeout".into(), json!(timeout.to_string()));
    fields.insert(
        "circuit_breakers".into(),
        json!({"thresholds": [thresholds(policy)]}),
    );
    let own = tcp.and_then(|tcp| tcp.tcp_keepalive.as_ref());
    let keepalive = keepalive(config.tcp_keepalive.as_ref(), own);
    let options = keepalive.map(|keepalive| json!({"tcp_keepalive": keepalive}));
    fields.extend(options.map(|options| ("upstream_connection_options".into(), options)));
    fields
}

fn thresholds(policy: &TrafficPolicy) -> Value {
    let pool = policy.connection_pool.as_ref();
    let tcp = pool.and_then(|pool| pool.tcp.clone()).unwrap_or_default();
    let http = pool.and_then(|pool| pool.http.clone()).unwrap_or_default();
    let limits = [
        ("max_connections", tcp.max_connections),
        ("max_pending_requests", http.http1_max_pending_requests),
        ("max_requests", http.http2_max_requests),
        ("max_retries", http.max_retries),
    ];
    let limits = limits.map(|(name, number)| (name.into(), json!(limit(number))));
    let mut thresholds = Fields::from_iter(limits);
    let budget = policy.retry_budget.as_ref().map(retry_budget);
    thresholds.extend(budget.map(|budget| ("retry_budget".into(), budget)));
    Value::Object(thresholds)
}

/// There is no way to say zero.
fn limit(limit: i32) -> u32 {
    match u32::try_from(limit) {
        Ok(0) | Err(_) => NO_LIMIT,
        Ok(limit) => limit,
    }
}

/// Source: Istio `applyRetryBudget`.
fn retry_budget(budget: &RetryBudget) -> Value {
    let concurrency = match budget.min_retry_concurrency {
        0 => RETRY_CONCURRENCY,
        concurrency => concurrency,
    };
    let percent = json!({"value": budget.percent.unwrap_or(RETRY_PERCENT)});
    let mut fields = Fields::new();
    fields.insert("budget_percent".into(), percent);
    fields.insert("min_retry_concurrency".into(), json!(concurrency));
    let interval = budget.budget_interval;
    fields.extend(interval.map(|time| ("budget_interval".into(), json!(time.to_string()))));
    Value::Object(fields)
}

/// The mesh's, changed field by field. Source: Istio `applyTCPKeepalive`.
fn keepalive(mesh: Option<&TcpKeepalive>, own: Option<&TcpKeepalive>) -> Option<Value> {
    let all = || [mesh, own].into_iter().flatten();
    all().next()?;
    let seconds = |time: Duration| time.as_millis() / 1000;
    let mut fields = Fields::new();
    for keepalive in all() {
        if keepalive.probes > 0 {
            fields.insert("keepalive_probes".into(), json!(keepalive.probes));
        }
        let times = [
            ("keepalive_time", keepalive.time),
            ("keepalive_interval", keepalive.interval),
        ];
        let written = times.into_iter().filter_map(|(name, time)| Some((name, time?)));
        fields.extend(written.map(|(name, time)| (name.into(), json!(seconds(time)))));
    }
    Some(Value::Object(fields))
}
