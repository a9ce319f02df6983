//! Destinations with their shares, and copies. Source: Istio `validateDestination`, `validateRouteDestinations`,
//! `validateHTTPRouteDestinations`, `validateHTTPMirrors`.

use alloc::format;

use super::findings::Findings;
use super::{headers, names, numbers};
use crate::report::Field;
use crate::resources::virtual_service::{
    Destination, HTTPMirrorPolicy, HTTPRouteDestination, RouteDestination,
};

/// A destination.
pub fn check(destination: &Destination, field: &Field<'_>, findings: &mut Findings) {
    let host = field.name("host");
    if destination.host == "*" {
        let help = "name one host; a destination cannot be every host";
        findings.error(&host, "invalid-host", "invalid destination host *", help);
    } else {
        findings.judge(names::wildcard_domain(&destination.host), &host);
    }
    if !destination.subset.is_empty() {
        findings.judge(names::subset_name(&destination.subset), &field.name("subset"));
    }
    if let Some(port) = &destination.port {
        let field = field.name("port");
        findings.judge(numbers::port(port.number), &field.name("number"));
    }
}

/// Destinations of a rule for HTTP; those that Istio made from a route of the Gateway API are its own business.
pub(super) fn of_http(
    list: &[HTTPRouteDestination],
    converted: bool,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    for (index, weighted) in list.iter().enumerate() {
        let field = field.index(index);
        headers::check(weighted.headers.as_ref(), &field.name("headers"), findings);
        share(
            weighted.destination.as_ref(),
            weighted.weight,
            converted,
            &field,
            findings,
        );
    }
    total(list.iter().map(|weighted| weighted.weight), field, findings);
}

/// Destinations of a rule for TLS or TCP.
pub fn of_connections(
    list: &[RouteDestination],
    converted: bool,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    for (index, weighted) in list.iter().enumerate() {
        let field = field.index(index);
        share(
            weighted.destination.as_ref(),
            weighted.weight,
            converted,
            &field,
            findings,
        );
    }
    total(list.iter().map(|weighted| weighted.weight), field, findings);
}

fn share(
    destination: Option<&Destination>,
    weight: i32,
    converted: bool,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    match destination {
        None => {
            let help = "name a destination.host";
            findings.error(field, "missing-destination", "destination is required", help);
        }
        Some(_) if converted => {}
        Some(destination) => check(destination, &field.name("destination"), findings),
    }
    if weight < 0 {
        let message = format!("weight {weight} < 0");
        let help = "give a weight of 0 or more";
        findings.error(&field.name("weight"), "negative-weight", message, help);
    }
}

fn total(weights: impl ExactSizeIterator<Item = i32>, field: &Field<'_>, findings: &mut Findings) {
    if weights.len() > 1 && weights.map(i64::from).sum::<i64>() == 0 {
        let message = "total destination weight = 0";
        findings.error(field, "total-weight-zero", message, "give a weight");
    }
}

/// Copies to several places.
pub(super) fn mirrors(list: &[HTTPMirrorPolicy], field: &Field<'_>, findings: &mut Findings) {
    for (index, mirror) in list.iter().enumerate() {
        let field = field.index(index);
        let Some(destination) = &mirror.destination else {
            let message = "destination is required for mirrors";
            findings.error(&field, "missing-destination", message, "name a destination.host");
            continue;
        };
        check(destination, &field.name("destination"), findings);
        if let Some(percentage) = &mirror.percentage {
            let field = field.name("percentage");
            mirror_share(
                "mirror percentage",
                percentage.value,
                &field.name("value"),
                findings,
            );
        }
    }
}

/// The share of copies.
pub(super) fn mirror_share(words: &str, value: f64, field: &Field<'_>, findings: &mut Findings) {
    let bound = if value > 100.0 {
        "max value of 100"
    } else if value < 0.0 {
        "min value of 0"
    } else {
        return;
    };
    let message = format!("{words} must have a {bound} (it has {value})");
    findings.error(
        field,
        "invalid-percentage",
        message,
        "give a number from 0 to 100",
    );
}
