//! The proxy that a table is for: who asks decides which rules apply.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::resources::Labels;

/// Which of Istio's two kinds of proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProxyKind {
    /// Beside a workload; routes its outbound requests.
    #[default]
    Sidecar,
    /// At the edge; serves the Gateways whose selector its labels satisfy.
    Gateway,
}

/// The proxy's point of view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Proxy {
    /// Sidecar or gateway.
    #[serde(default)]
    pub kind: ProxyKind,
    /// The namespace of its workload.
    #[serde(default = "default_namespace")]
    pub namespace: String,
    /// The labels of its workload.
    #[serde(default)]
    pub labels: Labels,
}

impl Proxy {
    /// A sidecar without labels.
    pub fn sidecar(namespace: impl Into<String>) -> Self {
        Self {
            kind: ProxyKind::Sidecar,
            namespace: namespace.into(),
            labels: Labels::new(),
        }
    }

    /// A gateway workload.
    pub fn gateway(namespace: impl Into<String>, labels: Labels) -> Self {
        Self {
            kind: ProxyKind::Gateway,
            namespace: namespace.into(),
            labels,
        }
    }
}

impl Default for Proxy {
    fn default() -> Self {
        Self::sidecar(default_namespace())
    }
}

fn default_namespace() -> String {
    "default".into()
}
