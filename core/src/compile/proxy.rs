//! The proxy that a table is for: who asks decides which rules apply.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::matcher::RepeatedHeaders;
use crate::mesh::{Client, Mesh, ScopedService};
use crate::resources::Labels;
use crate::resources::scalar::is_default;

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
    /// Its own addresses, by which the Services in front of a gateway are found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ips: Vec<String>,
    /// The outbound listener of its Sidecar whose rules alone are meant, by its index in `spec.egress`: an HTTP proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub egress: Option<usize>,
    /// How its Envoy matches repeated headers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub repeated_headers: RepeatedHeaders,
}

impl Proxy {
    /// Whose rules apply.
    pub fn client(&self) -> Client<'_> {
        Client {
            namespace: &self.namespace,
            labels: &self.labels,
        }
    }

    /// The services that it has clusters for, by full name.
    pub fn services<'m>(&self, mesh: &'m Mesh) -> BTreeMap<&'m str, ScopedService<'m>> {
        match self.kind {
            ProxyKind::Sidecar => mesh.sidecar_scope(self.client()).clusters,
            ProxyKind::Gateway => {
                let all = mesh.registry.by_hostname(&self.namespace).into_iter();
                all.map(|(name, service)| (name, ScopedService { service, ports: None }))
                    .collect()
            }
        }
    }

    /// A sidecar without labels.
    pub fn sidecar(namespace: impl Into<String>) -> Self {
        Self {
            kind: ProxyKind::Sidecar,
            namespace: namespace.into(),
            labels: Labels::new(),
            ips: Vec::new(),
            egress: None,
            repeated_headers: RepeatedHeaders::default(),
        }
    }

    /// A gateway workload.
    pub fn gateway(namespace: impl Into<String>, labels: Labels) -> Self {
        Self {
            kind: ProxyKind::Gateway,
            namespace: namespace.into(),
            labels,
            ips: Vec::new(),
            egress: None,
            repeated_headers: RepeatedHeaders::default(),
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
