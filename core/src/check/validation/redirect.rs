//! `redirect`. Source: Istio `validateHTTPRedirect`.

use alloc::format;

use super::findings::Findings;
use super::{numbers, one_of};
use crate::report::Field;
use crate::resources::virtual_service::{HTTPRedirect, HTTPRoute};

/// One redirect.
pub fn check(redirect: &HTTPRedirect, field: &Field<'_>, findings: &mut Findings) {
    if !redirect.uri.is_empty() && !redirect.prefix_rewrite.is_empty() {
        let message = "redirect may only specify one of uri or prefix_rewrite";
        findings.error(field, "uri-and-prefix-rewrite", message, "remove one of them");
    }
    let texts = [
        &redirect.uri,
        &redirect.prefix_rewrite,
        &redirect.authority,
        &redirect.scheme,
    ];
    let has_port = redirect.port.is_some() || redirect.derive_port.is_some();
    if texts.iter().all(|text| text.is_empty()) && !has_port {
        let message = "redirect must specify URI, authority, scheme, or port";
        findings.error(
            field,
            "empty-redirect",
            message,
            "say where it leads, such as `uri: /new`",
        );
    }
    let alternatives = [
        ("port", redirect.port.is_some()),
        ("derivePort", redirect.derive_port.is_some()),
    ];
    one_of::check(&alternatives, field, findings);
    let code = redirect.redirect_code;
    if code != 0 && !(300..=399).contains(&code) {
        let message = format!("{code} is not a valid redirect code, must be 3xx");
        let help = "use 301, 302, 303, 307 or 308";
        findings.error(
            &field.name("redirectCode"),
            "invalid-redirect-code",
            message,
            help,
        );
    }
    if !matches!(redirect.scheme.as_str(), "" | "http" | "https") {
        let message = "invalid redirect scheme, must be \"http\" or \"https\"";
        findings.error(
            &field.name("scheme"),
            "invalid-scheme",
            message,
            "write `http` or `https`",
        );
    }
    if let Some(port) = redirect.port.filter(|port| *port > 0) {
        findings.judge(numbers::port(port), &field.name("port"));
    }
}

/// A prefix can be replaced only where one was matched; `field` is that of the rule.
pub(super) fn prefix_matches(route: &HTTPRoute, field: &Field<'_>, findings: &mut Findings) {
    let replaces = route
        .redirect
        .as_ref()
        .is_some_and(|redirect| !redirect.prefix_rewrite.is_empty());
    let blocks = field.name("match");
    for (index, block) in route.matches.iter().enumerate() {
        let other = block
            .uri
            .as_ref()
            .is_some_and(|uri| uri.exact.is_some() || uri.regex.is_some());
        if replaces && other {
            let message = "redirect prefix_rewrite requires all URI matches to use prefix match type";
            let help = "match a prefix, or redirect to a whole `uri`";
            findings.error(
                &blocks.index(index).name("uri"),
                "conflicting-fields",
                message,
                help,
            );
        }
    }
}
