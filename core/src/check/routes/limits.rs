//! How much work the search for unreachable rules may be.

/// Bounds of the search. Where one is reached nothing is said: a finding is proven, or there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests that are thought of for one match block. Each stands for a region that earlier rules cut out of it.
    pub requests_per_match: usize,
    /// Requests that are thought of in all.
    pub requests: usize,
    /// Joint states of all patterns that one value has to satisfy, or not.
    pub states: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_match: 512,
            requests: 200_000,
            states: 10_000,
        }
    }
}
