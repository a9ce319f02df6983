//! `rewrite`. Source: Istio `validateHTTPRewrite`, `validateURIRegexRewrite`.

use super::findings::Findings;
use super::matches;
use crate::report::Field;
use crate::resources::virtual_service::{HTTPRewrite, RegexRewrite};

/// Changes of the request line.
pub fn check(rewrite: &HTTPRewrite, field: &Field<'_>, findings: &mut Findings) {
    if !rewrite.uri.is_empty() && rewrite.uri_regex_rewrite.is_some() {
        let message = "rewrite may only contain one of URI or UriRegexRewrite";
        findings.error(field, "conflicting-fields", message, "remove one of them");
    }
    if rewrite.uri.is_empty() && rewrite.uri_regex_rewrite.is_none() && rewrite.authority.is_empty() {
        let message = "rewrite must specify at least one of URI, UriRegexRewrite, or authority. Only one of URI or \
                       UriRegexRewrite may be specified";
        findings.error(
            field,
            "empty-rewrite",
            message,
            "say what changes, such as `uri: /new`",
        );
    }
    if let Some(regex) = &rewrite.uri_regex_rewrite {
        check_regex(regex, &field.name("uriRegexRewrite"), findings);
    }
}

/// A regex and what its matches become.
pub fn check_regex(regex: &RegexRewrite, field: &Field<'_>, findings: &mut Findings) {
    if regex.pattern.is_empty() || regex.rewrite.is_empty() {
        let message = "UriRegexRewrite requires both Rewrite and Match fields to be specified";
        findings.error(field, "empty-rewrite", message, "give `match` and `rewrite`");
        return;
    }
    let verdict = matches::regex(&regex.pattern, "HTTPRewrite.UriRegexRewrite.Match");
    findings.judge(verdict, &field.name("match"));
}
