//! Destinations as people name them, held against Istio's names of clusters.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::model::DestinationExpect;
use crate::mesh::names::resolve_host;

/// What short names of hosts are short for.
#[derive(Clone, Copy, Debug)]
pub struct Names<'n> {
    /// The namespace of the proxy.
    pub namespace: &'n str,
    /// The domain of the cluster.
    pub domain: &'n str,
}

impl Names<'_> {
    /// Whether `written` stands for `host`: short names are those of the proxy's namespace, or of the rule's.
    fn stands_for(&self, written: &str, host: &str, rule_namespace: Option<&str>) -> bool {
        let full = |namespace: &str| resolve_host(written, namespace, self.domain);
        let mut namespaces = [Some(self.namespace), rule_namespace].into_iter().flatten();
        written.eq_ignore_ascii_case(host)
            || namespaces.any(|namespace| full(namespace).eq_ignore_ascii_case(host))
            || format!("{written}.{}", self.domain).eq_ignore_ascii_case(host)
            || format!("{written}.svc.{}", self.domain).eq_ignore_ascii_case(host)
    }
}

/// The parts of a cluster's name; a name that has none is its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cluster<'c> {
    /// The host.
    pub host: &'c str,
    /// The subset; empty for none.
    pub subset: &'c str,
    /// The port.
    pub port: Option<u32>,
}

impl<'c> Cluster<'c> {
    /// Reads a name such as `outbound|9080|v1|reviews.default.svc.cluster.local`.
    pub fn parse(name: &'c str) -> Self {
        let mut parts = name.splitn(4, '|');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(_), Some(port), Some(subset), Some(host)) => Self {
                host,
                subset,
                port: port.parse().ok(),
            },
            _ => Self {
                host: name,
                subset: "",
                port: None,
            },
        }
    }

    /// Whether it is the expected one.
    pub(super) fn is(&self, expected: &DestinationExpect, names: &Names<'_>, rule: Option<&str>) -> bool {
        let host = expected.host.as_deref();
        let subset = expected.subset.as_deref();
        let port = expected.port.as_ref().map(|port| port.number);
        host.is_none_or(|host| names.stands_for(host, self.host, rule))
            && subset.is_none_or(|subset| subset == self.subset)
            && port.is_none_or(|port| self.port == Some(port))
    }

    /// As much of it as is expected, in the same words.
    pub(super) fn like(&self, expected: &DestinationExpect) -> String {
        describe(
            expected.host.as_ref().map(|_| self.host),
            expected.subset.as_ref().map(|_| self.subset),
            expected
                .port
                .as_ref()
                .map(|_| self.port.map_or_else(|| "none".into(), |port| port.to_string())),
        )
    }
}

/// The expectation in words.
pub(super) fn words(expected: &DestinationExpect) -> String {
    describe(
        expected.host.as_deref(),
        expected.subset.as_deref(),
        expected.port.as_ref().map(|port| port.number.to_string()),
    )
}

fn describe(host: Option<&str>, subset: Option<&str>, port: Option<String>) -> String {
    let subset = subset.map(|subset| {
        if subset.is_empty() {
            "no subset".to_string()
        } else {
            format!("subset {subset}")
        }
    });
    let port = port.map(|port| format!("port {port}"));
    let parts = [host.map(ToString::to_string), subset, port];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(", ")
}
