//! The filter in a mesh that Istio runs: objects that bring it into proxies which have their configuration from
//! istiod.
//!
//! All forms carry the same configuration of the filter, and all need routes behind it, which only an EnvoyFilter
//! can bring. These stand in front of the routes of every virtual host and ask for a header that the filter sets,
//! so a request that it leaves alone takes Istio's own.

mod envoy_filter;
mod extension;
mod module;
mod size;
mod target;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

pub use module::{InvalidModule, ModuleSource};

use super::{ProxyExport, plugin};
use crate::compile::Proxy;
use crate::diagnostic::{Diagnostic, Severity};
use crate::mesh::Mesh;
use crate::resources::Bundle;
use crate::settings::{Routes, Settings};

/// The kind of object that brings the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManifestKind {
    /// `EnvoyFilter`, which needs nothing else.
    EnvoyFilter,
    /// `WasmPlugin`, with an EnvoyFilter for the routes.
    WasmPlugin,
    /// `TrafficExtension` of Istio 1.30 and later, with an EnvoyFilter for the routes.
    TrafficExtension,
}

/// What manifests are asked for.
#[derive(Clone, Debug)]
pub struct ManifestOptions {
    /// The kind of object.
    pub kind: ManifestKind,
    /// Where proxies get the filter from.
    pub module: ModuleSource,
    /// The SHA-256 of what is fetched, in lower-case hexadecimal: of the file, or of the manifest of an image.
    pub sha256: Option<String>,
    /// `phase` of a WasmPlugin: `AUTHN`, `AUTHZ` or `STATS`; behind all of them where absent.
    pub phase: Option<String>,
    /// Whether the filter explains its decisions.
    pub trace: bool,
}

/// An object for Kubernetes.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// What to know about it, in lines.
    pub remarks: Vec<String>,
    /// The object.
    pub object: Value,
}

/// Objects for Kubernetes, in the order in which they are to be applied.
#[derive(Clone, Debug, Default)]
pub struct Manifests {
    /// The objects. There are none where a finding is an error.
    pub manifests: Vec<Manifest>,
    /// What was noticed on the way.
    pub diagnostics: Vec<Diagnostic>,
}

/// Writes what brings the filter into proxies of a running Istio. `mesh` has to be the one that `bundle` resolves to.
pub fn manifests(
    mesh: &Mesh,
    bundle: &Bundle,
    proxies: &[ProxyExport],
    options: &ManifestOptions,
) -> Manifests {
    let mut all = Manifests::default();
    for (name, proxy) in target::names(proxies).iter().zip(proxies) {
        all.diagnostics.extend(target::unknown_ports(mesh, proxy));
        match plugin_settings(mesh, bundle, &proxy.proxy, Routes::Shared, options.trace) {
            Ok(configuration) => {
                let order = Order {
                    name,
                    mesh,
                    proxy: &proxy.proxy,
                    options,
                    configuration,
                };
                all.extend(&order);
            }
            Err(error) => all.diagnostics.push(unwritable(&error)),
        }
    }
    if all.has_errors() {
        all.manifests.clear();
    }
    all
}

/// The configuration of the filter in one proxy, by itself.
///
/// # Errors
/// When a resource cannot be written as JSON.
pub fn plugin_settings(
    mesh: &Mesh,
    bundle: &Bundle,
    proxy: &Proxy,
    routes: Routes,
    trace: bool,
) -> Result<Value, serde_json::Error> {
    serde_json::to_value(Settings {
        routes,
        trace,
        ..plugin::settings(mesh, bundle, proxy)?
    })
}

/// What the objects of one proxy are made of.
struct Order<'o> {
    /// Their name, which others begin with.
    name: &'o str,
    mesh: &'o Mesh,
    proxy: &'o Proxy,
    options: &'o ManifestOptions,
    /// The configuration of the filter.
    configuration: Value,
}

impl Manifests {
    fn extend(&mut self, order: &Order<'_>) {
        let own = match order.options.kind {
            ManifestKind::EnvoyFilter => envoy_filter::whole(order, &mut self.diagnostics),
            ManifestKind::WasmPlugin => extension::wasm_plugin(order, &mut self.diagnostics),
            ManifestKind::TrafficExtension => extension::traffic_extension(order, &mut self.diagnostics),
        };
        for manifest in &own {
            self.diagnostics.extend(size::judge(&manifest.object));
        }
        self.manifests.extend(own);
    }

    fn has_errors(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|finding| finding.severity == Severity::Error)
    }
}

fn unwritable(error: &serde_json::Error) -> Diagnostic {
    let message = format!("the resources cannot be written for the filter: {error}");
    Diagnostic::error("filter-configuration", message)
}

/// Takes out what says nothing: `null` and empty lists.
fn compact(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, value)| (name, compact(value)));
            Value::Object(fields.filter(|(_, value)| says_something(value)).collect())
        }
        Value::Array(items) => items.into_iter().map(compact).collect(),
        other => other,
    }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        _ => true,
    }
}
