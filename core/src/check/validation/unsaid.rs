//! Findings that add something to those of the loader and of the compiler.

use alloc::vec::Vec;

use crate::diagnostic::{Diagnostic, Severity};

/// What the loader puts a default in the place of.
const UNREAD: [&str; 7] = [
    "duplicate-key",
    "empty-element",
    "invalid-value",
    "out-of-range",
    "unknown-field",
    "unknown-value",
    "wrong-type",
];
/// How codes begin that say that something is not there.
const ABSENCES: [&str; 3] = ["missing-", "empty-", "total-weight-zero"];

/// The findings without those that `said` has: the same one, one about a default that stands where something else
/// could not be read, and one that something is missing around that.
#[must_use]
pub fn unsaid(said: &[Diagnostic], mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    found.retain(|finding| {
        let of_document = said.iter().filter(|other| other.document == finding.document);
        !of_document.into_iter().any(|other| says(other, finding))
    });
    found
}

fn says(said: &Diagnostic, finding: &Diagnostic) -> bool {
    if said.path == finding.path && said.code == finding.code {
        return said.severity >= finding.severity;
    }
    let unread = said.severity == Severity::Error && UNREAD.contains(&said.code.as_str());
    let absence = ABSENCES.iter().any(|prefix| finding.code.starts_with(prefix));
    unread && (is_within(&finding.path, &said.path) || absence && is_within(&said.path, &finding.path))
}

/// Whether a path is that of a field, or goes on from it.
fn is_within(path: &str, field: &str) -> bool {
    path.strip_prefix(field)
        .is_some_and(|rest| field.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(said: Diagnostic, found: Diagnostic) -> bool {
        !unsaid(&[said], Vec::from([found])).is_empty()
    }

    #[test]
    fn what_could_not_be_read_is_named_once() {
        for (said, found, is_left) in [
            (
                ("wrong-type", "spec.hosts"),
                ("invalid-host", "spec.hosts[0]"),
                false,
            ),
            (
                ("invalid-value", "spec.http[0].timeout"),
                ("invalid-duration", "spec.http[0].timeout"),
                false,
            ),
            (
                ("unknown-field", "spec.http[0].rout"),
                ("missing-action", "spec.http[0]"),
                false,
            ),
            (
                ("unknown-field", "spec.http[0].rout"),
                ("conflicting-fields", "spec.http[0]"),
                true,
            ),
            (
                ("wrong-type", "spec.http[1]"),
                ("missing-action", "spec.http[10]"),
                true,
            ),
            (("invalid-regex", "spec.a"), ("invalid-regex", "spec.a"), false),
            (("invalid-regex", "spec.a"), ("invalid-host", "spec.a"), true),
        ] {
            let error = |(code, path): (&str, &str)| Diagnostic::error(code, "").at(path);
            assert_eq!(left(error(said), error(found)), is_left, "{said:?} {found:?}");
        }
    }

    #[test]
    fn a_warning_does_not_stand_for_an_error() {
        let warning = Diagnostic::warning("null-match", "").at("spec.a");
        assert!(left(warning, Diagnostic::error("null-match", "").at("spec.a")));
    }
}
