//! What case files state. A key that is not here makes its exchange fail.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Expectations; what is absent is not stated.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Expect {
    /// The kind of outcome.
    pub outcome: Option<String>,
    /// More of the outcome.
    pub detail: Option<String>,
    /// Status that the client sees.
    pub status: Option<Statuses>,
    /// Status that it must not see.
    pub status_not: Option<Statuses>,
    /// The cluster that is chosen.
    pub cluster: Option<String>,
    /// Host of clusters that must not be chosen.
    pub cluster_host_not: Option<String>,
    /// Name of the Service that answers.
    pub backend: Option<String>,
    /// Its namespace.
    pub backend_namespace: Option<String>,
    /// How the name of the pod that answers begins.
    pub workload: Option<String>,
    /// Subset of the chosen destination.
    pub subset: Option<String>,
    /// Where a redirect leads.
    pub location: Option<LocationExpect>,
    /// The request at the backend.
    pub upstream: Option<UpstreamExpect>,
    /// The same, by the name of the chosen backend.
    pub upstream_by_backend: Option<BTreeMap<String, UpstreamExpect>>,
    /// The response at the client.
    pub response: Option<ResponseExpect>,
    /// Name of the gRPC status.
    pub grpc_status: Option<String>,
    /// Shares of backends.
    pub weights: Option<WeightsExpect>,
    /// Copies.
    pub mirrors: Option<Vec<MirrorExpect>>,
    /// Whether requests stay on one endpoint.
    pub consistent_backend: Option<bool>,
    /// Whether the TLS connection fails.
    pub connection_fails: Option<bool>,
    /// Name of the virtual host.
    pub virtual_host: Option<String>,
    /// A domain that the virtual host has.
    pub virtual_host_domain: Option<String>,
    /// A domain that it does not have.
    pub virtual_host_domain_not: Option<String>,
    /// Name of the route.
    pub route: Option<String>,
    /// Its position in the virtual host.
    pub route_index: Option<usize>,
    /// Name of the routes of the port.
    pub route_config: Option<String>,
    /// Name of the listener.
    pub listener: Option<String>,
    /// What happens for each destination of a split.
    pub branches: Option<Vec<Branch>>,
    /// Whether a delay was applied.
    pub delayed: Option<bool>,
    /// Settings of the route.
    pub facts: Option<FactsExpect>,
    /// Whether it is about one of several destinations. Not written in files.
    #[serde(skip)]
    pub is_branch: bool,
}

/// What happens when one destination of a split is chosen.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Branch {
    /// The destination.
    pub cluster: String,
    /// Its share of the sum.
    pub weight: u64,
    /// As in [`Expect`].
    pub status: Option<Statuses>,
    /// As in [`Expect`].
    pub detail: Option<String>,
    /// As in [`Expect`].
    pub location: Option<LocationExpect>,
    /// As in [`Expect`].
    pub upstream: Option<UpstreamExpect>,
    /// As in [`Expect`].
    pub response: Option<ResponseExpect>,
    /// As in [`Expect`].
    pub mirrors: Option<Vec<MirrorExpect>>,
    /// As in [`Expect`].
    pub delayed: Option<bool>,
}

impl Branch {
    /// What is expected if this branch is chosen, beside what `whole` says of all.
    pub fn of(&self, whole: &Expect) -> Expect {
        Expect {
            cluster: Some(self.cluster.clone()),
            status: self.status.clone(),
            detail: self.detail.clone().or_else(|| whole.detail.clone()),
            location: self.location.clone(),
            upstream: self.upstream.clone(),
            response: self.response.clone(),
            mirrors: self.mirrors.clone(),
            delayed: self.delayed,
            branches: None,
            is_branch: true,
            ..whole.clone()
        }
    }
}

/// One status or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Statuses {
    /// This one.
    One(u16),
    /// Any of these.
    Several(Vec<u16>),
}

impl Statuses {
    /// Whether `status` is among them.
    pub fn contain(&self, status: u16) -> bool {
        match self {
            Self::One(only) => *only == status,
            Self::Several(allowed) => allowed.contains(&status),
        }
    }
}

/// Where a redirect leads.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Value")]
pub enum LocationExpect {
    /// Exactly there.
    Whole(String),
    /// To a URL with these parts.
    Parts(LocationParts),
}

/// Parts of a URL.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocationParts {
    /// `http` or `https`.
    pub scheme: Option<String>,
    /// Host without port.
    pub host: Option<String>,
    /// A number, or `default`.
    pub port: Option<PortExpect>,
    /// Path without query.
    pub path: Option<String>,
}

/// A port of a URL.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum PortExpect {
    /// This one.
    Number(u16),
    /// `default`: absent, or the usual one of the scheme.
    Word(String),
}

impl TryFrom<Value> for LocationExpect {
    type Error = serde_json::Error;

    fn try_from(value: Value) -> Result<Self, serde_json::Error> {
        match value {
            Value::String(whole) => Ok(Self::Whole(whole)),
            parts => serde_json::from_value(parts).map(Self::Parts),
        }
    }
}

/// Header names to values; `None` is absent.
pub type Headers = BTreeMap<String, Option<String>>;

/// The request at the backend.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct UpstreamExpect {
    /// The method.
    pub method: Option<String>,
    /// Path and query.
    pub path: Option<String>,
    /// Host.
    pub authority: Option<String>,
    /// Headers.
    pub headers: Option<Headers>,
    /// Whether the connection is one of the mesh.
    pub mtls: Option<bool>,
    /// HTTP version.
    pub protocol: Option<String>,
    /// Name in the TLS handshake.
    pub server_name: Option<String>,
}

/// The response at the client.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ResponseExpect {
    /// Headers.
    pub headers: Option<Headers>,
    /// Headers with their allowed values.
    pub headers_one_of: Option<BTreeMap<String, Vec<String>>>,
    /// Whether blanks do not count.
    pub ignore_whitespace: bool,
    /// Body of a local answer.
    pub body: Option<String>,
}

/// Shares of backends.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightsExpect {
    /// Name to percent.
    pub backends: BTreeMap<String, f64>,
    /// How far a sample may be off, in percent points.
    pub tolerance: f64,
    /// How many requests make a sample.
    pub requests: u32,
}

/// A copy, or a destination of copies.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct MirrorExpect {
    /// Recordings: cluster that a copy has arrived at.
    pub cluster: Option<String>,
    /// Recordings: its method.
    pub method: Option<String>,
    /// Recordings: its path.
    pub path: Option<String>,
    /// Recordings: its host.
    pub authority: Option<String>,
    /// Name of the Service.
    pub backend: Option<String>,
    /// Its namespace.
    pub backend_namespace: Option<String>,
    /// Host of the destination.
    pub host: Option<String>,
    /// Share of the requests; all of them unless said otherwise.
    pub percent: Option<f64>,
    /// How far a sample may be off, in percent points.
    pub tolerance: Option<f64>,
    /// How many requests make a sample.
    pub requests: Option<u32>,
}

/// Settings of the route. What is left out is not set.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FactsExpect {
    /// `0s` is none.
    pub timeout: Option<String>,
    /// The policy; `null` is none.
    #[serde(default, deserialize_with = "said")]
    pub retries: Option<RetriesExpect>,
    /// Where copies go.
    pub mirror_policies: Option<Vec<MirrorPolicy>>,
    /// What endpoints are chosen by.
    pub hash_policy: Option<Vec<Value>>,
    /// Faults.
    pub fault: Option<FaultExpect>,
}

/// Tells `null` from absence.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<RetriesExpect>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    RetriesExpect::try_from(value)
        .map(Some)
        .map_err(serde::de::Error::custom)
}

/// A retry policy, or its absence.
#[derive(Clone, Debug)]
pub enum RetriesExpect {
    /// `null`.
    None,
    /// The default of the file.
    Default,
    /// This one.
    Policy(RetryPolicyExpect),
}

impl TryFrom<Value> for RetriesExpect {
    type Error = serde_json::Error;

    fn try_from(value: Value) -> Result<Self, serde_json::Error> {
        match value {
            Value::Null => Ok(Self::None),
            Value::String(word) if word == "default" => Ok(Self::Default),
            policy => serde_json::from_value(policy).map(Self::Policy),
        }
    }
}

/// A retry policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RetryPolicyExpect {
    /// Retries after the first try.
    pub attempts: u32,
    /// Envoy's `retry_on`.
    pub on: String,
    /// Status codes.
    pub codes: Vec<u16>,
    /// Limit of one try.
    pub per_try: Option<String>,
    /// Base interval.
    pub backoff: Option<String>,
    /// Whether hosts that have failed are passed over.
    pub previous_hosts: bool,
    /// Whether other localities are tried.
    pub remote_localities: bool,
}

/// A shadow destination as it is configured.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MirrorPolicy {
    /// Its cluster.
    pub cluster: String,
    /// Share of the requests.
    pub percent: f64,
}

/// Faults.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultExpect {
    /// Abort.
    pub abort: Option<AbortExpect>,
    /// Delay.
    pub delay: Option<DelayExpect>,
}

/// A fault abort.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AbortExpect {
    /// Share of the requests; `null` is none.
    pub percent: Option<f64>,
    /// HTTP status.
    pub http_status: Option<u16>,
    /// gRPC status.
    pub grpc_status: Option<u8>,
}

/// A fault delay.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelayExpect {
    /// Share of the requests; `null` is none.
    pub percent: Option<f64>,
    /// How long.
    pub fixed: String,
}
