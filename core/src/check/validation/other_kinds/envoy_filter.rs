//! EnvoyFilters.

use super::{check_choice, check_port, given, items, selectors};
use crate::check::validation::findings::Findings;
use crate::check::validation::one_of;
use crate::input::Node;
use crate::report::Field;

const APPLY_TO: [&str; 12] = [
    "INVALID",
    "LISTENER",
    "FILTER_CHAIN",
    "NETWORK_FILTER",
    "HTTP_FILTER",
    "ROUTE_CONFIGURATION",
    "VIRTUAL_HOST",
    "HTTP_ROUTE",
    "CLUSTER",
    "EXTENSION_CONFIG",
    "BOOTSTRAP",
    "LISTENER_FILTER",
];
const OPERATIONS: [&str; 8] = [
    "INVALID",
    "MERGE",
    "ADD",
    "REMOVE",
    "INSERT_BEFORE",
    "INSERT_AFTER",
    "INSERT_FIRST",
    "REPLACE",
];
const CONTEXTS: [&str; 5] = [
    "ANY",
    "SIDECAR_INBOUND",
    "SIDECAR_OUTBOUND",
    "GATEWAY",
    "WAYPOINT",
];

/// The fields under `spec`.
pub(super) fn check(spec: &Node, findings: &mut Findings) {
    selectors::check(spec, "workloadSelector", "labels", findings);
    let list = Field::SPEC.name("configPatches");
    for (index, patch) in items(spec, "configPatches").iter().enumerate() {
        let field = list.index(index);
        check_choice(patch, "applyTo", &APPLY_TO, &field, findings);
        if let Some(found) = given(patch, "match") {
            check_match(found, &field.name("match"), findings);
        }
        if let Some(change) = given(patch, "patch") {
            check_choice(change, "operation", &OPERATIONS, &field.name("patch"), findings);
        }
    }
}

/// Waypoints are matched by `waypoint`, and nothing else is.
fn check_match(found: &Node, field: &Field<'_>, findings: &mut Findings) {
    check_choice(found, "context", &CONTEXTS, field, findings);
    let waypoint = given(found, "waypoint");
    let context = found.get("context").and_then(Node::as_str).unwrap_or_default();
    if waypoint.is_some() != (context == "WAYPOINT") {
        let message = "only support waypointMatch when context is WAYPOINT";
        let help = "write `context: WAYPOINT` and `waypoint` together";
        findings.error(field, "conflicting-fields", message, help);
    }
    let alternatives = ["listener", "routeConfiguration", "cluster", "waypoint"];
    one_of::check(
        &alternatives.map(|name| (name, given(found, name).is_some())),
        field,
        findings,
    );
    if let Some(waypoint) = waypoint {
        check_port(waypoint, "portNumber", &field.name("waypoint"), findings);
    }
}
