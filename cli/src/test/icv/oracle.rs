//! Which rule istio-config-validator takes. Source: its `GetRoute` and `matchRequest`.

use mainsheet_core::matcher::SearchRegex;
use mainsheet_core::resources::virtual_service::{HTTPMatchRequest, HTTPRoute, StringMatch};
use mainsheet_core::resources::{Object, VirtualService};

use super::Input;

/// A rule of a VirtualService.
#[derive(Clone, Copy)]
pub(super) struct Taken<'r> {
    /// The VirtualService.
    pub(super) object: &'r Object<VirtualService>,
    /// The index of the rule.
    pub(super) index: usize,
    /// The rule.
    pub(super) rule: &'r HTTPRoute,
    /// The index of the match block.
    pub(super) block: Option<usize>,
}

/// The rule of the first VirtualService, in the order of files, that has the host word for word.
pub(super) fn take<'r>(services: &'r [Object<VirtualService>], input: &Input) -> Option<Taken<'r>> {
    let of_host = services
        .iter()
        .filter(|object| object.spec.hosts.contains(&input.authority));
    of_host.filter_map(|object| first(object, input)).next()
}

/// The first rule of a VirtualService that it takes.
pub(super) fn first<'r>(object: &'r Object<VirtualService>, input: &Input) -> Option<Taken<'r>> {
    object.spec.http.iter().enumerate().find_map(|(index, rule)| {
        let block = rule.matches.iter().position(|block| is_match(block, input));
        (rule.matches.is_empty() || block.is_some()).then_some(Taken {
            object,
            index,
            rule,
            block,
        })
    })
}

/// It looks at four fields only, and not at the query.
fn is_match(block: &HTTPMatchRequest, input: &Input) -> bool {
    let path = input.uri.split('?').next().unwrap_or_default();
    let headers = block.headers.iter().all(|(name, matcher)| {
        let value = input.headers.get(name);
        value.is_some_and(|value| matcher.as_ref().is_none_or(|matcher| matches(matcher, value)))
    });
    let holds =
        |matcher: Option<&StringMatch>, value: &str| matcher.is_none_or(|matcher| matches(matcher, value));
    headers
        && holds(block.uri.as_ref(), path)
        && holds(block.authority.as_ref(), &input.authority)
        && holds(block.method.as_ref(), &input.method)
}

fn matches(matcher: &StringMatch, value: &str) -> bool {
    let said = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    if let Some(exact) = said(&matcher.exact) {
        return exact == value;
    }
    if let Some(prefix) = said(&matcher.prefix) {
        return value.starts_with(&prefix);
    }
    // Anchors without a group around what they anchor.
    let regex = said(&matcher.regex).and_then(|regex| SearchRegex::new(&format!("^{regex}$")).ok());
    regex.is_some_and(|regex| {
        let mut found = false;
        regex.replace_all(value.as_bytes(), |_, _| found = true);
        found
    })
}

/// Whether a host is a wildcard above a name.
pub(super) fn is_below(host: &str, name: &str) -> bool {
    host.strip_prefix('*').is_some_and(|end| name.ends_with(end))
}
