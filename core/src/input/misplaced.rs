//! Fields that are written in the wrong place, or by the name that another API has for them.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};

use super::path::{Path, Segment, camel_case, parse};
use super::reader::Finding;
use crate::diagnostic::Diagnostic;

/// How the help begins that only lists what is possible.
pub(super) const LIST: &str = "possible here: ";

/// What people write, and what they mean: message, field, remedy. A field of `*` is any.
const SLIPS: &[(&str, &str, &str)] = &[
    ("ConnectionPoolSettings", "connectTimeout", "put it below `tcp`"),
    (
        "ConnectionPoolSettings",
        "http1MaxPendingRequests",
        "put it below `http`",
    ),
    (
        "ConnectionPoolSettings",
        "http2MaxRequests",
        "put it below `http`",
    ),
    ("ConnectionPoolSettings", "maxConnections", "put it below `tcp`"),
    (
        "DestinationRule",
        "connectionPool",
        "put it below `trafficPolicy`",
    ),
    ("DestinationRule", "loadBalancer", "put it below `trafficPolicy`"),
    (
        "DestinationRule",
        "outlierDetection",
        "put it below `trafficPolicy`",
    ),
    (
        "DestinationRule",
        "portLevelSettings",
        "put it below `trafficPolicy`",
    ),
    ("DestinationRule", "tls", "put it below `trafficPolicy`"),
    ("Gateway", "hosts", "put it below an element of `servers`"),
    ("Gateway", "port", "put it below an element of `servers`"),
    ("HTTPMatchRequest", "host", "write `authority`"),
    (
        "HTTPMatchRequest",
        "path",
        "write `uri`: `path` is the Gateway API's",
    ),
    ("HTTPMatchRequest", "query", "write `queryParams`"),
    ("HTTPRouteDestination", "host", "write `destination: {host: …}`"),
    ("HTTPRouteDestination", "port", "put it below `destination`"),
    ("HTTPRouteDestination", "subset", "put it below `destination`"),
    (
        "HTTPRouteRule",
        "match",
        "write `matches`: `match` is that of a VirtualService",
    ),
    (
        "HTTPRouteRule",
        "route",
        "write `backendRefs`: `route` is that of a VirtualService",
    ),
    (
        "Headers",
        "*",
        "put it below `request` or `response`, and there below `set`, `add` or `remove`",
    ),
    ("WorkloadSelector", "*", "put the labels below `labels`"),
];

/// What to do about a field that this message does not have.
pub(super) fn help(message: &str, key: &str) -> Option<String> {
    let key = camel_case(key);
    let slip =
        |(owner, field, _): &&(&str, &str, &str)| *owner == message && (*field == key || *field == "*");
    SLIPS.iter().find(slip).map(|(_, _, help)| (*help).to_owned())
}

/// Says of fields further down that they are fields of the message that has been read.
pub(super) fn claim(findings: &mut [Finding], path: &Path, known: &[&str]) {
    let own = path.to_string();
    let unknown = findings.iter_mut().map(|finding| &mut finding.diagnostic);
    for diagnostic in unknown.filter(|diagnostic| is_unexplained(diagnostic)) {
        let within = diagnostic.path.strip_prefix(&own);
        let is_below = within.is_some_and(|rest| rest.matches(['.', '[']).count() > 1);
        let Some(Segment::Key(key)) = parse(&diagnostic.path).pop().filter(|_| is_below) else {
            continue;
        };
        if known.contains(&camel_case(&key).as_str()) {
            let help = format!("`{key}` is a field of `{own}`: move it there, or indent it less");
            diagnostic.help = Some(help);
        }
    }
}

fn is_unexplained(diagnostic: &Diagnostic) -> bool {
    let help = diagnostic.help.as_deref().unwrap_or(LIST);
    diagnostic.code == "unknown-field" && help.starts_with(LIST)
}
