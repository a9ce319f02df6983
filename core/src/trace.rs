//! A decision, told: every rule that was looked at, every condition with what it expected and what it saw.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::matcher::HeaderMatcher;
use crate::observe::{Condition, Observer};
use crate::request::Request;
use crate::table::{HostPattern, Route, RouteConfig, RouteSource, VirtualHost};

/// What an explaining decision has seen, in order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// Istio's name of the routes of the port.
    pub route_config: Option<String>,
    /// The host that virtual hosts were searched for: lower-case, without port.
    pub host: String,
    /// The virtual host that was found.
    pub virtual_host: Option<VirtualHostTrace>,
    /// The routes that were tried, up to the one that matched.
    pub routes: Vec<RouteTrace>,
}

/// A virtual host and why it was chosen.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VirtualHostTrace {
    /// Its name.
    pub name: String,
    /// Its domains.
    pub domains: Vec<String>,
    /// The kind of domain that matched.
    pub matched: HostPattern,
}

/// A route that was tried.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteTrace {
    /// Its name; empty where the rule has none.
    pub name: String,
    /// The rule that it comes from.
    pub source: Option<SourceTrace>,
    /// Its conditions. A route that takes everything has only the prefix `/`.
    pub conditions: Vec<ConditionTrace>,
    /// Whether all of them hold.
    pub matched: bool,
}

/// Where a rule is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceTrace {
    /// Kind of the resource.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Field path of the match block, or of the rule where it has none: `spec.http[0].match[1]`.
    pub path: String,
}

/// A condition that was tried.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConditionTrace {
    /// The field as the API spells it: `uri`, `headers["end-user"]`, `method`.
    pub field: String,
    /// What it asks for: `exact "jason"`, `present`.
    pub expected: String,
    /// What the request has; `null` where it has nothing of the kind.
    pub seen: Option<String>,
    /// Whether it holds.
    pub matched: bool,
}

impl From<&RouteSource> for SourceTrace {
    fn from(source: &RouteSource) -> Self {
        let (rules, blocks) = (source.semantics.rules(), source.semantics.blocks());
        let rule = alloc::format!("spec.{rules}[{}]", source.rule);
        Self {
            kind: source.resource.kind.clone(),
            namespace: source.resource.namespace.clone(),
            name: source.resource.name.clone(),
            path: source
                .block
                .map_or(rule.clone(), |block| alloc::format!("{rule}.{blocks}[{block}]")),
        }
    }
}

impl Observer for Trace {
    const EXPLAINS: bool = true;

    fn route_config(&mut self, config: &RouteConfig) {
        self.route_config = Some(config.name.clone());
    }

    fn virtual_host(&mut self, host: &[u8], found: Option<(&VirtualHost, HostPattern)>) {
        self.host = text(host);
        self.virtual_host = found.map(|(virtual_host, matched)| VirtualHostTrace {
            name: virtual_host.name.clone(),
            domains: virtual_host.domains.clone(),
            matched,
        });
    }

    fn route(&mut self, route: &Route) {
        self.routes.push(RouteTrace {
            name: route.name.clone(),
            source: route.source.as_ref().map(SourceTrace::from),
            conditions: Vec::new(),
            matched: false,
        });
    }

    fn condition(&mut self, condition: Condition<'_>, request: &Request<'_>, matched: bool) {
        if let Some(route) = self.routes.last_mut() {
            let (field, expected, seen) = describe(condition, request);
            route.conditions.push(ConditionTrace {
                field,
                expected,
                seen,
                matched,
            });
        }
    }

    fn verdict(&mut self, matched: bool) {
        if let Some(route) = self.routes.last_mut() {
            route.matched = matched;
        }
    }
}

pub(crate) fn describe(condition: Condition<'_>, request: &Request<'_>) -> (String, String, Option<String>) {
    match condition {
        Condition::Path(path) => ("uri".into(), path.to_string(), Some(text(request.path))),
        Condition::Header(header) => (
            header_field(header),
            header.value.to_string(),
            header_values(request, &header.name),
        ),
        Condition::Query(query) => {
            let field = alloc::format!("queryParams[{:?}]", query.name);
            (
                field,
                query.value.to_string(),
                request.query_parameter(query.name.as_bytes()).map(text),
            )
        }
        Condition::Claim(claim) => {
            let list = if claim.invert { "withoutHeaders" } else { "headers" };
            let texts = request.attributes().claim(&claim.path);
            let seen = texts.map(|texts| {
                texts
                    .iter()
                    .map(|entry| text(entry))
                    .collect::<Vec<_>>()
                    .join(" | ")
            });
            (
                alloc::format!("{list}[{:?}]", claim.name),
                claim.value.to_string(),
                seen,
            )
        }
    }
}

fn header_field(header: &HeaderMatcher) -> String {
    match &*header.name {
        ":method" => "method".into(),
        ":authority" => "authority".into(),
        ":scheme" => "scheme".into(),
        name if header.invert => alloc::format!("withoutHeaders[{name:?}]"),
        name => alloc::format!("headers[{name:?}]"),
    }
}

/// All values, as each of them is matched on its own.
fn header_values(request: &Request<'_>, name: &str) -> Option<String> {
    let values: Vec<String> = request.header_values(name).map(text).collect();
    (!values.is_empty()).then(|| values.join(" | "))
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
