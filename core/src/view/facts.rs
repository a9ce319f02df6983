//! What a rule says, whatever is drawn: retries, mirrors, hashing, faults.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::milliseconds;
use crate::action::{Abort, Fault, HashPolicy, Mirror, Retries, RetryPolicy};

/// A retry policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetryView {
    /// Retries after the first try.
    pub attempts: u32,
    /// Envoy's `retry_on`.
    pub retry_on: String,
    /// Further status codes to retry.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub retriable_status_codes: Vec<u16>,
    /// Limit of each try, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub per_try_timeout_ms: Option<u64>,
    /// Base interval between tries, in milliseconds; absent is Envoy's 25.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub backoff_ms: Option<u64>,
    /// Whether hosts that have failed are passed over. Absent in JSON is yes.
    #[serde(skip_serializing_if = "is_true", default = "yes")]
    pub ignore_previous_hosts: bool,
    /// Whether other localities are tried. Absent in JSON is no.
    #[serde(skip_serializing_if = "is_false", default)]
    pub remote_localities: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_true(value: &bool) -> bool {
    *value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

fn yes() -> bool {
    true
}

impl RetryView {
    /// `None` where nothing is retried.
    pub(super) fn new(retries: &Retries) -> Option<Self> {
        let policy = match retries {
            Retries::Disabled => return None,
            Retries::Default => RetryPolicy::istio_default(),
            Retries::Policy(policy) => policy.clone(),
        };
        Some(Self {
            attempts: policy.attempts,
            retry_on: policy.retry_on,
            retriable_status_codes: policy.retriable_status_codes,
            per_try_timeout_ms: policy.per_try_timeout.map(milliseconds),
            backoff_ms: policy.backoff.map(milliseconds),
            ignore_previous_hosts: policy.ignore_previous_hosts,
            remote_localities: policy.remote_localities,
        })
    }
}

/// Where copies go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MirrorView {
    /// Name of the cluster.
    pub cluster: String,
    /// Share of the requests.
    pub percent: f64,
}

impl From<&Mirror> for MirrorView {
    fn from(mirror: &Mirror) -> Self {
        Self {
            cluster: mirror.cluster.clone(),
            percent: mirror.fraction.percent(),
        }
    }
}

/// What is hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HashPolicyView {
    /// A header, by name.
    Header(String),
    /// A cookie.
    Cookie(CookieView),
    /// The client's address.
    SourceIp,
    /// A query parameter, by name.
    QueryParameter(String),
}

/// A cookie to hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CookieView {
    /// Its name.
    pub name: String,
    /// Its path.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub path: String,
    /// Its lifetime in milliseconds; absent where none is given out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ttl_ms: Option<u64>,
}

impl From<&HashPolicy> for HashPolicyView {
    fn from(policy: &HashPolicy) -> Self {
        match policy {
            HashPolicy::Header(name) => Self::Header(name.clone()),
            HashPolicy::SourceIp => Self::SourceIp,
            HashPolicy::QueryParameter(name) => Self::QueryParameter(name.clone()),
            HashPolicy::Cookie(cookie) => Self::Cookie(CookieView {
                name: cookie.name.clone(),
                path: cookie.path.clone(),
                ttl_ms: cookie.ttl.map(milliseconds),
            }),
        }
    }
}

/// A fault that a rule asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaultView {
    /// Holding back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub delay: Option<DelayView>,
    /// Answering in place of the destination.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub abort: Option<FractionOf<AbortView>>,
}

/// A delay and how often it happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DelayView {
    /// Share of the requests.
    pub percent: f64,
    /// How long, in milliseconds.
    pub fixed_ms: u64,
}

/// Something and how often it happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FractionOf<T> {
    /// Share of the requests.
    pub percent: f64,
    /// What.
    #[serde(flatten)]
    pub what: T,
}

/// A fault abort.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AbortView {
    /// With an HTTP status.
    HttpStatus(u16),
    /// With a gRPC status.
    GrpcStatus(u8),
}

impl From<Abort> for AbortView {
    fn from(abort: Abort) -> Self {
        match abort {
            Abort::HttpStatus(status) => Self::HttpStatus(status),
            Abort::GrpcStatus(status) => Self::GrpcStatus(status),
        }
    }
}

impl FaultView {
    /// `None` where the rule asks for none.
    pub(super) fn new(fault: &Fault) -> Option<Self> {
        let view = Self {
            delay: fault.delay.map(|delay| DelayView {
                percent: delay.fraction.percent(),
                fixed_ms: milliseconds(delay.duration),
            }),
            abort: fault.abort.map(|(abort, fraction)| FractionOf {
                percent: fraction.percent(),
                what: abort.into(),
            }),
        };
        (view.delay.is_some() || view.abort.is_some()).then_some(view)
    }
}
