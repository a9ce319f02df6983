//! Settings of a route that do not show in one answer.

use mainsheet_core::view::{DecisionView, FaultView, HashPolicyView, MirrorView, RetryView};

/// The settings of the route that has matched.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Limit of the whole request, in milliseconds; `None` is none.
    pub timeout_ms: Option<u64>,
    /// When it is tried again; `None` is never.
    pub retries: Option<RetryView>,
    /// Faults that may be drawn.
    pub fault: Option<FaultView>,
    /// Where copies go.
    pub mirrors: Vec<MirrorView>,
    /// What endpoints are chosen by.
    pub hash_policies: Vec<HashPolicyView>,
}

impl Facts {
    /// The facts of a decision; `None` where its route sends nothing anywhere.
    pub(super) fn of_view(view: &DecisionView) -> Option<Self> {
        if view.destinations.is_empty() {
            return None;
        }
        Some(Self {
            timeout_ms: view.timeout_ms,
            retries: view.retries.clone(),
            fault: view.fault.clone(),
            mirrors: view.mirrors.clone(),
            hash_policies: view.hash_policies.clone(),
        })
    }
}
