//! What becomes of a connection, as data that can be shown.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{OutcomeKind, Share};
use crate::table::{ConnectionDecision, ConnectionOutcome, ConnectionSource};
use crate::trace::SourceTrace;

/// What becomes of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionView {
    /// What happens.
    pub outcome: OutcomeKind,
    /// The cluster that was drawn.
    pub cluster: String,
    /// The rule that decides; absent where a service without rules is its own destination.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<SourceTrace>,
    /// All clusters that could have been.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub destinations: Vec<Share>,
}

impl From<&ConnectionDecision<'_>> for ConnectionView {
    fn from(decision: &ConnectionDecision<'_>) -> Self {
        let destinations = decision.rule.map(|rule| rule.split.destinations());
        let share = |destination: &crate::action::Destination| Share {
            cluster: destination.cluster.clone(),
            weight: destination.weight,
        };
        Self {
            outcome: match decision.outcome {
                ConnectionOutcome::Forward(_) => OutcomeKind::Forward,
                ConnectionOutcome::Passthrough => OutcomeKind::Passthrough,
                ConnectionOutcome::Blackhole => OutcomeKind::Blackhole,
                ConnectionOutcome::NoListener => OutcomeKind::NoListener,
            },
            cluster: decision.cluster().into(),
            source: decision.rule.and_then(|rule| Some(rule.source.as_ref()?.into())),
            destinations: destinations.unwrap_or_default().iter().map(share).collect(),
        }
    }
}

impl From<&ConnectionSource> for SourceTrace {
    fn from(source: &ConnectionSource) -> Self {
        Self {
            kind: source.resource.kind.clone(),
            namespace: source.resource.namespace.clone(),
            name: source.resource.name.clone(),
            path: source.path(),
        }
    }
}
