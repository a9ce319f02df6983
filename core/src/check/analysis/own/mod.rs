//! Analyzers that Istio does not have. They say nothing where the input is obviously a part of what is deployed.

pub(super) mod empty_service_entry;
pub(super) mod joined_destination_rules;
pub(super) mod joined_virtual_services;
pub(super) mod match_gateway;
pub(super) mod resource_name;
pub(super) mod rule_port;
pub(super) mod short_host;
pub(super) mod subset_of_other_pods;
pub(super) mod unserved_host;
pub(super) mod unused_delegate;
