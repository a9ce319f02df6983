//! `corsPolicy`. Source: Istio `TranslateCORSPolicy`.

use alloc::string::ToString;
use alloc::vec::Vec;

use super::actions::{RuleScope, duration_of};
use super::{Failed, matches};
use crate::action::CorsPolicy;
use crate::matcher::StringMatcher;
use crate::report::{Field, Report};
use crate::resources::virtual_service::{self, StringMatch, UnmatchedPreflights};

/// Compiles `corsPolicy`.
pub(super) fn compile(
    scope: &RuleScope<'_>,
    policy: &virtual_service::CorsPolicy,
    report: &mut Report,
) -> Result<CorsPolicy, Failed> {
    let field = scope.field.name("corsPolicy");
    Ok(CorsPolicy {
        allow_origins: origins(scope, policy, &field.name("allowOrigins"), report)?,
        allow_methods: policy.allow_methods.join(","),
        allow_headers: policy.allow_headers.join(","),
        expose_headers: policy.expose_headers.join(","),
        max_age: policy
            .max_age
            .map(|age| duration_of(age).as_secs().to_string())
            .unwrap_or_default(),
        allow_credentials: policy.allow_credentials.unwrap_or_default(),
        answers_unmatched_preflights: policy.unmatched_preflights == UnmatchedPreflights::Ignore,
    })
}

/// `allowOrigins`, or where it is empty the exact ones of `allowOrigin`.
fn origins(
    scope: &RuleScope<'_>,
    policy: &virtual_service::CorsPolicy,
    field: &Field<'_>,
    report: &mut Report,
) -> Result<Vec<StringMatcher>, Failed> {
    if policy.allow_origins.is_empty() {
        let exact = policy
            .allow_origin
            .iter()
            .map(|origin| StringMatcher::Exact(origin.as_str().into()));
        return Ok(exact.collect());
    }
    let compiled: Vec<_> = policy
        .allow_origins
        .iter()
        .enumerate()
        .map(|(index, origin)| {
            let field = field.index(index);
            if *origin == StringMatch::default() {
                let message = "an empty match is not a valid match type for CORS allow origins";
                let help = "write exact, prefix or regex";
                return Err(scope.error(report, &field, "empty-origin", message, help));
            }
            matches::string(origin, &scope.rule.subject, &field, report).ok_or(Failed)
        })
        .collect();
    compiled.into_iter().collect()
}
