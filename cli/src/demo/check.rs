//! What was expected, and what was seen.

use serde::Serialize;

/// One comparison.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Check {
    /// What is configured.
    pub(super) scene: String,
    /// The requests.
    pub(super) sent: String,
    /// What the rules say.
    pub(super) expected: String,
    /// What happened.
    pub(super) seen: String,
    /// Whether that is the same.
    pub(super) passed: bool,
}

impl Check {
    /// A comparison.
    pub(super) fn new(scene: &str, sent: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            scene: scene.to_owned(),
            sent: sent.into(),
            expected: expected.into(),
            seen: String::new(),
            passed: false,
        }
    }

    /// What happened, and whether it is as expected.
    pub(super) fn saw(mut self, seen: impl Into<String>, passed: bool) -> Self {
        self.seen = seen.into();
        self.passed = passed;
        self
    }
}

/// A share that is drawn for each request, within five standard deviations: one honest run in 1.7 million is outside.
pub(super) struct Share {
    /// The share that the rules say.
    pub(super) expected: f64,
    /// The number of requests.
    pub(super) requests: usize,
}

impl Share {
    /// How far off a share may be.
    pub(super) fn tolerance(&self) -> f64 {
        let requests = f64::from(u32::try_from(self.requests).unwrap_or(u32::MAX));
        5.0 * (self.expected * (1.0 - self.expected) / requests).sqrt()
    }

    /// The share of so many requests.
    pub(super) fn of(&self, count: usize) -> f64 {
        let number = |count| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        number(count) / number(self.requests)
    }

    /// Whether so many requests fit the share.
    pub(super) fn fits(&self, count: usize) -> bool {
        (self.of(count) - self.expected).abs() <= self.tolerance()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_standard_deviations_are_allowed() {
        let share = Share {
            expected: 0.2,
            requests: 2000,
        };
        assert!((share.tolerance() - 0.0447).abs() < 0.0001);
        assert!(share.fits(400) && share.fits(480) && !share.fits(500) && !share.fits(300));
    }
}
