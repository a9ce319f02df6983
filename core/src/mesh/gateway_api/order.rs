//! Which match comes first: the Gateway API's precedence. Source: Istio `sortHTTPRoutes`.

use core::cmp::Reverse;

use super::Rule;
use crate::resources::virtual_service::{HTTPMatchRequest, StringMatch};

/// Sorts rules that have at most one match each. Equal ones stay in order: the oldest route first, then by name,
/// then as they are written.
pub(super) fn sort(rules: &mut [Rule]) {
    rules.sort_by_key(|rule| Reverse(rank(rule.route.matches.first())));
}

/// Kind of path match and its length, whether there is a method, how many headers, how many query parameters.
type Rank = ((u8, usize), bool, usize, usize);

fn rank(block: Option<&HTTPMatchRequest>) -> Rank {
    let path = path_rank(block.and_then(|block| block.uri.as_ref()));
    block.map_or((path, false, 0, 0), |block| {
        (
            path,
            block.method.is_some(),
            block.headers.len(),
            block.query_params.len(),
        )
    })
}

/// Exact, then prefixes, then regexes; longer ones first. No path is the prefix `/`, as the API has it.
fn path_rank(uri: Option<&StringMatch>) -> (u8, usize) {
    let Some(uri) = uri else { return (1, 1) };
    match (&uri.exact, &uri.prefix, &uri.regex) {
        (Some(path), _, _) => (2, path.len()),
        (_, Some(prefix), _) => (1, prefix.len()),
        (_, _, Some(pattern)) => (0, pattern.len()),
        (None, None, None) => (1, 1),
    }
}
