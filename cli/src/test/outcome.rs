//! What has come of the tests.

use mainsheet_core::cases::Difference;
use mainsheet_core::diagnostic::Location;
use mainsheet_core::trace::{RouteTrace, SourceTrace};
use serde::Serialize;

use super::coverage::Coverage;
use crate::findings::Findings;

/// Everything.
pub(super) struct Results {
    /// Who was asked.
    pub(super) subject: &'static str,
    /// File by file, in the order in which they were named.
    pub(super) files: Vec<FileResult>,
    /// What was asked for.
    pub(super) coverage: Coverage,
    /// Warnings about resources.
    pub(super) warnings: Findings,
    /// How long it has taken, in seconds.
    pub(super) seconds: f64,
}

/// What has come of one test file.
pub(super) struct FileResult {
    /// As it was named.
    pub(super) name: String,
    /// Its cases, or why there are none.
    pub(super) cases: Result<Vec<CaseResult>, Box<Findings>>,
}

/// What has come of one case.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CaseResult {
    /// Its name.
    pub(super) name: String,
    /// Where its test is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) location: Option<Location>,
    /// The request.
    pub(super) request: String,
    /// Whether all is as expected.
    pub(super) passed: bool,
    /// What is not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) differences: Vec<Difference>,
    /// Why nothing could be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    /// The rule that has decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<Place>,
    /// The rule that was nearly taken, where the case has failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nearest: Option<Nearest>,
    /// What else is to say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) notes: Vec<String>,
    /// How long it has taken, in seconds.
    pub(super) seconds: f64,
}

/// A rule, and where it is written.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Place {
    /// Resource and field.
    #[serde(flatten)]
    pub(super) source: SourceTrace,
    /// File, line and column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) location: Option<Location>,
}

/// A rule that was tried in vain.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Nearest {
    /// The rule.
    #[serde(flatten)]
    pub(super) place: Place,
    /// The conditions that did not hold: `headers["end-user"] exact "jason", but there is "alice"`.
    pub(super) because: Vec<String>,
}

impl Nearest {
    pub(super) fn new(route: &RouteTrace, place: Place) -> Self {
        let failed = route.conditions.iter().filter(|condition| !condition.matched);
        let because = failed.map(|condition| {
            let seen = match &condition.seen {
                Some(seen) => format!("{seen:?}"),
                None => "nothing".to_owned(),
            };
            format!("{} {}, but there is {seen}", condition.field, condition.expected)
        });
        Self {
            place,
            because: because.collect(),
        }
    }
}

/// `VirtualService default/reviews spec.http[0]  file:line:column`.
impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let SourceTrace {
            kind,
            namespace,
            name,
            path,
        } = &self.source;
        write!(f, "{kind} {namespace}/{name} {path}")?;
        match &self.location {
            Some(location) => write!(f, "  {location}"),
            None => Ok(()),
        }
    }
}

impl Results {
    /// All cases of all files.
    pub(super) fn cases(&self) -> impl Iterator<Item = &CaseResult> {
        self.files
            .iter()
            .filter_map(|file| file.cases.as_ref().ok())
            .flatten()
    }

    /// How many cases have failed.
    pub(super) fn failed(&self) -> usize {
        self.cases().filter(|case| !case.passed).count()
    }

    /// How many files cannot be used.
    pub(super) fn broken(&self) -> usize {
        self.files.iter().filter(|file| file.cases.is_err()).count()
    }
}
