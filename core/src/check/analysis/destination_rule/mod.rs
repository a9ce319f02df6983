//! Analyzers of DestinationRules.

pub(super) mod ca_certificate;
pub(super) mod pod_not_selected;
