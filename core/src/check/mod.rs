//! What is wrong with resources that load: what Istio's own validation refuses, what its analyzers warn of, and
//! what neither sees.

#[cfg(feature = "yaml")]
pub mod allow;
pub mod analysis;
pub mod codes;
mod consequences;
mod fragment;
pub mod routes;
pub mod validation;

use alloc::vec::Vec;

pub use consequences::said_once;
pub use fragment::without_unknowable;

use crate::diagnostic::Diagnostic;
use crate::resources::{Bundle, MeshConfig};

/// All findings, in the order of the families. They belong to people and to CI: what serves requests refuses only
/// what it cannot carry out.
#[must_use]
pub fn check(bundle: &Bundle, config: &MeshConfig) -> Vec<Diagnostic> {
    let reached = routes::findings(bundle, config, routes::Limits::default());
    let unreachable = routes::unreachable(&reached);
    let mut found = validation::validate(bundle);
    // Istio's own test compares texts; where automata have found the same, they say it with a request that shows it.
    found.retain(|finding| {
        let is_about_use = matches!(finding.code.as_str(), "unused-rule" | "unused-match");
        !is_about_use || !unreachable.contains(&(finding.document, finding.path.as_str()))
    });
    found.extend(reached);
    found.extend(analysis::analyze(bundle, config));
    found
}
