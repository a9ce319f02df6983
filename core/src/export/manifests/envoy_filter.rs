//! EnvoyFilters: patches of what istiod gives to proxies.
//! Source: Istio `pilot/pkg/networking/core/envoyfilter`.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::size::{self, APPLY_LIMIT};
use super::target::{self, Target};
use super::{Manifest, Order, compact};
use crate::action::Profile;
use crate::diagnostic::Diagnostic;
use crate::export::{connection, plugin, routes};
use crate::settings::Decides;
use crate::wire::{FILTER_NAME, PROFILE_HEADER};

/// Istio wants filters that patch relative to others to say when: lower comes first, and 0 is what others have.
const PRIORITY: i32 = 10;
/// Envoy's fault filter, in front of which ours stands.
const FAULT_FILTER: &str = "envoy.filters.http.fault";

const ALONE: &str = "Never keep the routes without the filter: clients could then choose clusters by the header that it sets.";

/// Everything that the filter needs: itself, the fault filter behind it, and its routes. What is too large for one
/// object stands in several.
pub(super) fn whole(order: &Order<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Manifest> {
    let options = order.options;
    let code = match options.module.code(options.sha256.as_deref(), order.mesh) {
        Ok(code) => code,
        Err(error) => {
            diagnostics.push(*error);
            return Vec::new();
        }
    };
    diagnostics.extend(code.finding);
    let filter = json!({
        "name": FILTER_NAME,
        "typed_config": plugin::wasm(&code.source, &order.configuration.to_string(), Decides::Requests),
    });
    let filters = [filter_patch(order, "INSERT_BEFORE", filter), fault_patch(order)];
    let routes = route_patches(order);
    let together = object(order, order.name, [filters.as_slice(), &routes].concat());
    if size::size(&together) <= APPLY_LIMIT {
        return Vec::from([with_remarks(
            together,
            &["The filter, and the routes behind it.", ALONE],
        )]);
    }
    let first = object(order, order.name, filters.to_vec());
    let mut all = Vec::from([with_remarks(first, &["The filter. Its routes follow."])]);
    all.extend(in_parts(order, routes));
    all
}

/// What the filter needs when something else brings it: the fault filter behind it, and its routes.
pub(super) fn behind(order: &Order<'_>) -> Vec<Manifest> {
    let mut patches = Vec::from([fault_patch(order)]);
    patches.extend(route_patches(order));
    in_parts(order, patches)
}

/// As many objects as it takes. Each route says all of what it is for, so their order does not matter.
fn in_parts(order: &Order<'_>, patches: Vec<Value>) -> Vec<Manifest> {
    let mut parts: Vec<Vec<Value>> = Vec::new();
    let mut room = 0;
    for patch in patches {
        let size = size::size(&patch);
        match parts.last_mut() {
            Some(part) if size <= room => part.push(patch),
            _ => {
                room = APPLY_LIMIT.saturating_sub(size::size(&object(order, order.name, Vec::new())));
                parts.push(Vec::from([patch]));
            }
        }
        // And a comma.
        room = room.saturating_sub(size + 1);
    }
    let named = (1..).zip(parts).map(|(number, part)| {
        let name = match number {
            1 => format!("{}-routes", order.name),
            number => format!("{}-routes-{number}", order.name),
        };
        let remarks = [
            "What has to stand behind the filter; without it nothing is routed.",
            ALONE,
        ];
        with_remarks(object(order, &name, part), &remarks)
    });
    named.collect()
}

fn with_remarks(object: Value, remarks: &[&str]) -> Manifest {
    Manifest {
        remarks: remarks.iter().map(ToString::to_string).collect(),
        object,
    }
}

fn object(order: &Order<'_>, name: &str, patches: Vec<Value>) -> Value {
    let mut spec: Map<String, Value> = Target::of(order.proxy).fields("workloadSelector", "labels");
    spec.insert("priority".to_owned(), json!(PRIORITY));
    spec.insert("configPatches".to_owned(), Value::Array(patches));
    json!({
        "apiVersion": "networking.istio.io/v1alpha3",
        "kind": "EnvoyFilter",
        "metadata": {"name": name, "namespace": order.proxy.namespace},
        "spec": spec,
    })
}

/// A patch at Envoy's fault filter.
fn filter_patch(order: &Order<'_>, operation: &str, value: Value) -> Value {
    json!({
        "applyTo": "HTTP_FILTER",
        "match": {
            "context": target::context(order.proxy),
            "listener": {"filterChain": {"filter": {
                "name": "envoy.filters.network.http_connection_manager",
                "subFilter": {"name": FAULT_FILTER},
            }}},
        },
        "patch": {"operation": operation, "value": compact(value)},
    })
}

/// Lets the fault filter take orders by header, which our filter lets no client give.
fn fault_patch(order: &Order<'_>) -> Value {
    filter_patch(order, "MERGE", connection::fault_filter())
}

/// One route for each profile, in front of the routes of every virtual host.
fn route_patches(order: &Order<'_>) -> Vec<Value> {
    let profiles = routes::profiles(order.mesh, order.proxy);
    let named = profiles.iter().map(|(name, profile)| route(Some(name), profile));
    let patch = |route: Value| {
        json!({
            "applyTo": "HTTP_ROUTE",
            "match": {"context": target::context(order.proxy)},
            "patch": {"operation": "INSERT_FIRST", "value": compact(route)},
        })
    };
    core::iter::once(route(None, &Profile::default()))
        .chain(named)
        .map(patch)
        .collect()
}

/// The route of a profile as it stands among others: it has to take away the headers itself, and to leave requests
/// with another profile alone wherever it stands.
fn route(name: Option<&str>, profile: &Profile) -> Value {
    let mut route = routes::route(name, profile);
    if let Some(fields) = route.as_object_mut() {
        let own = match name {
            Some(name) => format!("{FILTER_NAME}-{name}"),
            None => FILTER_NAME.to_owned(),
        };
        fields.insert("name".to_owned(), json!(own));
        fields.insert(
            "request_headers_to_remove".to_owned(),
            json!(routes::HEADERS_TO_REMOVE),
        );
        fields.retain(|field, value| field != "stat_prefix" || *value != "");
    }
    let headers = route.pointer_mut("/match/headers").and_then(Value::as_array_mut);
    if let Some(headers) = headers.filter(|_| name.is_none()) {
        headers.push(json!({"name": PROFILE_HEADER, "present_match": true, "invert_match": true}));
    }
    route
}
