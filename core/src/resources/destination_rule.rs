//! `networking.istio.io` DestinationRule.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::metadata::Labels;
use super::scalar::Duration;
use super::virtual_service::PortSelector;

message! {
    /// What happens to requests for a host after routing.
    pub struct DestinationRule {
        /// Name of a service, `*.` prefix allowed.
        pub host: String,
        /// Policy for the whole host.
        pub traffic_policy: Option<TrafficPolicy>,
        /// Named sets of endpoints.
        pub subsets: Vec<Subset>,
        /// Namespaces that see this resource.
        pub export_to: Vec<String>,
        /// The clients it applies to, in its own namespace.
        pub workload_selector: Option<PolicySelector>,
    }

    /// A selector of `istio.type.v1beta1`.
    pub struct PolicySelector {
        /// Labels a workload has to carry.
        pub match_labels: Labels,
    }

    /// Load balancing, limits, health and TLS towards a host.
    pub struct TrafficPolicy {
        /// Load balancing.
        pub load_balancer: Option<LoadBalancerSettings>,
        /// Limits.
        pub connection_pool: Option<ConnectionPoolSettings>,
        /// Passive health checks.
        pub outlier_detection: Option<OutlierDetection>,
        /// TLS towards the upstream.
        pub tls: Option<ClientTLSSettings>,
        /// Policies for single ports; they replace the fields above and inherit nothing.
        pub port_level_settings: Vec<PortTrafficPolicy>,
        /// Tunnel for TCP.
        pub tunnel: Option<TunnelSettings>,
        /// PROXY protocol towards the upstream.
        pub proxy_protocol: Option<ProxyProtocol>,
        /// Limit of concurrent retries.
        pub retry_budget: Option<RetryBudget>,
    }

    /// Policy for one port.
    pub struct PortTrafficPolicy {
        /// The port.
        pub port: Option<PortSelector>,
        /// Load balancing.
        pub load_balancer: Option<LoadBalancerSettings>,
        /// Limits.
        pub connection_pool: Option<ConnectionPoolSettings>,
        /// Passive health checks.
        pub outlier_detection: Option<OutlierDetection>,
        /// TLS towards the upstream.
        pub tls: Option<ClientTLSSettings>,
    }

    /// Tunnel for TCP and TLS.
    pub struct TunnelSettings {
        /// `CONNECT` (default) or `POST`.
        pub protocol: String,
        /// Where the tunnel ends.
        pub target_host: String,
        /// Where the tunnel ends.
        pub target_port: u32,
    }

    /// PROXY protocol towards the upstream.
    pub struct ProxyProtocol {
        /// Version of the protocol.
        pub version: ProxyProtocolVersion,
    }

    /// Limit of concurrent retries.
    pub struct RetryBudget {
        /// In percent of the active requests; 20 by default.
        pub percent: Option<f64>,
        /// Never fewer than this; 3 by default.
        pub min_retry_concurrency: u32,
        /// Interval of the measurement. Since Istio 1.31.
        pub budget_interval: Option<Duration>,
    }

    /// A named set of endpoints.
    pub struct Subset {
        /// The name destinations use.
        pub name: String,
        /// Labels an endpoint has to carry.
        pub labels: Labels,
        /// Policy that overrides the host's.
        pub traffic_policy: Option<TrafficPolicy>,
    }

    /// Load balancing.
    pub struct LoadBalancerSettings {
        /// A plain algorithm.
        pub simple: Option<SimpleLB>,
        /// Affinity by hash.
        pub consistent_hash: Option<ConsistentHashLB>,
        /// Preference of near endpoints.
        pub locality_lb_setting: Option<LocalityLoadBalancerSetting>,
        /// Preference of the own zone. Since Istio 1.31.
        pub zone_aware_lb_setting: Option<ZoneAwareLoadBalancerSetting>,
        /// Slow start. Replaced by `warmup`.
        pub warmup_duration_secs: Option<Duration>,
        /// Slow start.
        pub warmup: Option<WarmupConfiguration>,
    }

    /// Affinity by hash: one key and one algorithm.
    pub struct ConsistentHashLB {
        /// Hash of a header.
        pub http_header_name: Option<String>,
        /// Hash of a cookie.
        pub http_cookie: Option<HTTPCookie>,
        /// Hash of the client address.
        pub use_source_ip: Option<bool>,
        /// Hash of a query parameter.
        pub http_query_parameter_name: Option<String>,
        /// Ring hash.
        pub ring_hash: Option<RingHash>,
        /// Maglev.
        pub maglev: Option<MagLev>,
        /// Size of the ring. Deprecated.
        pub minimum_ring_size: u64,
    }

    /// Ring hash.
    pub struct RingHash {
        /// 1024 by default.
        pub minimum_ring_size: u64,
    }

    /// Maglev.
    pub struct MagLev {
        /// A prime number; 65537 by default.
        pub table_size: u64,
    }

    /// The cookie that carries the affinity.
    pub struct HTTPCookie {
        /// Its name.
        pub name: String,
        /// Its path.
        pub path: String,
        /// Lifetime. Absent: no cookie is made; `0s`: a session cookie.
        pub ttl: Option<Duration>,
        /// Further attributes.
        pub attributes: Vec<CookieAttribute>,
    }

    /// A cookie attribute such as `SameSite`.
    pub struct CookieAttribute {
        /// Its name.
        pub name: String,
        /// Its value.
        pub value: String,
    }

    /// Slow start.
    pub struct WarmupConfiguration {
        /// How long it lasts.
        pub duration: Option<Duration>,
        /// Share at the beginning; 10 by default.
        pub minimum_percent: Option<f64>,
        /// Shape of the growth; 1.0 by default.
        pub aggression: Option<f64>,
    }

    /// Limits.
    pub struct ConnectionPoolSettings {
        /// For connections.
        pub tcp: Option<TCPSettings>,
        /// For requests.
        pub http: Option<HTTPSettings>,
    }

    /// Limits for connections.
    pub struct TCPSettings {
        /// Number of connections.
        pub max_connections: i32,
        /// Time to connect; 10 s by default.
        pub connect_timeout: Option<Duration>,
        /// Keep-alive probes.
        pub tcp_keepalive: Option<TcpKeepalive>,
        /// Lifetime of a connection.
        pub max_connection_duration: Option<Duration>,
        /// Idle time; one hour by default.
        pub idle_timeout: Option<Duration>,
    }

    /// Keep-alive probes of TCP.
    pub struct TcpKeepalive {
        /// Unanswered probes before the connection counts as dead.
        pub probes: u32,
        /// Idle time before the first probe.
        pub time: Option<Duration>,
        /// Time between probes.
        pub interval: Option<Duration>,
    }

    /// Limits for requests.
    pub struct HTTPSettings {
        /// Requests that wait for a connection.
        pub http1_max_pending_requests: i32,
        /// Active requests.
        pub http2_max_requests: i32,
        /// Requests on one connection; 0 is unlimited.
        pub max_requests_per_connection: i32,
        /// Retries at one time.
        pub max_retries: i32,
        /// Idle time; one hour by default.
        pub idle_timeout: Option<Duration>,
        /// Whether HTTP/1.1 becomes HTTP/2.
        pub h2_upgrade_policy: H2UpgradePolicy,
        /// Use the protocol of the client.
        pub use_client_protocol: bool,
        /// Streams on one connection.
        pub max_concurrent_streams: i32,
        /// Pings of HTTP/2. Since Istio 1.31.
        pub http2_keep_alive: Option<ConnectionKeepalive>,
    }

    /// Pings of HTTP/2.
    pub struct ConnectionKeepalive {
        /// Time between pings.
        pub interval: Option<Duration>,
        /// Time for an answer.
        pub timeout: Option<Duration>,
    }

    /// Passive health checks.
    pub struct OutlierDetection {
        /// Deprecated and ignored by Istio.
        pub consecutive_errors: i32,
        /// Count local errors separately.
        pub split_external_local_origin_errors: bool,
        /// Local errors in a row; 5 by default.
        pub consecutive_local_origin_failures: Option<u32>,
        /// Gateway errors in a row; off by default.
        pub consecutive_gateway_errors: Option<u32>,
        /// Server errors in a row; 5 by default, 0 is off.
        pub consecutive_5xx_errors: Option<u32>,
        /// Time between sweeps; 10 s by default.
        pub interval: Option<Duration>,
        /// How long an endpoint is ejected; 30 s by default.
        pub base_ejection_time: Option<Duration>,
        /// Share of endpoints that may be ejected; 10 by default.
        pub max_ejection_percent: i32,
        /// Share of healthy endpoints below which the detection is off.
        pub min_health_percent: i32,
        /// Status codes that count as errors. Newer than Istio 1.31.
        pub outlier_detection_http_error_codes: Vec<u32>,
    }

    /// TLS towards the upstream.
    pub struct ClientTLSSettings {
        /// Whether and how.
        pub mode: ClientTLSMode,
        /// File of the certificate.
        pub client_certificate: String,
        /// File of the key.
        pub private_key: String,
        /// File of the authorities.
        pub ca_certificates: String,
        /// Secret that holds the three.
        pub credential_name: String,
        /// Names the certificate of the upstream may carry.
        pub subject_alt_names: Vec<String>,
        /// Server name to ask for.
        pub sni: String,
        /// Do not verify.
        pub insecure_skip_verify: Option<bool>,
        /// File of the revocation list.
        pub ca_crl: String,
    }

    /// Preference of near endpoints.
    pub struct LocalityLoadBalancerSetting {
        /// Explicit shares.
        pub distribute: Vec<Distribute>,
        /// Where to go when a region fails.
        pub failover: Vec<Failover>,
        /// Labels by priority.
        pub failover_priority: Vec<String>,
        /// Overrides the mesh.
        pub enabled: Option<bool>,
    }

    /// Shares for one origin.
    pub struct Distribute {
        /// Locality of the client, `region/zone/sub-zone`.
        pub from: String,
        /// Share in percent by locality.
        pub to: BTreeMap<String, u32>,
    }

    /// Where to go when a region fails.
    pub struct Failover {
        /// The region.
        pub from: String,
        /// Its substitute.
        pub to: String,
    }

    /// Preference of the own zone.
    pub struct ZoneAwareLoadBalancerSetting {
        /// Whether it is on.
        pub enabled: Option<bool>,
        /// Where to go when a region fails.
        pub failover: Vec<Failover>,
        /// Labels by priority.
        pub failover_priority: Vec<String>,
        /// Smallest number of endpoints; 6 by default.
        pub min_cluster_size: Option<u64>,
    }
}

choice! {
    /// Version of the PROXY protocol.
    pub enum ProxyProtocolVersion {
        /// Text.
        V1,
        /// Binary.
        V2,
    }

    /// Plain load balancing algorithms.
    pub enum SimpleLB {
        /// The default: least request.
        Unspecified,
        /// Deprecated name of `LEAST_REQUEST`.
        LeastConn,
        /// At random.
        Random,
        /// To the address the client asked for.
        Passthrough,
        /// In turn.
        RoundRobin,
        /// The less busy of two.
        LeastRequest,
    }

    /// Whether HTTP/1.1 becomes HTTP/2.
    pub enum H2UpgradePolicy {
        /// As the mesh says.
        Default,
        /// No.
        DoNotUpgrade,
        /// Yes.
        Upgrade,
    }

    /// Whether and how TLS is used towards the upstream.
    pub enum ClientTLSMode {
        /// No TLS.
        Disable,
        /// TLS.
        Simple,
        /// TLS with a client certificate.
        Mutual,
        /// TLS with Istio's client certificate.
        IstioMutual,
    }
}
