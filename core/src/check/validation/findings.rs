//! What is found in one resource.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::diagnostic::{Diagnostic, DocumentId, ResourceRef, Severity};
use crate::report::Field;

/// What `istioctl analyze` calls errors of validation.
const ERROR_ALIAS: &str = "IST0106";
/// What it calls warnings of validation.
const WARNING_ALIAS: &str = "IST0133";

/// Why a value is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) help: &'static str,
}

/// Whether a value is taken.
pub type Verdict = Result<(), Refusal>;

/// Refuses a value.
pub(super) fn refuse(code: &'static str, message: impl Into<String>, help: &'static str) -> Verdict {
    Err(Refusal {
        code,
        message: message.into(),
        help,
    })
}

/// Findings, in the order in which they are made.
#[derive(Debug, Default)]
pub struct Findings(Vec<Diagnostic>);

impl Findings {
    /// The finding that a value is refused.
    pub fn judge(&mut self, verdict: Verdict, field: &Field<'_>) {
        if let Err(Refusal { code, message, help }) = verdict {
            self.error(field, code, message, help);
        }
    }

    /// Something that Istio refuses.
    pub fn error(&mut self, field: &Field<'_>, code: &str, message: impl Into<String>, help: &str) {
        self.add(Severity::Error, ERROR_ALIAS, field, code, message.into(), help);
    }

    /// Something that Istio takes, and warns of.
    pub fn warn(&mut self, field: &Field<'_>, code: &str, message: impl Into<String>, help: &str) {
        self.warn_as(WARNING_ALIAS, field, code, message, help);
    }

    /// As [`warn`](Self::warn), for what `istioctl analyze` has a code of its own for.
    pub fn warn_as(
        &mut self,
        alias: &str,
        field: &Field<'_>,
        code: &str,
        message: impl Into<String>,
        help: &str,
    ) {
        self.add(Severity::Warning, alias, field, code, message.into(), help);
    }

    fn add(
        &mut self,
        severity: Severity,
        alias: &str,
        field: &Field<'_>,
        code: &str,
        message: String,
        help: &str,
    ) {
        let finding = Diagnostic::new(severity, code, message)
            .alias(alias)
            .at(field.to_string())
            .help(help.to_owned());
        if !self.0.contains(&finding) {
            self.0.push(finding);
        }
    }

    /// The findings as those about a resource.
    pub fn about(self, resource: &ResourceRef, document: DocumentId) -> impl Iterator<Item = Diagnostic> {
        let findings = self.0.into_iter();
        findings.map(move |finding| finding.about(resource.clone(), document))
    }

    /// The findings as they are.
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.0
    }
}
