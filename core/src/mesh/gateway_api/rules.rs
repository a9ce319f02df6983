//! `rules`: each of their matches becomes a rule of its own. Source: Istio `convertHTTPRoute`.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::slice;

use super::{Draft, Rule, Semantics};
use crate::report::Field;
use crate::resources::Duration;
use crate::resources::http_route::{HTTPRouteRetry, HTTPRouteRule, HTTPRouteTimeouts};
use crate::resources::virtual_service::{HTTPDirectResponse, HTTPMatchRequest, HTTPRetry, HTTPRoute};

/// What is retried whatever the codes.
const RETRY_ON: &str = "connect-failure,refused-stream,unavailable,cancelled";
/// Retries of a `retry` that does not say how many.
const ATTEMPTS: u32 = 2;

impl Draft<'_> {
    /// All rules. The API gives a route without rules one that matches everything.
    pub(super) fn rules(&mut self) -> Vec<Rule> {
        let object = self.object;
        let default = HTTPRouteRule::default();
        let written = if object.spec.rules.is_empty() {
            slice::from_ref(&default)
        } else {
            object.spec.rules.as_slice()
        };
        let list = Field::SPEC.name("rules");
        let mut rules = Vec::new();
        for (index, rule) in written.iter().enumerate() {
            let field = list.index(index);
            if let Some(route) = self.route(rule, index, &field) {
                self.add_rules(rule, index, &route, &field, &mut rules);
            }
        }
        rules
    }

    fn add_rules(
        &mut self,
        written: &HTTPRouteRule,
        index: usize,
        route: &HTTPRoute,
        field: &Field<'_>,
        rules: &mut Vec<Rule>,
    ) {
        let subject = self.subject.clone();
        let mut push = |block, matches: Vec<HTTPMatchRequest>| {
            rules.push(Rule {
                subject: subject.clone(),
                semantics: Semantics::GatewayApi,
                index,
                blocks: matches.iter().map(|_| block).collect(),
                route: HTTPRoute {
                    matches,
                    ..route.clone()
                },
            });
        };
        if written.matches.is_empty() {
            push(None, Vec::new());
        }
        let list = field.name("matches");
        for (position, written) in written.matches.iter().enumerate() {
            if let Some(block) = self.block(written, &list.index(position)) {
                push(Some(position), alloc::vec![block]);
            }
        }
    }

    /// What a rule does. `None` when it has an error, which is then in the report.
    fn route(&mut self, rule: &HTTPRouteRule, index: usize, field: &Field<'_>) -> Option<HTTPRoute> {
        let mut route = HTTPRoute {
            name: self.name(rule, index),
            ..HTTPRoute::default()
        };
        self.apply_filters(&rule.filters, &field.name("filters"), &mut route)?;
        route.retries = rule.retry.as_ref().map(retries);
        if let Some(timeouts) = &rule.timeouts {
            set_timeouts(timeouts, &mut route);
        }
        let destinations = self.destinations(&rule.backend_refs, &field.name("backendRefs"))?;
        if destinations.is_empty() && route.redirect.is_none() {
            route.direct_response = Some(HTTPDirectResponse {
                status: 500,
                body: None,
            });
        }
        route.route = destinations;
        Some(route)
    }

    fn name(&self, rule: &HTTPRouteRule, index: usize) -> String {
        let meta = &self.object.metadata;
        rule.name
            .clone()
            .unwrap_or_else(|| format!("{}.{}.{index}", meta.namespace, meta.name))
    }
}

fn retries(retry: &HTTPRouteRetry) -> HTTPRetry {
    let attempts = retry.attempts.unwrap_or(ATTEMPTS);
    let mut retry_on = String::from(RETRY_ON);
    for code in &retry.codes {
        retry_on.push(',');
        retry_on.push_str(&code.to_string());
    }
    HTTPRetry {
        attempts: i32::try_from(attempts).unwrap_or(i32::MAX),
        retry_on,
        backoff: retry.backoff,
        ..HTTPRetry::default()
    }
}

/// `backendRequest` limits one attempt where retries are written, and else the whole request.
fn set_timeouts(timeouts: &HTTPRouteTimeouts, route: &mut HTTPRoute) {
    let positive = |limit: Option<Duration>| limit.filter(|limit| *limit != Duration::ZERO);
    route.timeout = positive(timeouts.request);
    if let Some(limit) = positive(timeouts.backend_request) {
        match &mut route.retries {
            Some(retries) => retries.per_try_timeout = Some(limit),
            None => route.timeout = Some(limit),
        }
    }
}
