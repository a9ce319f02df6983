//! The destinations that a VirtualService names, and where.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::resources::VirtualService;
use crate::resources::virtual_service::{Destination, HTTPRoute, RouteDestination};

/// A destination and its place.
#[derive(Clone, Debug)]
pub(super) struct Named<'b> {
    /// What is written; a route may leave it out.
    pub(super) destination: Option<&'b Destination>,
    /// Its field path.
    pub(super) path: String,
    /// Whether it gets copies only.
    pub(super) is_mirror: bool,
}

impl Named<'_> {
    /// The host; empty where nothing is written.
    pub(super) fn host(&self) -> &str {
        self.destination
            .map_or("", |destination| destination.host.as_str())
    }

    /// The subset; empty where there is none.
    pub(super) fn subset(&self) -> &str {
        self.destination
            .map_or("", |destination| destination.subset.as_str())
    }

    /// A field of it.
    pub(super) fn field(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }
}

/// All destinations: of TCP, of TLS, of HTTP, and then of copies. Source: Istio `getRouteDestinations`,
/// `getHTTPMirrorDestinations`.
pub(super) fn all(spec: &VirtualService) -> Vec<Named<'_>> {
    let mut found = Vec::new();
    for (rule, route) in spec.tcp.iter().enumerate() {
        add_connections(&mut found, "tcp", rule, &route.route);
    }
    for (rule, route) in spec.tls.iter().enumerate() {
        add_connections(&mut found, "tls", rule, &route.route);
    }
    found.extend(http(spec));
    for (rule, route) in spec.http.iter().enumerate() {
        add_mirrors(&mut found, rule, route);
    }
    found
}

/// Those that requests are sent to.
pub(super) fn http(spec: &VirtualService) -> Vec<Named<'_>> {
    let mut found = Vec::new();
    for (rule, route) in spec.http.iter().enumerate() {
        let weighted = route.route.iter().enumerate();
        found.extend(weighted.map(|(index, weighted)| Named {
            destination: weighted.destination.as_ref(),
            path: format!("spec.http[{rule}].route[{index}].destination"),
            is_mirror: false,
        }));
    }
    found
}

fn add_connections<'b>(found: &mut Vec<Named<'b>>, kind: &str, rule: usize, route: &'b [RouteDestination]) {
    let weighted = route.iter().enumerate();
    found.extend(weighted.map(|(index, weighted)| Named {
        destination: weighted.destination.as_ref(),
        path: format!("spec.{kind}[{rule}].route[{index}].destination"),
        is_mirror: false,
    }));
}

fn add_mirrors<'b>(found: &mut Vec<Named<'b>>, rule: usize, route: &'b HTTPRoute) {
    found.extend(route.mirror.as_ref().map(|destination| Named {
        destination: Some(destination),
        path: format!("spec.http[{rule}].mirror"),
        is_mirror: true,
    }));
    let mirrors = route.mirrors.iter().enumerate();
    found.extend(mirrors.map(|(index, mirror)| Named {
        destination: mirror.destination.as_ref(),
        path: format!("spec.http[{rule}].mirrors[{index}].destination"),
        is_mirror: true,
    }));
}
