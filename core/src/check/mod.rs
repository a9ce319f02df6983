//! What is wrong with resources that load: what Istio's own validation refuses, what its analyzers warn of, and
//! what neither sees.

pub mod routes;

use alloc::vec::Vec;

use crate::diagnostic::Diagnostic;
use crate::resources::{Bundle, MeshConfig};

/// All findings, in the order of the families. They belong to people and to CI: what serves requests refuses only
/// what it cannot carry out.
#[must_use]
pub fn check(bundle: &Bundle, config: &MeshConfig) -> Vec<Diagnostic> {
    routes::findings(bundle, config, routes::Limits::default())
}
