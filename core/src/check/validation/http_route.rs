//! Rules for HTTP. Source: Istio `validateHTTPRoute`, `validateHTTPRouteConflict`.

use alloc::format;

use super::findings::Findings;
use super::{
    cors, destinations, direct_response, fault, headers, matches, numbers, redirect, retries, rewrite,
};
use crate::report::Field;
use crate::resources::virtual_service::HTTPRoute;

const CONFLICT: &str = "conflicting-fields";

/// What a rule stands in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    /// In a VirtualService without hosts.
    pub in_delegate: bool,
    /// In one that Istio made from a route of the Gateway API.
    pub converted: bool,
}

/// One rule.
pub fn check(route: &HTTPRoute, place: Place, field: &Field<'_>, findings: &mut Findings) {
    conflicts(route, place, field, findings);
    let blocks = field.name("match");
    for (index, block) in route.matches.iter().enumerate() {
        matches::check(block, &blocks.index(index), findings);
    }
    headers::check(route.headers.as_ref(), &field.name("headers"), findings);
    if let Some(policy) = &route.cors_policy {
        cors::check(policy, &field.name("corsPolicy"), findings);
    }
    if let Some(injection) = &route.fault {
        fault::check(injection, &field.name("fault"), findings);
    }
    copies(route, field, findings);
    if let Some(redirect) = &route.redirect {
        redirect::check(redirect, &field.name("redirect"), findings);
        redirect::prefix_matches(route, field, findings);
    }
    if let Some(response) = &route.direct_response {
        direct_response::check(response, &field.name("directResponse"), findings);
    }
    if let Some(policy) = &route.retries {
        retries::check(policy, &field.name("retries"), findings);
    }
    if let Some(changes) = &route.rewrite {
        rewrite::check(changes, &field.name("rewrite"), findings);
    }
    headers::authority(route.rewrite.as_ref(), route.headers.as_ref(), field, findings);
    destinations::of_http(&route.route, place.converted, &field.name("route"), findings);
    numbers::durations(&[("timeout", route.timeout)], field, findings);
}

fn conflicts(route: &HTTPRoute, place: Place, field: &Field<'_>, findings: &mut Findings) {
    if route.delegate.is_some() && !place.in_delegate {
        return conflicts_of_root(route, field, findings);
    }
    if route.delegate.is_some() {
        let message = "delegate HTTP route cannot contain delegate";
        let help = "give it a route: delegates cannot delegate again";
        findings.error(&field.name("delegate"), CONFLICT, message, help);
    }
    if route.redirect.is_some() {
        conflicts_of_redirect(route, field, findings);
    } else if route.direct_response.is_some() {
        conflicts_of_response(route, field, findings);
    } else if route.route.is_empty() {
        let message = "HTTP route, redirect or direct_response is required";
        findings.error(field, "missing-action", message, "add a route with a destination");
    }
    if route.mirror.is_some() && !route.mirrors.is_empty() {
        let message = "HTTP route cannot contain both mirror and mirrors";
        findings.error(&field.name("mirror"), CONFLICT, message, "move it into `mirrors`");
    }
}

/// A rule that delegates does nothing else.
fn conflicts_of_root(route: &HTTPRoute, field: &Field<'_>, findings: &mut Findings) {
    let help = "keep `delegate` alone: the other VirtualService says where requests go";
    for (name, given) in [
        ("redirect", route.redirect.is_some()),
        ("route", !route.route.is_empty()),
    ] {
        if given {
            let message = match route.name.as_str() {
                "" => format!("root HTTP route must not specify {name}"),
                own => format!("root HTTP route {own} must not specify {name}"),
            };
            findings.error(&field.name(name), CONFLICT, message, help);
        }
    }
}

fn conflicts_of_redirect(route: &HTTPRoute, field: &Field<'_>, findings: &mut Findings) {
    let help = "remove one of them: a redirect answers, nothing is forwarded";
    conflicts_of_answer(route, "redirect", help, field, findings);
    if route.direct_response.is_some() {
        let message = "HTTP route rule cannot contain both direct_response and redirect";
        findings.error(&field.name("directResponse"), CONFLICT, message, help);
    }
}

fn conflicts_of_response(route: &HTTPRoute, field: &Field<'_>, findings: &mut Findings) {
    let help = "remove one of them: a direct response answers, nothing is forwarded";
    conflicts_of_answer(route, "direct_response", help, field, findings);
}

/// What a rule cannot have that answers by itself.
fn conflicts_of_answer(
    route: &HTTPRoute,
    answer: &str,
    help: &str,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    for (name, given, what) in [
        ("route", !route.route.is_empty(), "HTTP route"),
        ("fault", route.fault.is_some(), "HTTP route"),
        ("rewrite", route.rewrite.is_some(), "HTTP route rule"),
    ] {
        if given {
            let message = format!("{what} cannot contain both {name} and {answer}");
            findings.error(&field.name(name), CONFLICT, message, help);
        }
    }
}

fn copies(route: &HTTPRoute, field: &Field<'_>, findings: &mut Findings) {
    if let Some(percent) = route.mirror_percent {
        let field = field.name("mirrorPercent");
        destinations::mirror_share("mirror_percent", percent.into(), &field, findings);
        let message = "using deprecated setting \"mirrorPercent\", use \"mirrorPercentage\" instead";
        let help = "write `mirrorPercentage: {value: …}`";
        findings.warn(&field, "deprecated", message, help);
    }
    if let Some(percentage) = &route.mirror_percentage {
        let field = field.name("mirrorPercentage");
        destinations::mirror_share(
            "mirror_percentage",
            percentage.value,
            &field.name("value"),
            findings,
        );
    }
    if let Some(mirror) = &route.mirror {
        destinations::check(mirror, &field.name("mirror"), findings);
    }
    destinations::mirrors(&route.mirrors, &field.name("mirrors"), findings);
}
