//! Collecting what analyzers find.

use alloc::vec::Vec;

use crate::diagnostic::Diagnostic;
use crate::mesh::VirtualService;
use crate::resources::{Object, Resource};

/// Findings, in the order in which they were made.
#[derive(Debug, Default)]
pub struct Findings {
    diagnostics: Vec<Diagnostic>,
}

impl Findings {
    /// Adds a finding about an object.
    pub(super) fn add<T: Resource>(&mut self, object: &Object<T>, diagnostic: Diagnostic) {
        self.diagnostics
            .push(diagnostic.about(object.reference(), object.document));
    }

    /// Adds a finding about a resolved VirtualService.
    pub(super) fn add_resolved(&mut self, found: &VirtualService, diagnostic: Diagnostic) {
        let subject = found.subject.clone();
        self.diagnostics
            .push(diagnostic.about(subject.resource, subject.document));
    }

    /// All findings.
    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }
}
