//! Values that Envoy refuses, and everything else in the file with them. Istio's own validation refuses most of
//! them too, before they come to a proxy.

use alloc::string::String;
use alloc::vec::Vec;

use crate::resources::Duration;
use crate::resources::destination_rule::{
    ClientTLSMode, ConnectionPoolSettings, ConsistentHashLB, LoadBalancerSettings, OutlierDetection,
    RetryBudget, TrafficPolicy, TunnelSettings,
};

/// The largest ring of hashes. Source: Envoy `RingHashLbConfig`.
const MAX_RING_SIZE: u64 = 8_388_608;
/// The largest table of Maglev. Source: Envoy `MaglevLbConfig`.
const MAX_TABLE_SIZE: u64 = 5_000_011;

/// Something wrong with a policy.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// The block.
    pub(super) block: &'static str,
    /// What is wrong in it, and what becomes of it.
    pub(super) message: String,
}

/// Leaves out blocks with values that Envoy refuses.
pub(super) fn leave_out(policy: &mut TrafficPolicy) -> Vec<Problem> {
    let found = [
        take("loadBalancer", &mut policy.load_balancer, load_balancer),
        take("connectionPool", &mut policy.connection_pool, connection_pool),
        take(
            "outlierDetection",
            &mut policy.outlier_detection,
            outlier_detection,
        ),
        take("retryBudget", &mut policy.retry_budget, retry_budget),
        take("tunnel", &mut policy.tunnel, tunnel),
    ];
    found.into_iter().flatten().collect()
}

/// What is not all there, and does something else than was meant.
pub(super) fn incomplete(policy: &TrafficPolicy) -> Option<Problem> {
    let tls = policy.tls.as_ref()?;
    let missing = tls.client_certificate.is_empty() || tls.private_key.is_empty();
    let missing = missing && tls.credential_name.is_empty();
    (tls.mode == ClientTLSMode::Mutual && missing).then(|| Problem {
        block: "tls",
        message:
            "there are no `clientCertificate` and `privateKey`: connections are encrypted, and the client \
                  shows no certificate"
                .into(),
    })
}

fn take<T>(
    block: &'static str,
    value: &mut Option<T>,
    check: impl Fn(&T) -> Option<&'static str>,
) -> Option<Problem> {
    let wrong = check(value.as_ref()?)?;
    *value = None;
    let message = alloc::format!("{wrong}; Envoy refuses it, and the block is left out");
    Some(Problem { block, message })
}

/// The first of the statements that does not hold.
fn first_wrong<const N: usize>(statements: [(bool, &'static str); N]) -> Option<&'static str> {
    let wrong = statements.into_iter().find(|(holds, _)| !holds);
    wrong.map(|(_, statement)| statement)
}

fn is_percent(value: Option<f64>) -> bool {
    value.is_none_or(|value| (0.0..=100.0).contains(&value))
}

fn is_positive(time: Option<Duration>) -> bool {
    time.is_none_or(|time| time > Duration::ZERO)
}

fn is_not_negative(time: Option<Duration>) -> bool {
    time.is_none_or(|time| time >= Duration::ZERO)
}

fn load_balancer(settings: &LoadBalancerSettings) -> Option<&'static str> {
    let warmup = settings.warmup.clone().unwrap_or_default();
    let is_steep = warmup.aggression.is_none_or(|aggression| aggression > 0.0);
    let own = first_wrong([
        (
            is_not_negative(settings.warmup_duration_secs) && is_not_negative(warmup.duration),
            "`warmup` cannot take less than no time",
        ),
        (
            is_percent(warmup.minimum_percent),
            "`warmup.minimumPercent` is from 0 to 100",
        ),
        (is_steep, "`warmup.aggression` is more than 0"),
    ]);
    own.or_else(|| consistent_hash(settings.consistent_hash.as_ref()?))
}

fn consistent_hash(hash: &ConsistentHashLB) -> Option<&'static str> {
    let ring = hash.ring_hash.as_ref().map_or(0, |ring| ring.minimum_ring_size);
    let table = hash.maglev.as_ref().map_or(0, |maglev| maglev.table_size);
    first_wrong([
        (
            ring.max(hash.minimum_ring_size) <= MAX_RING_SIZE,
            "`minimumRingSize` is at most 8388608",
        ),
        (
            table == 0 || table <= MAX_TABLE_SIZE && is_prime(table),
            "`maglev.tableSize` is a prime number up to 5000011",
        ),
    ])
}

fn is_prime(number: u64) -> bool {
    let mut divisors = (2..).take_while(|divisor| divisor * divisor <= number);
    number > 1 && !divisors.any(|divisor| number.is_multiple_of(divisor))
}

fn connection_pool(pool: &ConnectionPoolSettings) -> Option<&'static str> {
    let tcp = pool.tcp.clone().unwrap_or_default();
    let http = pool.http.clone().unwrap_or_default();
    let keepalive = tcp.tcp_keepalive.unwrap_or_default();
    let is_ping = |time: Option<Duration>| time.is_some_and(|time| time >= Duration::from_millis(1));
    let pings = http.http2_keep_alive.as_ref();
    first_wrong([
        (
            is_positive(tcp.connect_timeout),
            "`tcp.connectTimeout` is more than 0s",
        ),
        (
            is_not_negative(tcp.max_connection_duration),
            "`tcp.maxConnectionDuration` is not negative",
        ),
        (
            is_not_negative(keepalive.time) && is_not_negative(keepalive.interval),
            "times of `tcp.tcpKeepalive` are not negative",
        ),
        (
            is_not_negative(tcp.idle_timeout) && is_not_negative(http.idle_timeout),
            "`idleTimeout` is not negative",
        ),
        (
            pings.is_none_or(|pings| is_ping(pings.interval) && is_ping(pings.timeout)),
            "`http.http2KeepAlive` has both times, of at least 1ms",
        ),
    ])
}

fn outlier_detection(outliers: &OutlierDetection) -> Option<&'static str> {
    let is_percent = |value: i32| (0..=100).contains(&value);
    first_wrong([
        (is_positive(outliers.interval), "`interval` is more than 0s"),
        (
            is_positive(outliers.base_ejection_time),
            "`baseEjectionTime` is more than 0s",
        ),
        (
            is_percent(outliers.max_ejection_percent),
            "`maxEjectionPercent` is from 0 to 100",
        ),
        (
            is_percent(outliers.min_health_percent),
            "`minHealthPercent` is from 0 to 100",
        ),
    ])
}

fn retry_budget(budget: &RetryBudget) -> Option<&'static str> {
    first_wrong([
        (is_percent(budget.percent), "`percent` is from 0 to 100"),
        (
            is_not_negative(budget.budget_interval),
            "`budgetInterval` is not negative",
        ),
    ])
}

fn tunnel(tunnel: &TunnelSettings) -> Option<&'static str> {
    let port = tunnel.target_port;
    first_wrong([
        (!tunnel.target_host.is_empty(), "`targetHost` is missing"),
        (
            (1..=u32::from(u16::MAX)).contains(&port),
            "`targetPort` is from 1 to 65535",
        ),
        (
            matches!(tunnel.protocol.as_str(), "" | "CONNECT" | "POST"),
            "`protocol` is CONNECT or POST",
        ),
    ])
}
