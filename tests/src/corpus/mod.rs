//! Our own cases: data files that say what must become of a request. Every case runs through every subject.
//!
//! A file holds the resources, the proxy's point of view, and cases:
//!
//! ```yaml
//! description: A header chooses the version.
//! proxy: {kind: sidecar, namespace: default}
//! resources: [...]
//! cases:
//! - name: jason goes to v2
//!   request: {url: http://reviews:9080/reviews/1, headers: {end-user: jason}}
//!   expect: {cluster: outbound|9080|v2|reviews.default.svc.cluster.local}
//! ```

mod expect;
mod load;

use std::collections::BTreeMap;

use mainsheet_core::compile::Proxy;
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::sent::SentRequest;
use serde::Deserialize;

pub use expect::{Expect, Mismatch};
pub use load::{CorpusError, Scenario, load_directory};

/// One file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Suite {
    /// What the cases are about.
    pub description: String,
    /// Whose point of view.
    pub proxy: Proxy,
    /// Mesh-wide settings.
    pub mesh: MeshConfig,
    /// Kubernetes and Istio objects.
    pub resources: Vec<serde_json::Value>,
    /// The cases.
    pub cases: Vec<Case>,
}

/// One request, and what must become of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Case {
    /// Unique in its file.
    pub name: String,
    /// The request.
    pub request: SentRequest,
    /// What must become of it; what is not said is not asked.
    pub expect: Expect,
    /// Subjects that cannot run the case, and why.
    pub skip: BTreeMap<String, String>,
}
