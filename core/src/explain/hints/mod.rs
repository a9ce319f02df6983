//! What stands in the way of a condition, and the smallest edit of the request or of the rule that would help.

mod edit;
mod header;
mod path;
mod query;
mod value;

use alloc::format;
use alloc::string::String;

use serde::{Deserialize, Serialize};

pub use edit::RequestEdit;

use self::value::{Near, Pattern};
use crate::observe::Condition;
use crate::request::Request;

/// What stands in the way of a condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// The kind of difference.
    pub code: HintCode,
    /// In half a sentence, after which the request is understood: `` differs from `jason` in case only ``.
    pub why: String,
    /// The edit of the request after which the condition holds; tried out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request: Option<RequestEdit>,
    /// What to write in the rule so that the request satisfies it, as YAML; tried out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rule: Option<String>,
}

/// Kinds of differences between what is asked and what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HintCode {
    /// There is nothing of the name.
    Missing,
    /// There is nothing of the name, but of a similar one.
    SimilarName,
    /// It is there, and must not be.
    Forbidden,
    /// What is missing counts as empty, and must not be empty.
    EmptyCounts,
    /// Only the case differs.
    Case,
    /// A few letters differ.
    Spelling,
    /// Blanks around it.
    Blanks,
    /// Quotes around it.
    Quotes,
    /// `exact` is only the beginning of the value.
    ExactIsBeginning,
    /// The text stands elsewhere in the value.
    InTheMiddle,
    /// The regex matches a part of the value, and has to match the whole.
    RegexIsPart,
    /// `exact` or `prefix` hold a regex, and take it literally.
    LiteralRegex,
    /// `exact` or `prefix` hold a `*`, and take it literally.
    LiteralStar,
    /// The value is a list, and one of its elements would do.
    OneOfList,
    /// The authority has a port, and the rule has none, or the other way round.
    Port,
    /// A `/` at the end.
    TrailingSlash,
    /// The rule's path has no `/` at its beginning.
    LeadingSlash,
    /// The rule's path has a query, and `uri` is compared without.
    QueryInUri,
    /// The prefix ends within a segment of the path.
    WholeSegments,
    /// `//` in the path.
    DoubleSlash,
    /// Written with percent signs in one of the two.
    Encoded,
    /// Only the first value of a query parameter counts.
    FirstValue,
    /// A claim of a token, which has to be verified.
    Claim,
    /// It is something else.
    Different,
}

impl HintCode {
    /// Whether the two are so near that one of them is probably a mistake.
    pub fn is_near(self) -> bool {
        !matches!(
            self,
            Self::Missing | Self::Forbidden | Self::Claim | Self::Different
        )
    }
}

/// What stands in the way of a condition that has failed. Edits that do not help are left out.
pub(super) fn of(condition: Condition<'_>, request: &Request<'_>) -> Hint {
    let mut hint = match condition {
        Condition::Path(matcher) => path::hint(matcher, request),
        Condition::Header(matcher) => header::hint(matcher, request),
        Condition::Query(matcher) => query::hint(matcher, request),
        Condition::Claim(matcher) => Hint {
            code: HintCode::Claim,
            why: format!(
                "no verified token of the request has what `{}` asks for",
                matcher.name
            ),
            request: None,
            rule: None,
        },
    };
    let is_sensible = !matches!(hint.code, HintCode::LiteralRegex | HintCode::LiteralStar);
    hint.request = hint
        .request
        .filter(|edit| is_sensible && edit.helps(condition, request));
    hint
}

impl Hint {
    /// A hint on a field whose value is near what is asked.
    fn of_value(near: Near, edit: impl FnOnce(String) -> RequestEdit, field: &str) -> Self {
        Self {
            code: near.code,
            why: near.why,
            request: near.value.map(edit),
            rule: near.rule.map(|rule: Pattern| format!("{field}: {rule}")),
        }
    }
}
