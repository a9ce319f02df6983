//! What a rule does. Source: Istio `translateRoute`: redirect, else direct response, else route.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::listener::{self, Listener};
use super::{cors, faults, hashes, header_ops, mirrors, redirects, responses, retries};
use crate::action::{Action, Destination, ForwardAction, HashPolicy, PathRewrite, RegexRewrite, Split};
use crate::mesh::{Mesh, Rule};
use crate::report::{Field, Report};
use crate::resources::Duration as ApiDuration;
use crate::resources::virtual_service::{HTTPRewrite, HTTPRouteDestination};

/// A rule and where it is compiled for.
#[derive(Clone, Copy)]
pub(super) struct RuleScope<'s> {
    pub(super) mesh: &'s Mesh,
    pub(super) rule: &'s Rule,
    pub(super) listener: &'s Listener<'s>,
    pub(super) field: &'s Field<'s>,
}

impl RuleScope<'_> {
    pub(super) fn error(
        &self,
        report: &mut Report,
        field: &Field<'_>,
        code: &str,
        message: &str,
        help: &str,
    ) {
        report.error(&self.rule.subject, field, code, message, help);
    }
}

/// The action of a rule. `None` when it has an error, which is then in the report.
pub(super) fn compile(scope: &RuleScope<'_>, report: &mut Report) -> Option<Action> {
    let route = &scope.rule.route;
    let headers = header_ops::compile(
        route.headers.as_ref(),
        &scope.rule.subject,
        &scope.field.name("headers"),
        report,
    );
    if let Some(redirect) = &route.redirect {
        return redirects::compile(scope, redirect, headers.response, report).map(Action::Redirect);
    }
    if let Some(response) = &route.direct_response {
        return responses::compile(scope, response, headers.response, report).map(Action::Respond);
    }
    forward(scope, headers, report).map(Action::Forward)
}

fn forward(
    scope: &RuleScope<'_>,
    headers: header_ops::Operations,
    report: &mut Report,
) -> Option<ForwardAction> {
    let route = &scope.rule.route;
    let rewrite = route.rewrite.as_ref();
    let path_rewrite = match rewrite.map(|rewrite| path_rewrite(scope, rewrite, report)) {
        Some(compiled) => compiled?,
        None => None,
    };
    let fault = faults::compile(scope, route.fault.as_ref(), report);
    let cors = match route
        .cors_policy
        .as_ref()
        .map(|policy| cors::compile(scope, policy, report))
    {
        Some(compiled) => Some(compiled?),
        None => None,
    };
    let mirrors = mirrors::compile(scope, report);
    let mut destinations = destinations(scope, report)?;
    // The only destination hashes: trying another host would not keep to it.
    let another_host = !matches!(destinations.as_slice(), [(_, Some(_))]);
    if destinations.len() > 1 {
        destinations.retain(|(destination, _)| destination.weight > 0);
    } else if let Some((only, _)) = destinations.first_mut() {
        only.weight = 1;
    }
    let single = route.route.len() == 1;
    let (destinations, hash_policies): (Vec<_>, Vec<_>) = destinations.into_iter().unzip();
    let retries = retries::compile(route.retries.as_ref(), &scope.mesh.config, another_host);
    let rewritten = rewrite
        .map(|rewrite| rewrite.authority.clone())
        .filter(|host| !host.is_empty());
    let mut action = ForwardAction {
        request_headers: headers.request,
        response_headers: headers.response,
        host_rewrite: rewritten.or(headers.authority),
        path_rewrite,
        timeout: positive(route.timeout),
        fault,
        cors,
        mirrors,
        hash_policies: hash_policies.into_iter().flatten().collect(),
        missing_cluster_status: scope.rule.semantics.missing_cluster_status(),
        ..ForwardAction::to_cluster(String::new(), retries)
    };
    action.take_destinations(destinations, single)?;
    Some(action.with_profile())
}

impl ForwardAction {
    /// The operations of a single destination become the rule's own; several keep theirs.
    fn take_destinations(&mut self, mut destinations: Vec<Destination>, single: bool) -> Option<()> {
        if let ([only], true) = (destinations.as_mut_slice(), single) {
            self.request_headers
                .append(core::mem::take(&mut only.request_headers));
            self.response_headers
                .append(core::mem::take(&mut only.response_headers));
            let of_destination = only.host_rewrite.take();
            self.host_rewrite = self.host_rewrite.take().or(of_destination);
        }
        self.split = Split::new(destinations)?;
        Some(())
    }
}

/// A destination, and what the route hashes for it.
type Hashed = (Destination, Option<HashPolicy>);

fn destinations(scope: &RuleScope<'_>, report: &mut Report) -> Option<Vec<Hashed>> {
    let list = &scope.rule.route.route;
    let field = scope.field.name("route");
    if list.is_empty() {
        let message = "HTTP route, redirect or direct_response is required";
        let help = "add a route with a destination";
        scope.error(report, scope.field, "missing-action", message, help);
        return None;
    }
    let total: i64 = list.iter().map(|destination| i64::from(destination.weight)).sum();
    if list.len() > 1 && total == 0 {
        scope.error(
            report,
            &field,
            "total-weight-zero",
            "total destination weight = 0",
            "give a weight",
        );
        return None;
    }
    let compiled: Vec<_> = list
        .iter()
        .enumerate()
        .map(|(index, weighted)| destination(scope, weighted, &field.index(index), report))
        .collect();
    compiled.into_iter().collect()
}

fn destination(
    scope: &RuleScope<'_>,
    weighted: &HTTPRouteDestination,
    field: &Field<'_>,
    report: &mut Report,
) -> Option<Hashed> {
    let Some(destination) = &weighted.destination else {
        scope.error(
            report,
            field,
            "missing-destination",
            "destination is required",
            "name a destination.host",
        );
        return None;
    };
    let Ok(weight) = u64::try_from(weighted.weight) else {
        let message = alloc::format!("weight {} < 0", weighted.weight);
        scope.error(
            report,
            &field.name("weight"),
            "negative-weight",
            &message,
            "give a weight of 0 or more",
        );
        return None;
    };
    let headers = header_ops::compile(
        weighted.headers.as_ref(),
        &scope.rule.subject,
        &field.name("headers"),
        report,
    );
    let listener = scope.listener;
    let (port, names_port) = (
        listener.port_of(destination),
        listener::named_port(destination).is_some(),
    );
    let host = destination.host.as_str();
    let hashing = hashes::of_destination(scope.mesh, listener, host, &destination.subset, port, names_port);
    let compiled = Destination {
        request_headers: headers.request,
        response_headers: headers.response,
        host_rewrite: headers.authority,
        hashes: hashing.cluster_hashes,
        ..Destination::new(listener.cluster(destination), weight)
    };
    Some((compiled, hashing.policy))
}

/// `Some(None)` where nothing is rewritten; `None` for an error.
fn path_rewrite(
    scope: &RuleScope<'_>,
    rewrite: &HTTPRewrite,
    report: &mut Report,
) -> Option<Option<PathRewrite>> {
    let Some(regex) = &rewrite.uri_regex_rewrite else {
        let uri = Some(rewrite.uri.clone()).filter(|uri| !uri.is_empty());
        let semantics = scope.rule.semantics;
        return Some(uri.map(|uri| semantics.prefix_rewrite(uri)));
    };
    match RegexRewrite::new(&regex.pattern, &regex.rewrite) {
        Ok(compiled) => Some(Some(PathRewrite::Regex(compiled))),
        Err(error) => {
            let message = alloc::format!("{:?}: {error}", regex.pattern);
            let rewrite = scope.field.name("rewrite");
            let regex = rewrite.name("uriRegexRewrite");
            let help = "see https://github.com/google/re2/wiki/Syntax";
            scope.error(report, &regex.name("match"), "invalid-regex", &message, help);
            None
        }
    }
}

/// Zero, like absence, is no limit.
pub(super) fn positive(duration: Option<ApiDuration>) -> Option<Duration> {
    duration.map(duration_of).filter(|duration| !duration.is_zero())
}

/// A negative duration is none.
pub(super) fn duration_of(duration: ApiDuration) -> Duration {
    Duration::from_nanos(u64::try_from(duration.as_nanos()).unwrap_or_default())
}
