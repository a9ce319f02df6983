//! What a rule does. Source: Istio `translateRoute`: redirect, else direct response, else route.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::listener::{self, Listener};
use super::{Failed, cors, faults, hashes, header_ops, mirrors, redirects, responses, retries};
use crate::action::{Action, Destination, ForwardAction, HashPolicy, PathRewrite, RegexRewrite, Split};
use crate::diagnostic::ResourceRef;
use crate::mesh::{Mesh, Rule};
use crate::report::{Field, Report};
use crate::resources::Duration as ApiDuration;
use crate::resources::virtual_service::{HTTPRewrite, HTTPRouteDestination};

/// A rule and where it is compiled for.
#[derive(Clone, Copy)]
pub(super) struct RuleScope<'s> {
    pub(super) mesh: &'s Mesh,
    /// The VirtualService that has the hosts.
    pub(super) root: &'s ResourceRef,
    pub(super) rule: &'s Rule,
    pub(super) listener: &'s Listener<'s>,
    pub(super) field: &'s Field<'s>,
}

impl RuleScope<'_> {
    /// Reports an error in the rule.
    pub(super) fn error(
        &self,
        report: &mut Report,
        field: &Field<'_>,
        code: &str,
        message: &str,
        help: &str,
    ) -> Failed {
        report.error(&self.rule.subject, field, code, message, help);
        Failed
    }
}

/// The action of a rule.
pub(super) fn compile(scope: &RuleScope<'_>, report: &mut Report) -> Result<Action, Failed> {
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
) -> Result<ForwardAction, Failed> {
    let route = &scope.rule.route;
    let rewrite = route.rewrite.as_ref();
    let path_rewrite = rewrite.and_then(|rewrite| path_rewrite(scope, rewrite, report));
    let path_rewrite = path_rewrite.transpose()?;
    let fault = faults::compile(scope, route.fault.as_ref(), report);
    let cors = route.cors_policy.as_ref();
    let cors = cors
        .map(|policy| cors::compile(scope, policy, report))
        .transpose()?;
    let mirrors = mirrors::compile(scope, report);
    let destinations = destinations(scope, report)?;
    // The only destination hashes: trying another host would not keep to it.
    let another_host = !matches!(destinations.as_slice(), [(_, Some(_))]);
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
        missing_cluster_status: scope.rule.semantics.missing_cluster_status(),
        ..ForwardAction::to_cluster(String::new(), retries)
    };
    action.take_destinations(destinations)?;
    Ok(action.with_profile())
}

impl ForwardAction {
    /// A single destination gets everything, and its operations become the rule's own. Several keep theirs,
    /// and those of weight 0 are left out.
    fn take_destinations(&mut self, mut destinations: Vec<Hashed>) -> Result<(), Failed> {
        if let [(only, _)] = destinations.as_mut_slice() {
            only.weight = 1;
            self.request_headers
                .append(&core::mem::take(&mut only.request_headers));
            self.response_headers
                .append(&core::mem::take(&mut only.response_headers));
            let of_destination = only.host_rewrite.take();
            self.host_rewrite = self.host_rewrite.take().or(of_destination);
        } else {
            destinations.retain(|(destination, _)| destination.weight > 0);
        }
        let (destinations, hash_policies): (Vec<_>, Vec<_>) = destinations.into_iter().unzip();
        self.hash_policies = hash_policies.into_iter().flatten().collect();
        self.split = Split::new(destinations).ok_or(Failed)?;
        Ok(())
    }
}

/// A destination, and what the route hashes for it.
type Hashed = (Destination, Option<HashPolicy>);

fn destinations(scope: &RuleScope<'_>, report: &mut Report) -> Result<Vec<Hashed>, Failed> {
    let list = &scope.rule.route.route;
    let field = scope.field.name("route");
    if list.is_empty() {
        let message = "HTTP route, redirect or direct_response is required";
        let help = "add a route with a destination";
        return Err(scope.error(report, scope.field, "missing-action", message, help));
    }
    let total: i64 = list.iter().map(|destination| i64::from(destination.weight)).sum();
    if list.len() > 1 && total == 0 {
        return Err(scope.error(
            report,
            &field,
            "total-weight-zero",
            "total destination weight = 0",
            "give a weight",
        ));
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
) -> Result<Hashed, Failed> {
    let Some(destination) = &weighted.destination else {
        return Err(scope.error(
            report,
            field,
            "missing-destination",
            "destination is required",
            "name a destination.host",
        ));
    };
    let Ok(weight) = u64::try_from(weighted.weight) else {
        let message = alloc::format!("weight {} < 0", weighted.weight);
        return Err(scope.error(
            report,
            &field.name("weight"),
            "negative-weight",
            &message,
            "give a weight of 0 or more",
        ));
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
    Ok((compiled, hashing.policy))
}

/// `rewrite.uri` or `rewrite.uriRegexRewrite`, if either is written.
fn path_rewrite(
    scope: &RuleScope<'_>,
    rewrite: &HTTPRewrite,
    report: &mut Report,
) -> Option<Result<PathRewrite, Failed>> {
    let Some(regex) = &rewrite.uri_regex_rewrite else {
        let uri = Some(rewrite.uri.clone()).filter(|uri| !uri.is_empty())?;
        return Some(Ok(scope.rule.semantics.prefix_rewrite(uri)));
    };
    let compiled = RegexRewrite::new(&regex.pattern, &regex.rewrite);
    Some(compiled.map(PathRewrite::Regex).map_err(|error| {
        let message = alloc::format!("{:?}: {error}", regex.pattern);
        let rewrite = scope.field.name("rewrite");
        let regex = rewrite.name("uriRegexRewrite");
        let help = "see https://github.com/google/re2/wiki/Syntax";
        scope.error(report, &regex.name("match"), "invalid-regex", &message, help)
    }))
}

/// Zero, like absence, is no limit.
pub(super) fn positive(duration: Option<ApiDuration>) -> Option<Duration> {
    duration.map(duration_of).filter(|duration| !duration.is_zero())
}

/// A negative duration is none.
pub(super) fn duration_of(duration: ApiDuration) -> Duration {
    Duration::from_nanos(u64::try_from(duration.as_nanos()).unwrap_or_default())
}
