//! What Envoy itself has to carry out for a rule, as no header can order it: mirrors, hashing, and those parts
//! of a retry policy that belong to the route.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use serde::Serialize;

use super::{Fraction, RetryPolicy};
use crate::digest::fnv1a;
use crate::wire::MISSING_CLUSTER_STATUS;

/// `mirror`, or one of `mirrors`: a copy of the request, whose answer nobody reads. One to a cluster that does
/// not exist is not sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mirror {
    /// Istio's name of the cluster.
    pub cluster: String,
    /// `percentage`; absent is always.
    pub fraction: Fraction,
}

/// What requests are told apart by, for a cluster that keeps them on one endpoint.
/// Source: Istio `consistentHashToHashPolicy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum HashPolicy {
    /// `httpHeaderName`.
    Header(String),
    /// `httpCookie`.
    Cookie(HashCookie),
    /// `useSourceIp`.
    SourceIp,
    /// `httpQueryParameterName`.
    QueryParameter(String),
}

/// A cookie to hash. With a lifetime, Envoy gives one to clients that have none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HashCookie {
    /// Its name.
    pub name: String,
    /// Its path; empty for none.
    pub path: String,
    /// Its lifetime: zero lasts a session.
    pub ttl: Option<Duration>,
    /// Further attributes, with their values.
    pub attributes: Vec<(String, String)>,
}

/// How the route behind the filter retries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum RouteRetries {
    /// By Istio's default policy.
    #[default]
    Default,
    /// When headers say so.
    Ordered(RetryPlaces),
}

/// Where and how soon a request is retried.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RetryPlaces {
    /// Hosts that have failed for this request are passed over.
    pub ignore_previous_hosts: bool,
    /// Other localities are tried.
    pub remote_localities: bool,
    /// Base interval; `None` is Envoy's 25 ms.
    pub backoff: Option<Duration>,
}

impl From<&RetryPolicy> for RetryPlaces {
    fn from(policy: &RetryPolicy) -> Self {
        Self {
            ignore_previous_hosts: policy.ignore_previous_hosts,
            remote_localities: policy.remote_localities,
            backoff: policy.backoff,
        }
    }
}

/// A route profile: the static settings of a route that stands ready behind the filter, which selects it by
/// its name. Rules with the same settings share one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// How it retries.
    pub retries: RouteRetries,
    /// Where copies go, in order.
    pub mirrors: Vec<Mirror>,
    /// What is hashed, in order.
    pub hash_policies: Vec<HashPolicy>,
    /// `statPrefix`: what Envoy counts the route under; empty for none.
    pub stat_prefix: String,
    /// What clients get where the cluster does not exist.
    pub missing_cluster_status: u16,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            retries: RouteRetries::default(),
            mirrors: Vec::new(),
            hash_policies: Vec::new(),
            stat_prefix: String::new(),
            missing_cluster_status: MISSING_CLUSTER_STATUS,
        }
    }
}

impl Profile {
    /// The name, made of all settings: other settings, another name. `None` for the default profile.
    pub fn name(&self) -> Option<String> {
        if *self == Self::default() {
            return None;
        }
        // Maps do not occur in it, so the text is always the same.
        let settings = serde_json::to_string(self).unwrap_or_default();
        Some(alloc::format!(
            "{}-{:016x}",
            self.summary(),
            fnv1a(settings.bytes())
        ))
    }

    /// What stands out, for people who read logs.
    fn summary(&self) -> &'static str {
        match (self.mirrors.is_empty(), self.hash_policies.is_empty()) {
            (false, true) => "mirror",
            (true, false) => "hash",
            (false, false) => "mirror-hash",
            (true, true) if self.retries == RouteRetries::Default => "route",
            (true, true) => "retry",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_told_apart_by_name() {
        let mirror = |cluster: &str| Profile {
            mirrors: Vec::from([Mirror {
                cluster: cluster.into(),
                fraction: Fraction::ALWAYS,
            }]),
            ..Profile::default()
        };
        assert_eq!(Profile::default().name(), None);
        assert_eq!(mirror("a").name(), mirror("a").name());
        assert_ne!(mirror("a").name(), mirror("b").name());
        assert!(mirror("a").name().unwrap().starts_with("mirror-"));
    }
}
