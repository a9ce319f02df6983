//! `redirect`. Source: Istio `ApplyRedirect`.

use super::Failed;
use super::actions::RuleScope;
use crate::action::{HeaderMutations, Redirect};
use crate::report::Report;
use crate::resources::virtual_service::{HTTPRedirect, RedirectPortSelection};

/// Compiles `redirect`.
pub(super) fn compile(
    scope: &RuleScope<'_>,
    redirect: &HTTPRedirect,
    response_headers: HeaderMutations,
    report: &mut Report,
) -> Result<Redirect, Failed> {
    let field = scope.field.name("redirect");
    if !redirect.prefix_rewrite.is_empty() && !redirect.uri.is_empty() {
        let message = "redirect may only specify one of uri or prefix_rewrite";
        return Err(scope.error(
            report,
            &field,
            "uri-and-prefix-rewrite",
            message,
            "remove one of them",
        ));
    }
    let status = match redirect.redirect_code {
        0 => 301,
        code => match u16::try_from(code) {
            Ok(code @ (301 | 302 | 303 | 307 | 308)) => code,
            _ => {
                let message = alloc::format!("{code} is not a redirect code that Envoy can answer with");
                let help = "use 301, 302, 303, 307 or 308";
                let (subject, field) = (&scope.rule.subject, field.name("redirectCode"));
                match u16::try_from(code) {
                    // Istio takes any 3xx, and gives Envoy a route without an action.
                    Ok(code @ 300..=399) => {
                        report.refuse(subject, &field, "invalid-redirect-code", message, help);
                        code
                    }
                    _ => {
                        report.error(subject, &field, "invalid-redirect-code", message, help);
                        return Err(Failed);
                    }
                }
            }
        },
    };
    Ok(Redirect {
        status,
        path: redirect.uri.clone(),
        path_rewrite: Some(redirect.prefix_rewrite.clone())
            .filter(|prefix| !prefix.is_empty())
            .map(|prefix| scope.rule.semantics.prefix_rewrite(prefix)),
        authority: redirect.authority.clone(),
        scheme: redirect.scheme.clone(),
        port: port(scope, redirect),
        response_headers,
    })
}

/// The port to write, unless it goes without saying in the scheme.
fn port(scope: &RuleScope<'_>, redirect: &HTTPRedirect) -> Option<u16> {
    let named = redirect
        .port
        .and_then(|port| u16::try_from(port).ok())
        .filter(|port| *port != 0);
    let port = match redirect.derive_port {
        Some(RedirectPortSelection::FromRequestPort) => Some(scope.listener.port),
        _ => named,
    }?;
    let scheme = match redirect.scheme.as_str() {
        "" if scope.listener.tls => "https",
        "" => "http",
        scheme => scheme,
    };
    let usual = matches!((scheme, port), ("http", 80) | ("https", 443));
    (!usual).then_some(port)
}
