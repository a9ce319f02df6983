//! One mistake is said once: findings that only follow from another finding are left out.

use alloc::vec::Vec;

use crate::diagnostic::{Diagnostic, Severity};

/// Where a cause is, seen from what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// At the same field.
    Same,
    /// At the same field, or in the mapping that the field is in.
    Beside,
    /// At the same field, or up to one mapping further out.
    Near,
    /// At the field, or somewhere in it.
    Inside,
    /// At the field, or at one that it is in.
    Around,
    /// At that field, or somewhere in it.
    At(&'static str),
    /// Anywhere in the document.
    Document,
}

use Place::{Around, At, Beside, Document, Inside, Near, Same};

/// What follows, from which cause, and where that is.
const CONSEQUENCES: &[(&str, &str, Place)] = &[
    ("backend-not-found", "invalid-backend", Same),
    ("conflicting-mesh-hosts", "invalid-host", At("spec.hosts")),
    ("host-not-in-gateway", "invalid-host", At("spec.hosts")),
    ("host-not-in-gateway", "unknown-gateway", Same),
    ("invalid-regex", "regex-javascript", Same),
    ("match-never", "invalid-regex", Inside),
    ("match-never", "literal-wildcard", Inside),
    ("match-never", "regex-javascript", Inside),
    ("missing-rules", "misplaced-field", Document),
    ("unused-delegate", "misplaced-field", Document),
    ("unused-delegate", "missing-rules", Document),
    ("unused-delegate", "unknown-field", At("spec")),
    ("unused-delegate", "wrong-type", At("spec.hosts")),
    ("percentage-missing", "conflicting-fields", Beside),
    ("regex-is-plain", "rewrite-group", Document),
    ("server-skipped", "duplicate-resource", Document),
    ("shadowed-host", "conflicting-mesh-hosts", Document),
    ("shadowed-host", "duplicate-resource", Document),
    ("subset-without-pods", "duplicate-name", Beside),
    ("subset-without-pods", "invalid-name", Beside),
    ("subset-without-pods", "unknown-rule-host", Document),
    ("subset-without-pods", "wrong-type", Inside),
    ("unknown-destination-host", "invalid-host", Same),
    ("unknown-destination-host", "missing-destination", Around),
    ("unknown-destination-host", "missing-destination", Near),
    ("unknown-destination-host", "unknown-field", Near),
    ("unknown-destination-host", "wrong-type", Around),
    ("unknown-rule-host", "invalid-host", Same),
    ("unknown-subset", "invalid-host", Beside),
    ("unknown-subset", "unknown-destination-host", Beside),
    ("unreachable-match", "unreachable-rule", Around),
    ("unused-match", "match-never", Around),
    ("unused-match", "unreachable-match", Same),
    ("unused-match", "unreachable-rule", Around),
    ("unused-rule", "unreachable-rule", Same),
    ("unverified-server", "missing-certificate", Inside),
];

/// Codes of findings that say of each missing part the same: one is enough.
const ONE_OF_MANY: [&str; 2] = ["invalid-host", "missing-certificate"];

/// The findings without those that others explain.
#[must_use]
pub fn said_once(found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let is_said = |index: usize, finding: &Diagnostic| {
        let mut others = found.iter().enumerate();
        others.any(|(position, other)| {
            position != index && (follows(finding, other) || position < index && repeats(finding, other))
        })
    };
    let kept: Vec<bool> = (0..)
        .zip(&found)
        .map(|(index, finding)| !is_said(index, finding))
        .collect();
    let kept = found.into_iter().zip(kept);
    kept.filter_map(|(finding, keep)| keep.then_some(finding))
        .collect()
}

/// Whether a finding is there only because of another one.
fn follows(finding: &Diagnostic, cause: &Diagnostic) -> bool {
    // A remark explains no refusal.
    let is_enough = cause.severity > Severity::Info || finding.severity == Severity::Info;
    is_enough
        && finding.document == cause.document
        && CONSEQUENCES.iter().any(|(code, because, place)| {
            *code == finding.code && *because == cause.code && place.fits(&finding.path, &cause.path)
        })
}

/// Whether an earlier finding says the same: of this very field, of the mapping that it is in, or of this resource
/// from the side of another.
fn repeats(finding: &Diagnostic, earlier: &Diagnostic) -> bool {
    if finding.code != earlier.code {
        return false;
    }
    if finding.document != earlier.document {
        let mut others = earlier.related.iter();
        return finding.message == earlier.message && others.any(|other| other.document == finding.document);
    }
    ONE_OF_MANY.contains(&finding.code.as_str())
        && (finding.path == earlier.path
            || finding.code == "missing-certificate" && parent(&finding.path) == parent(&earlier.path))
}

impl Place {
    fn fits(self, path: &str, cause: &str) -> bool {
        match self {
            Same => path == cause,
            Beside => is_within(cause, parent(path)),
            Near => is_within(cause, parent(parent(path))),
            Inside => is_within(cause, path),
            Around => is_within(path, cause),
            At(field) => is_within(cause, field),
            Document => true,
        }
    }
}

/// Whether a path is that of a field, or goes on from it.
fn is_within(path: &str, field: &str) -> bool {
    path.strip_prefix(field)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The path of what a field is in.
fn parent(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(parent, _)| parent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    use crate::diagnostic::DocumentId;

    fn codes(found: &[(&str, &str)]) -> Vec<(String, String)> {
        let found = found
            .iter()
            .map(|(code, path)| Diagnostic::warning(code, "").at(*path));
        let left = said_once(found.collect()).into_iter();
        left.map(|finding| (finding.code, finding.path)).collect()
    }

    #[test]
    fn what_follows_is_left_out() {
        for (cause, consequence, is_left) in [
            (
                ("invalid-host", "spec.a.host"),
                ("unknown-destination-host", "spec.a.host"),
                false,
            ),
            (
                ("invalid-host", "spec.b.host"),
                ("unknown-destination-host", "spec.a.host"),
                true,
            ),
            (
                ("unknown-destination-host", "spec.a.host"),
                ("unknown-subset", "spec.a.subset"),
                false,
            ),
            (
                ("unknown-destination-host", "spec.b.host"),
                ("unknown-subset", "spec.a.subset"),
                true,
            ),
            (
                ("unreachable-rule", "spec.http[1]"),
                ("unused-match", "spec.http[1].match[0]"),
                false,
            ),
            (
                ("unreachable-rule", "spec.http[1]"),
                ("unused-match", "spec.http[10].match[0]"),
                true,
            ),
            (
                ("duplicate-resource", "metadata.name"),
                ("shadowed-host", "spec.hosts"),
                false,
            ),
            (
                ("missing-certificate", "spec.tls.key"),
                ("missing-certificate", "spec.tls.ca"),
                false,
            ),
            (
                ("missing-certificate", "spec.a.tls"),
                ("missing-certificate", "spec.b.tls"),
                true,
            ),
        ] {
            let left = codes(&[cause, consequence]);
            assert_eq!(left.len() == 2, is_left, "{cause:?} {consequence:?}");
            let first = (left[0].0.as_str(), left[0].1.as_str());
            assert_eq!(first, cause);
        }
    }

    #[test]
    fn a_remark_explains_no_refusal() {
        let remark = Diagnostic::new(Severity::Info, "regex-javascript", "").at("spec.a");
        let refusal = Diagnostic::error("invalid-regex", "").at("spec.a");
        assert_eq!(said_once(Vec::from([remark, refusal])).len(), 2);
    }

    #[test]
    fn a_conflict_is_said_from_one_side() {
        let of = |document: u32, other: u32| Diagnostic {
            document: DocumentId(document),
            ..Diagnostic::error("conflicting-mesh-hosts", "the same").related(
                DocumentId(other),
                "spec.hosts",
                "",
            )
        };
        let left = said_once(Vec::from([of(1, 2), of(2, 1), of(3, 4)]));
        let documents: Vec<u32> = left.iter().map(|finding| finding.document.0).collect();
        assert_eq!(documents, [1, 3]);
    }
}
