//! The plugin configuration of the filter: what Envoy hands it, as JSON.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::compile::Proxy;
use crate::resources::MeshConfig;

/// Where the filter learns the port that a request arrived on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PortSource {
    /// From the port in the authority, 80 where it has none: a listener for all ports.
    Authority,
    /// From the address that the client has connected to: behind a redirection, or an Istio listener.
    #[default]
    Destination,
    /// It is this one: a listener of its own.
    #[serde(untagged)]
    Fixed(u16),
}

/// Who carries out faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FaultMode {
    /// Envoy's fault filter, which stands behind this one and takes orders by header.
    Native,
    /// This filter.
    #[default]
    Filter,
}

/// The plugin configuration. `resources` are objects as `kubectl get -o json` gives them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings<R> {
    /// The proxy's point of view.
    pub proxy: Proxy,
    /// Mesh-wide settings.
    #[serde(default)]
    pub mesh: MeshConfig,
    /// The port of a request.
    #[serde(default)]
    pub port: PortSource,
    /// Who carries out faults.
    #[serde(default)]
    pub fault: FaultMode,
    /// Leaves an explanation of each decision in filter state. Costs time; for tests and for looking closely.
    #[serde(default)]
    pub trace: bool,
    /// Makes all draws repeatable. For tests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Kubernetes and Istio objects.
    pub resources: Vec<R>,
}
