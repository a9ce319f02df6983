//! When a delegate's match is no narrower form of the match that leads to it.

use alloc::string::String;

use crate::resources::virtual_service::{HTTPMatchRequest, StringMatch, StringMatches};

/// Whether no request can be meant by both: `leaf` has to extend `root`, or leave what it says alone.
/// Source: Istio `hasConflict`.
pub fn has_conflict(root: &HTTPMatchRequest, leaf: &HTTPMatchRequest) -> bool {
    let texts = [
        (&root.uri, &leaf.uri),
        (&root.scheme, &leaf.scheme),
        (&root.method, &leaf.method),
        (&root.authority, &leaf.authority),
    ];
    let maps = [
        (&root.headers, &leaf.headers),
        (&root.without_headers, &leaf.without_headers),
        (&root.query_params, &leaf.query_params),
    ];
    texts
        .into_iter()
        .any(|(root, leaf)| texts_conflict(root.as_ref(), leaf.as_ref()))
        || maps.into_iter().any(|(root, leaf)| maps_conflict(root, leaf))
        || root.ignore_uri_case != leaf.ignore_uri_case
        || root.port > 0 && leaf.port > 0 && root.port != leaf.port
        || !root.source_namespace.is_empty() && root.source_namespace != leaf.source_namespace
        || labels_conflict(root, leaf)
        || gateways_conflict(&root.gateways, &leaf.gateways)
}

fn maps_conflict(root: &StringMatches, leaf: &StringMatches) -> bool {
    leaf.iter().any(|(key, leaf)| {
        let root = root.get(key).and_then(Option::as_ref);
        texts_conflict(root, leaf.as_ref())
    })
}

/// An empty text is none, whatever kind of match it is in.
fn texts_conflict(root: Option<&StringMatch>, leaf: Option<&StringMatch>) -> bool {
    let (Some(root), Some(leaf)) = (root, leaf) else {
        return false;
    };
    let said = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let is_said = |matched: &StringMatch| {
        [&matched.exact, &matched.prefix, &matched.regex]
            .into_iter()
            .any(|text| said(text).is_some())
    };
    if said(&root.regex).is_some() && is_said(leaf) || said(&leaf.regex).is_some() && is_said(root) {
        return true;
    }
    match (said(&root.exact), said(&root.prefix)) {
        (Some(exact), _) => said(&leaf.prefix).is_some() || said(&leaf.exact).unwrap_or_default() != exact,
        (None, Some(prefix)) => said(&leaf.exact)
            .or_else(|| said(&leaf.prefix))
            .is_none_or(|text| !text.starts_with(&prefix)),
        (None, None) => true,
    }
}

fn labels_conflict(root: &HTTPMatchRequest, leaf: &HTTPMatchRequest) -> bool {
    let mut labels = leaf.source_labels.iter();
    labels.any(|(key, value)| root.source_labels.get(key).is_some_and(|known| known != value))
}

fn gateways_conflict(root: &[String], leaf: &[String]) -> bool {
    !root.is_empty()
        && !leaf.is_empty()
        && (root.len() < leaf.len() || leaf.iter().any(|gateway| !root.contains(gateway)))
}
