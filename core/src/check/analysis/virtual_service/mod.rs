//! Analyzers of VirtualServices.

pub(super) mod conflicting_mesh_gateway_hosts;
pub(super) mod destination_host;
pub(super) mod destination_rule;
pub(super) mod gateway;
pub(super) mod jwt_claim_route;
