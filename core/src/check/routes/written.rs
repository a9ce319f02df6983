//! The rules as they are written, one by one.

use alloc::format;
use alloc::string::String;

use crate::diagnostic::{Diagnostic, Severity};
use crate::resources::virtual_service::HTTPRoute;
use crate::resources::{Bundle, Object, VirtualService};

/// A rule of a VirtualService.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written<'b> {
    pub(super) object: &'b Object<VirtualService>,
    pub(super) index: usize,
    pub(super) rule: &'b HTTPRoute,
}

/// All rules.
pub(super) fn rules(bundle: &Bundle) -> impl Iterator<Item = Written<'_>> {
    bundle.virtual_services.iter().flat_map(|object| {
        let rules = object.spec.http.iter().enumerate();
        rules.map(move |(index, rule)| Written { object, index, rule })
    })
}

impl Written<'_> {
    /// `spec.http[0]` and what follows: `.timeout`.
    pub(super) fn path(&self, behind: &str) -> String {
        format!("spec.http[{}]{behind}", self.index)
    }

    /// A finding about a field of the rule.
    pub(super) fn found(
        &self,
        severity: Severity,
        code: &str,
        behind: &str,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::new(severity, code, message)
            .at(self.path(behind))
            .about(self.object.reference(), self.object.document)
    }
}
