//! Settings of a route that do not show in one answer.

use std::time::Duration;

use mainsheet_core::action::{Action, Fault, ForwardAction, Retries, RetryPolicy};
use mainsheet_core::decision::Decision;
use serde_json::Value;

/// A shadow destination as it is configured.
#[derive(Clone, Debug, PartialEq)]
pub struct Mirror {
    /// Name of the cluster.
    pub cluster: String,
    /// Share of the requests.
    pub percent: f64,
}

/// The settings of the route that has matched.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Limit of the whole request; `None` is none.
    pub timeout: Option<Duration>,
    /// When it is tried again; `None` is never.
    pub retries: Option<RetryPolicy>,
    /// Faults that may be drawn.
    pub fault: Fault,
    /// Where copies go; `None` where nobody tells.
    pub mirrors: Option<Vec<Mirror>>,
    /// What endpoints are chosen by, as Istio's `consistentHash` spells it; `None` where nobody tells.
    pub hash_policy: Option<Vec<Value>>,
}

impl Facts {
    /// The facts of a decision; `None` where its route sends nothing anywhere.
    pub(super) fn of_decision(decision: &Decision<'_>) -> Option<Self> {
        match &*decision.route?.action {
            Action::Forward(action) => Some(Self::of_action(action)),
            Action::Redirect(_) | Action::Respond(_) => None,
        }
    }

    fn of_action(action: &ForwardAction) -> Self {
        Self {
            timeout: action.timeout,
            retries: match &action.retries {
                Retries::Disabled => None,
                Retries::Default => Some(RetryPolicy::istio_default()),
                Retries::Policy(policy) => Some(policy.clone()),
            },
            fault: action.fault,
            mirrors: None,
            hash_policy: None,
        }
    }
}
