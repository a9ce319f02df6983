//! Everything that decides requests, each held against the linear reference.

mod effects;
mod native;
mod wasm;

use std::error::Error;
use std::fmt;

use mainsheet_core::attributes::GivenAttributes;
use mainsheet_core::decision::Decision;
use mainsheet_core::entropy::Entropy;
use mainsheet_core::request::{Header, Request};
use mainsheet_core::view::DecisionView;
use serde::Serialize;
use serde_json::Value;

pub use native::{Explaining, Indexed};
pub use wasm::Filter;

use super::configuration::Setting;
use crate::subject;

/// Why a decider did not answer.
pub type Failure = Box<dyn Error + Send + Sync>;

/// A request as it is sent, and as a filter sees it.
#[derive(Clone, Debug)]
pub struct Question {
    /// As it is sent.
    pub asked: subject::Question,
    /// Its headers, pseudo headers among them.
    pub headers: Vec<Header>,
    /// What else is known of it.
    pub attributes: GivenAttributes,
    /// Its draws.
    pub entropy: Entropy,
}

impl Question {
    /// The request, as it is decided on.
    pub fn request(&self) -> Request<'_> {
        Request::new(self.asked.port, &self.headers).with_attributes(&self.attributes)
    }
}

/// What the linear reference has decided.
#[derive(Debug)]
pub struct Reference<'r> {
    /// The decision.
    pub decision: &'r Decision<'r>,
    /// Of this request.
    pub request: &'r Request<'r>,
    /// The same for people.
    pub view: DecisionView,
}

/// Something that decides requests.
pub trait Decider {
    /// Its name in reports.
    fn name(&self) -> &'static str;

    /// Takes over a configuration.
    ///
    /// # Errors
    /// When it refuses it, which the reference has not done.
    fn load(&mut self, setting: &Setting) -> Result<(), Failure>;

    /// Decides, and says in what this is not what the reference has decided. Is asked every question of a
    /// configuration in order.
    ///
    /// # Errors
    /// When it fails to decide.
    fn check(&mut self, question: &Question, reference: &Reference<'_>)
    -> Result<Vec<Disagreement>, Failure>;
}

/// A part of a decision that two see otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Disagreement {
    /// The part: a field of the decision's JSON, or of what follows from it.
    pub part: String,
    /// By the reference.
    pub expected: Value,
    /// By the other.
    pub seen: Value,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, seen {}", self.part, self.expected, self.seen)
    }
}

/// The fields in which two views of the same thing differ.
pub(super) fn compare<T: Serialize + PartialEq>(
    prefix: &str,
    expected: &T,
    seen: &T,
) -> Result<Vec<Disagreement>, serde_json::Error> {
    if expected == seen {
        return Ok(Vec::new());
    }
    let (expected, seen) = (serde_json::to_value(expected)?, serde_json::to_value(seen)?);
    let mut keys: Vec<&String> = [&expected, &seen]
        .into_iter()
        .filter_map(Value::as_object)
        .flat_map(|fields| fields.keys())
        .collect();
    keys.sort();
    keys.dedup();
    let part = |key: &str| {
        (
            expected.get(key).cloned().unwrap_or_default(),
            seen.get(key).cloned().unwrap_or_default(),
        )
    };
    let differences = keys.into_iter().filter_map(|key| {
        let (expected, seen) = part(key);
        (expected != seen).then(|| Disagreement {
            part: format!("{prefix}{key}"),
            expected,
            seen,
        })
    });
    Ok(differences.collect())
}
