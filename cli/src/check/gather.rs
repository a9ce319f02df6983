//! Everything that is wrong with resources, each thing once.

use std::collections::BTreeSet;

use mainsheet_core::check::validation::unsaid;
use mainsheet_core::check::{check, said_once, without_unknowable};
use mainsheet_core::compile::{Proxy, compile_mesh};
use mainsheet_core::diagnostic::{Diagnostic, Severity};
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::yaml::Loaded;

/// Findings that are about mainsheet, and not about the resources.
const LIMITS: [&str; 2] = ["not-routing", "unsupported-field"];

/// Kinds that are passed over are limits too; those that are misspelt are errors.
fn is_limit(finding: &Diagnostic) -> bool {
    let is_passed_over = finding.code == "unknown-kind" && finding.severity < Severity::Error;
    is_passed_over || LIMITS.contains(&finding.code.as_str())
}

/// What the loader, the checks and the compiler find.
pub(super) fn all(loaded: &Loaded, config: &MeshConfig, limits: bool) -> Vec<Diagnostic> {
    let mut found = loaded.diagnostics.clone();
    add(&mut found, check(&loaded.bundle, config));
    add(&mut found, compiled(loaded, config));
    found.retain(|finding| limits || !is_limit(finding));
    said_once(without_unknowable(&loaded.bundle, found))
}

fn add(found: &mut Vec<Diagnostic>, more: Vec<Diagnostic>) {
    let new = unsaid(found, more);
    found.extend(new);
}

/// What the compiler finds for any proxy: a sidecar of each namespace, and each workload that Gateways select.
fn compiled(loaded: &Loaded, config: &MeshConfig) -> Vec<Diagnostic> {
    let mut report = Report::default();
    let mesh = Mesh::new(&loaded.bundle, config, &mut report);
    let mut found = report.into_diagnostics();
    for proxy in proxies(&mesh) {
        let compiled = compile_mesh(&mesh, &proxy, Report::default());
        let findings = compiled.map_or_else(|findings| findings, |compiled| compiled.diagnostics);
        let new = findings.into_iter().filter(|finding| !found.contains(finding));
        let new: Vec<Diagnostic> = new.collect();
        found.extend(new);
    }
    found
}

fn proxies(mesh: &Mesh) -> Vec<Proxy> {
    let rules = mesh.virtual_services.iter();
    let mut namespaces: BTreeSet<&str> = rules
        .map(|service| service.subject.resource.namespace.as_str())
        .collect();
    namespaces.insert("default");
    let selectors: BTreeSet<_> = mesh
        .gateways
        .iter()
        .map(|gateway| (&gateway.subject.resource.namespace, &gateway.spec.selector))
        .collect();
    let sidecars = namespaces.into_iter().map(Proxy::sidecar);
    let gateways = selectors
        .into_iter()
        .map(|(namespace, selector)| Proxy::gateway(namespace.clone(), selector.clone()));
    sidecars.chain(gateways).collect()
}
