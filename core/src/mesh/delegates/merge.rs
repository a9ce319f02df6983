//! A delegate's rule, with what the rule that leads to it adds.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::has_conflict;
use crate::resources::scalar::is_default;
use crate::resources::virtual_service::{HTTPMatchRequest, HTTPRoute};

/// Fields that are not said come from the root.
macro_rules! inherit {
    ($own:ident, $root:ident: $($field:ident),+) => {$(
        if is_default(&$own.$field) {
            $own.$field.clone_from(&$root.$field);
        }
    )+};
}

/// The rules that take the place of `root`, in order; those in conflict with it are left out.
/// Source: Istio `mergeHTTPRoutes`.
pub fn merge_routes(root: &HTTPRoute, delegate: &[HTTPRoute]) -> Vec<HTTPRoute> {
    delegate
        .iter()
        .filter_map(|rule| merge_route(root, rule).map(|(merged, _)| merged))
        .collect()
}

/// The match blocks of a rule and of the one that leads to it. `None` where one of the delegate's goes with none
/// of the root's. Source: Istio `mergeHTTPMatchRequests`.
pub fn merge_matches(
    root: &[HTTPMatchRequest],
    delegate: &[HTTPMatchRequest],
) -> Option<Vec<HTTPMatchRequest>> {
    let merged = numbered_matches(root, delegate)?;
    Some(merged.into_iter().map(|(_, block)| block).collect())
}

/// One merged rule, and for each of its match blocks the number that it has in the delegate's rule; blocks that
/// only the root has come without one. What the delegate does not say comes from the root.
pub(super) fn merge_route(root: &HTTPRoute, delegate: &HTTPRoute) -> Option<(HTTPRoute, Vec<Option<usize>>)> {
    let (blocks, matches) = numbered_matches(&root.matches, &delegate.matches)?
        .into_iter()
        .unzip();
    let mut merged = delegate.clone();
    merged.matches = matches;
    merged.name = joined(&root.name, &delegate.name);
    inherit!(merged, root: rewrite, direct_response, timeout, retries, fault, cors_policy, headers);
    inherit!(merged, root: mirror, mirror_percent, mirror_percentage, mirrors);
    Some((merged, blocks))
}

fn numbered_matches(
    root: &[HTTPMatchRequest],
    delegate: &[HTTPMatchRequest],
) -> Option<Vec<(Option<usize>, HTTPMatchRequest)>> {
    let own = || {
        delegate
            .iter()
            .cloned()
            .enumerate()
            .map(|(index, block)| (Some(index), block))
    };
    if root.is_empty() {
        return Some(own().collect());
    }
    if delegate.is_empty() {
        return Some(root.iter().map(|block| (None, block.clone())).collect());
    }
    let mut merged = Vec::new();
    for (index, leaf) in own() {
        let compatible = root.iter().filter(|root| !has_conflict(root, &leaf));
        let before = merged.len();
        merged.extend(compatible.map(|root| (index, merge_match(root, &leaf))));
        if merged.len() == before {
            return None;
        }
    }
    Some(merged)
}

/// Source: Istio `mergeHTTPMatchRequest`.
fn merge_match(root: &HTTPMatchRequest, leaf: &HTTPMatchRequest) -> HTTPMatchRequest {
    let mut merged = leaf.clone();
    merged.name = joined(&root.name, &leaf.name);
    inherit!(merged, root: uri, scheme, method, authority, port);
    inherit!(merged, root: source_namespace, gateways, stat_prefix);
    add_missing(&mut merged.headers, &root.headers);
    add_missing(&mut merged.without_headers, &root.without_headers);
    add_missing(&mut merged.query_params, &root.query_params);
    add_missing(&mut merged.source_labels, &root.source_labels);
    merged
}

fn add_missing<V: Clone>(own: &mut BTreeMap<String, V>, inherited: &BTreeMap<String, V>) {
    for (key, value) in inherited {
        own.entry(key.clone()).or_insert_with(|| value.clone());
    }
}

/// `root-delegate`, or the one of the two that is there.
fn joined(root: &str, delegate: &str) -> String {
    match (root, delegate) {
        (root, "") => root.into(),
        ("", delegate) => delegate.into(),
        (root, delegate) => format!("{root}-{delegate}"),
    }
}
