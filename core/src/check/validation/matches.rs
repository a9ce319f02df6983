//! Match blocks of HTTP. Source: Istio `validateHTTPRouteMatchRequest`, `validateStringMatch`.

use alloc::format;

use super::findings::{Findings, Verdict, refuse};
use super::names::is_label;
use super::{gateway_names, headers, labels, numbers};
use crate::matcher::Regex;
use crate::report::Field;
use crate::resources::virtual_service::{HTTPMatchRequest, StringMatch, StringMatches};

/// Longest regex, in bytes.
const LONGEST_REGEX: usize = 1024;

/// One block.
pub(super) fn check(block: &HTTPMatchRequest, field: &Field<'_>, findings: &mut Findings) {
    headers(&block.headers, &field.name("headers"), findings);
    without_headers(&block.without_headers, &field.name("withoutHeaders"), findings);
    if let Some(uri) = &block.uri {
        text(uri, "uri", false, &field.name("uri"), findings);
    }
    for (name, value) in [
        ("scheme", &block.scheme),
        ("method", &block.method),
        ("authority", &block.authority),
    ] {
        if let Some(value) = value {
            text(value, name, true, &field.name(name), findings);
        }
    }
    let query = field.name("queryParams");
    for (name, value) in &block.query_params {
        if let Some(value) = value {
            text(value, "queryParams", true, &query.key(name), findings);
        }
    }
    conditions_on_the_proxy(block, field, findings);
}

fn conditions_on_the_proxy(block: &HTTPMatchRequest, field: &Field<'_>, findings: &mut Findings) {
    if block.port != 0 {
        findings.judge(numbers::port(block.port), &field.name("port"));
    }
    labels::check(&block.source_labels, &field.name("sourceLabels"), findings);
    gateway_names::check(&block.gateways, false, &field.name("gateways"), findings);
    let namespace = &block.source_namespace;
    if !namespace.is_empty() && !is_label(namespace) {
        let message = format!("sourceNamespace match {namespace} is invalid");
        let help = "give the name of a namespace";
        findings.error(&field.name("sourceNamespace"), "invalid-name", message, help);
    }
}

fn headers(map: &StringMatches, field: &Field<'_>, findings: &mut Findings) {
    for (name, value) in map {
        let field = field.key(name);
        findings.judge(headers::name_or_claim(name), &field);
        match value {
            Some(value) => text(value, "headers", true, &field, findings),
            None => {
                let message = format!("header match {name} cannot be null");
                let help = "write {} to ask only that it is there";
                findings.error(&field, "null-match", message, help);
            }
        }
    }
}

/// `*` is no regex here: it asks that the header is there.
fn without_headers(map: &StringMatches, field: &Field<'_>, findings: &mut Findings) {
    for (name, value) in map {
        let field = field.key(name);
        findings.judge(headers::name_or_claim(name), &field);
        if let Some(value) = value.as_ref().filter(|value| value.regex.as_deref() != Some("*")) {
            text(value, "withoutHeaders", true, &field, findings);
        }
    }
}

/// One condition on a text; Envoy takes an empty prefix of paths only.
pub(super) fn text(
    value: &StringMatch,
    place: &str,
    needs_prefix: bool,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    let given = [&value.exact, &value.prefix, &value.regex];
    if given.iter().filter(|text| text.is_some()).count() > 1 {
        let message = "only one of exact, prefix and regex can be given";
        let help = "split it into several match blocks";
        findings.error(field, "several-match-types", message, help);
    }
    if needs_prefix && value.prefix.as_deref() == Some("") {
        let message = format!("{place:?}: prefix string match should not be empty");
        let help = "give a prefix, or write {} to ask only that it is there";
        findings.error(&field.name("prefix"), "empty-match", message, help);
    }
    if let Some(pattern) = &value.regex {
        findings.judge(regex(pattern, place), &field.name("regex"));
    }
}

/// A regex that Envoy takes.
pub(super) fn regex(pattern: &str, place: &str) -> Verdict {
    if pattern.is_empty() {
        let message = format!("{place:?}: regex string match should not be empty");
        return refuse("empty-match", message, "give a regex; `.*` takes everything");
    }
    if pattern.len() > LONGEST_REGEX {
        let message = format!("{place:?}: regex is too large, max length allowed is {LONGEST_REGEX}");
        return refuse(
            "invalid-regex",
            message,
            "use a shorter regex, or several match blocks",
        );
    }
    Regex::new(pattern).map(|_| ()).or_else(|error| {
        let message = format!("{pattern:?}: {error}; Istio uses RE2 style regex-based match");
        let help = match pattern {
            "*" => "write `.*`; in headers and queryParams {} asks only that it is there",
            _ if pattern.starts_with('*') => "in a regex `.*` stands for anything, and `\\.` for a dot",
            _ => "see https://github.com/google/re2/wiki/Syntax",
        };
        refuse("invalid-regex", message, help)
    })
}
