//! How HTTP is spoken with upstreams.

use alloc::string::ToString;

use serde_json::{Value, json};

use super::{Fields, outlier_detection, transport_socket};
use crate::export::files::typed;
use crate::mesh::Protocol;
use crate::resources::MeshConfig;
use crate::resources::destination_rule::{
    ConnectionPoolSettings, H2UpgradePolicy, HTTPSettings, TrafficPolicy,
};
use crate::resources::mesh_config::MeshH2UpgradePolicy;

/// The version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Upstream {
    Http1,
    Http2,
    /// Whichever the client speaks.
    Client,
}

impl Upstream {
    /// HTTP/2 where the port says so or an upgrade is asked for; the client's version where that is asked for, or
    /// the port says nothing and a sidecar `sniffs`. Source: Istio `setUpstreamProtocol`, `shouldH2Upgrade`.
    pub(super) fn new(
        protocol: Protocol,
        sniffs: bool,
        pool: Option<&ConnectionPoolSettings>,
        config: &MeshConfig,
    ) -> Self {
        let http = pool.and_then(|pool| pool.http.as_ref());
        if http.is_some_and(|http| http.use_client_protocol) {
            return Self::Client;
        }
        let upgraded = match http.map(|http| http.h2_upgrade_policy).unwrap_or_default() {
            H2UpgradePolicy::Upgrade => true,
            H2UpgradePolicy::DoNotUpgrade => false,
            H2UpgradePolicy::Default => {
                let declared = protocol.is_http() && protocol != Protocol::Sniffed;
                declared && config.h2_upgrade_policy == MeshH2UpgradePolicy::Upgrade
            }
        };
        match protocol {
            _ if upgraded || protocol.is_http2() => Self::Http2,
            Protocol::Sniffed if sniffs => Self::Client,
            _ => Self::Http1,
        }
    }

    fn options(self, http: Option<&HTTPSettings>) -> (&'static str, Value) {
        let keepalive = http.and_then(http2_keepalive);
        let mut http2 = Fields::new();
        http2.extend(keepalive.map(|keepalive| ("connection_keepalive".into(), keepalive)));
        match self {
            Self::Http1 => ("explicit_http_config", json!({"http_protocol_options": {}})),
            Self::Http2 => {
                let streams = http.map_or(0, |http| http.max_concurrent_streams);
                if streams > 0 {
                    http2.insert("max_concurrent_streams".into(), json!(streams));
                }
                ("explicit_http_config", json!({"http2_protocol_options": http2}))
            }
            Self::Client => (
                "use_downstream_protocol_config",
                json!({"http_protocol_options": {}, "http2_protocol_options": http2}),
            ),
        }
    }
}

/// Both times are there, or [`check`](super::check) has left the block out.
fn http2_keepalive(http: &HTTPSettings) -> Option<Value> {
    let keepalive = http.http2_keep_alive.as_ref()?;
    let (interval, timeout) = (keepalive.interval?, keepalive.timeout?);
    Some(json!({"interval": interval.to_string(), "timeout": timeout.to_string()}))
}

/// `typed_extension_protocol_options`.
pub(super) fn field(upstream: Upstream, policy: &TrafficPolicy, is_dynamic: bool) -> Value {
    let pool = policy.connection_pool.as_ref();
    let http = pool.and_then(|pool| pool.http.as_ref());
    let (name, options) = upstream.options(http);
    let mut fields = Fields::new();
    fields.insert(name.into(), options);
    let common = pool.map(common).unwrap_or_default();
    if !common.is_empty() {
        fields.insert("common_http_protocol_options".into(), Value::Object(common));
    }
    let by_request = transport_socket::by_request(policy, is_dynamic);
    if !by_request.is_empty() {
        fields.insert("upstream_http_protocol_options".into(), Value::Object(by_request));
    }
    let outliers = policy.outlier_detection.as_ref();
    let errors = outliers.and_then(outlier_detection::errors);
    fields.extend(errors.map(|errors| ("outlier_detection".into(), errors)));
    let type_name = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    json!({type_name: typed(type_name, Value::Object(fields))})
}

/// Idle time of HTTP comes before that of TCP. Source: Istio `applyConnectionPool`.
fn common(pool: &ConnectionPoolSettings) -> Fields {
    let (tcp, http) = (pool.tcp.as_ref(), pool.http.as_ref());
    let idle = http.and_then(|http| http.idle_timeout);
    let idle = idle.or_else(|| tcp?.idle_timeout);
    let lifetime = tcp.and_then(|tcp| tcp.max_connection_duration);
    let requests = http.map_or(0, |http| http.max_requests_per_connection);
    let mut fields = Fields::new();
    for (name, time) in [("idle_timeout", idle), ("max_connection_duration", lifetime)] {
        fields.extend(time.map(|time| (name.into(), json!(time.to_string()))));
    }
    if requests > 0 {
        fields.insert("max_requests_per_connection".into(), json!(requests));
    }
    fields
}
