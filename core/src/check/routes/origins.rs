//! Origins of CORS policies that let anybody in, or nobody.

use alloc::format;
use alloc::vec::Vec;

use super::written::{Written, rules};
use crate::diagnostic::{Diagnostic, Severity};
use crate::resources::Bundle;
use crate::resources::virtual_service::{CorsPolicy, StringMatch};

pub(super) fn findings(bundle: &Bundle) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for written in rules(bundle) {
        let Some(policy) = &written.rule.cors_policy else {
            continue;
        };
        for (index, origin) in policy.allow_origins.iter().enumerate() {
            found.extend(anybody(&written, policy, origin, index));
            found.extend(nobody(&written, origin, index));
        }
    }
    found
}

/// Envoy answers with the origin that asks, so that browsers do send credentials.
/// Source: Envoy `cors_filter.cc isOriginAllowed`.
fn anybody(
    written: &Written<'_>,
    policy: &CorsPolicy,
    origin: &StringMatch,
    index: usize,
) -> Option<Diagnostic> {
    let exact = origin.exact.as_deref() == Some("*");
    let regex = matches!(origin.regex.as_deref(), Some(".*" | ".+" | "^.*$" | "*"));
    let prefix = matches!(
        origin.prefix.as_deref(),
        Some("" | "http" | "http://" | "https://")
    );
    if policy.allow_credentials != Some(true) || !(exact || regex || prefix) {
        return None;
    }
    let message = "any site may read the answers that the cookies of its visitors give access to";
    let behind = format!(".corsPolicy.allowOrigins[{index}]");
    let found = written.found(Severity::Warning, "cors-any-origin", &behind, message);
    Some(found.help("name the origins, or remove `allowCredentials: true`"))
}

/// An origin is a scheme, a host and perhaps a port. Source: RFC 6454, section 6.2.
fn nobody(written: &Written<'_>, origin: &StringMatch, index: usize) -> Option<Diagnostic> {
    let text = origin.exact.as_deref()?;
    if matches!(text, "" | "*" | "null") {
        return None;
    }
    let (message, help) = match text.split_once("://") {
        None => (
            format!("no origin is equal to {text}: every origin begins with its scheme"),
            format!("write `https://{text}`"),
        ),
        Some((scheme, rest)) => {
            let (host, _) = rest.split_once('/')?;
            (
                format!("no origin is equal to {text}: origins have no path, and no / at their end"),
                format!("write `{scheme}://{host}`"),
            )
        }
    };
    let behind = format!(".corsPolicy.allowOrigins[{index}].exact");
    let found = written.found(Severity::Warning, "cors-never", &behind, message);
    Some(found.help(help))
}
