//! The parts of Istio's MeshConfig that routing needs. All other fields are ignored on input.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::destination_rule::{LocalityLoadBalancerSetting, TcpKeepalive};
use super::metadata::Labels;
use super::scalar::{Duration, is_default};
use super::virtual_service::HTTPRetry;

/// Settings of the whole mesh.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MeshConfig {
    /// What happens to unknown destinations. Absent means `ALLOW_ANY`, `{}` means `REGISTRY_ONLY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outbound_traffic_policy: Option<MeshOutboundTrafficPolicy>,
    /// Retries of rules that say nothing about them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_http_retry_policy: Option<HTTPRetry>,
    /// What happens to paths before they are matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_normalization: Option<PathNormalization>,
    /// The namespace whose resources count for all others.
    pub root_namespace: String,
    /// Who sees VirtualServices without `exportTo`.
    pub default_virtual_service_export_to: Vec<String>,
    /// Who sees Services and ServiceEntries without `exportTo`.
    pub default_service_export_to: Vec<String>,
    /// Who sees DestinationRules without `exportTo`.
    pub default_destination_rule_export_to: Vec<String>,
    /// Time to connect to upstreams.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_timeout: Option<Duration>,
    /// Keep-alive probes towards upstreams.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp_keepalive: Option<TcpKeepalive>,
    /// Whether HTTP/1.1 becomes HTTP/2 where no rule says anything about it.
    #[serde(skip_serializing_if = "is_default")]
    pub h2_upgrade_policy: MeshH2UpgradePolicy,
    /// Preference of near endpoints where no rule says anything about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality_lb_setting: Option<LocalityLoadBalancerSetting>,
    /// Where Envoy writes a line for each request and each connection, such as `/dev/stdout`; nowhere if empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub access_log_file: String,
    /// What these lines say; Envoy's commands, or an object of them where they are JSON. Empty for the default.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub access_log_format: String,
    /// How they are written.
    #[serde(skip_serializing_if = "is_default")]
    pub access_log_encoding: AccessLogEncoding,
    /// Settings of all proxies.
    #[serde(skip_serializing_if = "is_default")]
    pub default_config: ProxyConfig,
    /// The domain of the cluster, which completes short names. May be empty. Not part of Istio's MeshConfig.
    pub domain: String,
}

impl Default for MeshConfig {
    fn default() -> Self {
        let everyone = || vec!["*".to_owned()];
        Self {
            outbound_traffic_policy: None,
            default_http_retry_policy: None,
            path_normalization: None,
            root_namespace: "istio-system".to_owned(),
            default_virtual_service_export_to: everyone(),
            default_service_export_to: everyone(),
            default_destination_rule_export_to: everyone(),
            connect_timeout: None,
            tcp_keepalive: None,
            h2_upgrade_policy: MeshH2UpgradePolicy::default(),
            locality_lb_setting: None,
            access_log_file: String::new(),
            access_log_format: String::new(),
            access_log_encoding: AccessLogEncoding::default(),
            default_config: ProxyConfig::default(),
            domain: "cluster.local".to_owned(),
        }
    }
}

impl MeshConfig {
    /// What happens to unknown destinations, with Istio's default.
    #[must_use]
    pub fn outbound_mode(&self) -> MeshOutboundTrafficPolicyMode {
        self.outbound_traffic_policy
            .as_ref()
            .map_or(MeshOutboundTrafficPolicyMode::AllowAny, |policy| policy.mode)
    }
}

message! {
    /// What happens to unknown destinations.
    pub struct MeshOutboundTrafficPolicy {
        /// Blocked or passed through.
        pub mode: MeshOutboundTrafficPolicyMode,
    }

    /// Settings of proxies.
    pub struct ProxyConfig {
        /// Environment of the proxies: `ISTIO_META_DNS_CAPTURE` and others.
        pub proxy_metadata: Labels,
    }

    /// What happens to paths before they are matched.
    pub struct PathNormalization {
        /// How far it goes.
        pub normalization: NormalizationType,
    }
}

choice! {
    /// What happens to unknown destinations.
    pub enum MeshOutboundTrafficPolicyMode {
        /// Blocked.
        RegistryOnly,
        /// Passed through.
        AllowAny,
        /// Passed through, with names resolved by the proxy.
        AllowAnyDynamicDns,
    }

    /// Whether HTTP/1.1 becomes HTTP/2.
    pub enum MeshH2UpgradePolicy {
        /// No.
        DoNotUpgrade,
        /// Yes.
        Upgrade,
    }

    /// How lines of access logs are written.
    pub enum AccessLogEncoding {
        /// As text.
        Text,
        /// As JSON objects.
        Json,
    }

    /// How far the normalization of paths goes.
    pub enum NormalizationType {
        /// Same as `BASE`.
        Default,
        /// Not at all.
        None,
        /// RFC 3986: dot segments, unreserved characters, and `\` as `/`.
        Base,
        /// And one slash for several.
        MergeSlashes,
        /// And `%2F` and `%5C` as slashes.
        DecodeAndMergeSlashes,
    }
}
