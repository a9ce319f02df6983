//! Analyzers of ServiceEntries.

pub(super) mod conflicting_service_entry_protocol;
pub(super) mod protocol_addresses;
