//! EnvoyFilters.

use super::{check_port, given, items, selectors};
use crate::check::validation::findings::Findings;
use crate::check::validation::one_of;
use crate::input::Node;
use crate::report::Field;

/// The fields under `spec`.
pub(super) fn check(spec: &Node, findings: &mut Findings) {
    selectors::check(spec, "workloadSelector", "labels", findings);
    let list = Field::SPEC.name("configPatches");
    for (index, patch) in items(spec, "configPatches").iter().enumerate() {
        if let Some(found) = given(patch, "match") {
            check_match(found, &list.index(index).name("match"), findings);
        }
    }
}

/// Waypoints are matched by `waypoint`, and nothing else is.
fn check_match(found: &Node, field: &Field<'_>, findings: &mut Findings) {
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
    for name in alternatives {
        if let Some(object) = given(found, name) {
            check_port(object, "portNumber", &field.name(name), findings);
        }
    }
}
