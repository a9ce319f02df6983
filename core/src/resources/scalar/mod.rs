//! Durations, percentages, points in time, and numbers that may be names.

mod duration;
mod fraction;
mod int_or_string;
mod text;
mod timestamp;

use serde::{Deserialize, Serialize};

pub use duration::Duration;
pub use int_or_string::IntOrString;
pub use text::ScalarError;
pub use timestamp::Timestamp;

/// Whether a field can be left out on output.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A share in percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Percent {
    /// From 0 to 100.
    #[serde(skip_serializing_if = "is_default")]
    pub value: f64,
}
