//! `corsPolicy`. Source: Istio `validateCORSPolicy`, `validateAllowOrigins`.

use alloc::format;

use super::findings::Findings;
use super::{headers, matches, numbers};
use crate::report::Field;
use crate::resources::virtual_service::{CorsPolicy, StringMatch};

const METHODS: [&str; 10] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*",
];

/// One policy.
pub fn check(policy: &CorsPolicy, field: &Field<'_>, findings: &mut Findings) {
    let origins = field.name("allowOrigins");
    for (index, origin) in policy.allow_origins.iter().enumerate() {
        check_origin(origin, &origins.index(index), findings);
    }
    let methods = field.name("allowMethods");
    for (index, method) in policy.allow_methods.iter().enumerate() {
        if !METHODS.contains(&method.as_str()) {
            let message = format!("{method:?} is not a supported HTTP method");
            let help = "use GET, HEAD, POST, PUT, PATCH, DELETE, CONNECT, OPTIONS, TRACE or *, in capitals";
            findings.error(&methods.index(index), "invalid-method", message, help);
        }
    }
    let lists = [
        ("allowHeaders", &policy.allow_headers),
        ("exposeHeaders", &policy.expose_headers),
    ];
    for (name, list) in lists {
        let field = field.name(name);
        for (index, header) in list.iter().enumerate() {
            findings.judge(headers::cors_name(header), &field.index(index));
        }
    }
    numbers::durations(&[("maxAge", policy.max_age)], field, findings);
    if policy
        .max_age
        .is_some_and(|age| age.as_nanos() % 1_000_000_000 > 0)
    {
        let message = "max_age duration is accurate only to seconds precision";
        findings.error(
            &field.name("maxAge"),
            "invalid-duration",
            message,
            "round it to seconds",
        );
    }
}

fn check_origin(origin: &StringMatch, field: &Field<'_>, findings: &mut Findings) {
    let text = origin
        .exact
        .as_ref()
        .or(origin.prefix.as_ref())
        .or(origin.regex.as_ref());
    if text.is_none_or(|text| text.is_empty()) {
        let message = "'' is not a valid match type for CORS allow origins";
        findings.error(field, "empty-origin", message, "write exact, prefix or regex");
    } else {
        matches::text(origin, "corsPolicy.allowOrigins", false, field, findings);
    }
}
