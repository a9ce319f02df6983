//! A configuration as it is written, and as it is compiled.

use std::collections::BTreeSet;

use mainsheet_core::compile::Proxy;
use mainsheet_core::diagnostic::{Diagnostic, Severity};
use mainsheet_core::input::load_json;
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::table::RouteTable;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::subject::World;

/// A configuration in the form of case files. It stays text-like, so that it can be cut down.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Configuration {
    /// The proxy's point of view.
    pub proxy: Value,
    /// Mesh-wide settings.
    pub mesh: Value,
    /// Kubernetes and Istio objects.
    pub resources: Vec<Value>,
}

/// A configuration that compiles.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The resources, compiled.
    pub world: World,
    /// The draws of the first request; those of each later one follow from the one before it.
    pub seed: u64,
}

impl Setting {
    /// The table of the proxy.
    pub fn table(&self) -> &RouteTable {
        &self.world.compiled.table
    }
}

impl Configuration {
    /// Compiles it.
    ///
    /// # Errors
    /// All findings, when one of them is an error.
    pub fn compile(&self, seed: u64) -> Result<Setting, Vec<Diagnostic>> {
        let proxy: Proxy = read(&self.proxy)?;
        let mesh: MeshConfig = read(&self.mesh)?;
        let (bundle, findings) = load_json(&self.resources);
        if findings.iter().any(|finding| finding.severity == Severity::Error) {
            return Err(findings);
        }
        let world = World::new(String::new(), bundle, mesh, proxy, BTreeSet::new())?;
        Ok(Setting { world, seed })
    }
}

/// Nothing at all reads as an empty object.
fn read<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, Vec<Diagnostic>> {
    let value = if value.is_null() {
        &Value::Object(serde_json::Map::new())
    } else {
        value
    };
    T::deserialize(value).map_err(|error| vec![Diagnostic::error("invalid-configuration", error.to_string())])
}
