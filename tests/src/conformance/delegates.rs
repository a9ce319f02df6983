//! The suite of delegates: how a root rule and the rules of its delegate become one.

use mainsheet_core::mesh::delegates;
use mainsheet_core::resources::virtual_service::{HTTPMatchRequest, HTTPRoute};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::run::{Named, Verdict};
use super::skips;
use crate::corpus::Mismatch;

/// What the core does with delegates.
pub trait Merge {
    /// The rules of a delegate under a root rule.
    ///
    /// # Errors
    /// When there is no such function.
    fn routes(&self, root: &HTTPRoute, delegate: &[HTTPRoute]) -> Result<Vec<HTTPRoute>, NotThere>;
    /// Match blocks of both; `None` where none survives.
    ///
    /// # Errors
    /// When there is no such function.
    fn matches(
        &self,
        root: &[HTTPMatchRequest],
        delegate: &[HTTPMatchRequest],
    ) -> Result<Option<Vec<HTTPMatchRequest>>, NotThere>;
    /// Whether two match blocks exclude each other.
    ///
    /// # Errors
    /// When there is no such function.
    fn conflict(&self, root: &HTTPMatchRequest, delegate: &HTTPMatchRequest) -> Result<bool, NotThere>;
}

/// The core cannot do it.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("not implemented yet")]
pub struct NotThere;

/// The core's functions.
pub struct Core;

impl Merge for Core {
    fn routes(&self, root: &HTTPRoute, delegate: &[HTTPRoute]) -> Result<Vec<HTTPRoute>, NotThere> {
        Ok(delegates::merge_routes(root, delegate))
    }

    fn matches(
        &self,
        root: &[HTTPMatchRequest],
        delegate: &[HTTPMatchRequest],
    ) -> Result<Option<Vec<HTTPMatchRequest>>, NotThere> {
        Ok(delegates::merge_matches(root, delegate))
    }

    fn conflict(&self, root: &HTTPMatchRequest, delegate: &HTTPMatchRequest) -> Result<bool, NotThere> {
        Ok(delegates::has_conflict(root, delegate))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DelegateCase {
    id: String,
    operation: Operation,
    root: Value,
    delegate: Value,
    expected: Value,
    #[serde(default, rename = "origin")]
    _origin: Value,
    #[serde(rename = "note")]
    _note: Option<String>,
    skip: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Operation {
    MergeRoutes,
    MergeMatches,
    HasConflict,
}

/// Runs one case.
pub fn run(case: &Value, merge: &dyn Merge) -> Named {
    match DelegateCase::deserialize(case) {
        Ok(case) => {
            let verdict = match case.skip.as_deref().map(skips::word) {
                Some(Some(word)) => Verdict::Skipped(word),
                Some(None) => Verdict::broken("skip", "no reason that we know"),
                None => compare(&case, merge),
            };
            (case.id, verdict)
        }
        Err(error) => ("a case".to_owned(), Verdict::broken("case", error)),
    }
}

fn compare(case: &DelegateCase, merge: &dyn Merge) -> Verdict {
    match merged(case, merge) {
        Err(error) => Verdict::broken("case", error),
        Ok((expected, seen)) if expected == seen => Verdict::Passed,
        Ok((expected, seen)) => Verdict::Failed(vec![Mismatch {
            key: "expected".to_owned(),
            expected: expected.to_string(),
            seen: seen.to_string(),
        }]),
    }
}

/// The expected and the seen result; both as the core writes them.
fn merged(
    case: &DelegateCase,
    merge: &dyn Merge,
) -> Result<(Value, Value), Box<dyn std::error::Error + Send + Sync>> {
    Ok(match case.operation {
        Operation::MergeRoutes => {
            let expected: Vec<HTTPRoute> = read(&case.expected)?;
            let seen = merge.routes(&read(&case.root)?, &read::<Vec<HTTPRoute>>(&case.delegate)?)?;
            (json!(expected), json!(seen))
        }
        Operation::MergeMatches => {
            let expected: Option<Vec<HTTPMatchRequest>> = read(&case.expected)?;
            let delegate: Vec<HTTPMatchRequest> = read(&case.delegate)?;
            let root: Vec<HTTPMatchRequest> = read(&case.root)?;
            (json!(expected), json!(merge.matches(&root, &delegate)?))
        }
        Operation::HasConflict => {
            let seen = merge.conflict(&read(&case.root)?, &read(&case.delegate)?)?;
            (case.expected.clone(), json!(seen))
        }
    })
}

/// Reads a message; a key that it does not have is an error.
fn read<T: DeserializeOwned + serde::Serialize>(value: &Value) -> Result<T, UnreadError> {
    let read: T = serde_json::from_value(value.clone())?;
    let back = json!(read);
    if keeps(value, &back) {
        Ok(read)
    } else {
        Err(UnreadError::Lost(value.to_string(), back.to_string()))
    }
}

/// Why a message is not understood.
#[derive(Debug, thiserror::Error)]
enum UnreadError {
    #[error(transparent)]
    Malformed(#[from] serde_json::Error),
    #[error("something was lost of {0}: {1}")]
    Lost(String, String),
}

/// Whether everything that is said in `before` is said in `after`; defaults may be left out.
fn keeps(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => before.iter().all(|(key, value)| {
            after
                .get(key)
                .map_or_else(|| is_default(value), |after| keeps(value, after))
        }),
        (Value::Array(before), Value::Array(after)) => {
            before.len() == after.len()
                && before
                    .iter()
                    .zip(after)
                    .all(|(before, after)| keeps(before, after))
        }
        _ => before == after,
    }
}

fn is_default(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}
