//! `filters`: what is done to requests and responses. Source: Istio `createHeadersFilter`,
//! `createRedirectFilter`, `createRewriteFilter`, `createMirrorFilter`, `createCorsFilter`.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Draft;
use crate::report::Field;
use crate::resources::http_route::{
    HTTPCORSFilter, HTTPHeader, HTTPHeaderFilter, HTTPPathModifierType, HTTPRequestMirrorFilter,
    HTTPRequestRedirectFilter, HTTPRouteFilter, HTTPRouteFilterType as Type, HTTPURLRewriteFilter,
};
use crate::resources::virtual_service::{
    CorsPolicy, HTTPMirrorPolicy, HTTPRedirect, HTTPRewrite, HTTPRoute, HeaderOperations, Headers,
    RedirectPortSelection, RegexRewrite, StringMatch, UnmatchedPreflights,
};
use crate::resources::{Duration, Percent};

/// Status code of redirects that name none.
const FOUND: u32 = 302;

impl Draft<'_> {
    /// Applies the filters of a rule. `None` when one has an error, which is then in the report.
    pub(super) fn apply_filters(
        &mut self,
        filters: &[HTTPRouteFilter],
        field: &Field<'_>,
        route: &mut HTTPRoute,
    ) -> Option<()> {
        for (index, filter) in filters.iter().enumerate() {
            self.apply_filter(filter, &field.index(index), route)?;
        }
        Some(())
    }

    fn apply_filter(
        &mut self,
        filter: &HTTPRouteFilter,
        field: &Field<'_>,
        route: &mut HTTPRoute,
    ) -> Option<()> {
        match filter.filter_type {
            Some(Type::RequestRedirect) => route.redirect = filter.request_redirect.as_ref().map(redirect),
            Some(Type::URLRewrite) => route.rewrite = filter.url_rewrite.as_ref().and_then(rewrite),
            Some(Type::CORS) => route.cors_policy = filter.cors.as_ref().map(cors_policy),
            Some(Type::RequestMirror) => {
                let mirror = filter.request_mirror.as_ref();
                let field = field.name("requestMirror");
                route
                    .mirrors
                    .extend(mirror.and_then(|mirror| self.mirror(mirror, &field)));
            }
            _ => self.modify_headers(filter, field, &mut route.headers)?,
        }
        Some(())
    }

    /// The filters of one destination, which can only be about headers.
    pub(super) fn backend_headers(
        &mut self,
        filters: &[HTTPRouteFilter],
        field: &Field<'_>,
    ) -> Option<Option<Headers>> {
        let mut headers = None;
        for (index, filter) in filters.iter().enumerate() {
            self.modify_headers(filter, &field.index(index), &mut headers)?;
        }
        Some(headers)
    }

    fn modify_headers(
        &mut self,
        filter: &HTTPRouteFilter,
        field: &Field<'_>,
        headers: &mut Option<Headers>,
    ) -> Option<()> {
        match filter.filter_type {
            Some(Type::RequestHeaderModifier) => {
                headers.get_or_insert_default().request =
                    filter.request_header_modifier.as_ref().map(header_operations);
            }
            Some(Type::ResponseHeaderModifier) => {
                headers.get_or_insert_default().response =
                    filter.response_header_modifier.as_ref().map(header_operations);
            }
            other => {
                let field = field.name("type");
                let message = match other {
                    Some(other) => format!("a filter of type {other:?} is not supported here"),
                    None => String::from("the filter has no type"),
                };
                let help =
                    "a request must not pass without a filter that was meant for it: remove the filter";
                self.error(&field, "unsupported-field", message, help);
                return None;
            }
        }
        Some(())
    }

    /// A mirror that leads nowhere is left out.
    fn mirror(&mut self, filter: &HTTPRequestMirrorFilter, field: &Field<'_>) -> Option<HTTPMirrorPolicy> {
        let field = field.name("backendRef");
        let backend = self.backend(&filter.backend_ref, &field)?;
        if !backend.found {
            let name = &filter.backend_ref.name;
            let message = format!("backend {name:?} not found: no copies are sent");
            self.warn(
                &field,
                "backend-not-found",
                message,
                "check its name, namespace and port",
            );
            return None;
        }
        Some(HTTPMirrorPolicy {
            destination: Some(backend.destination),
            percentage: share(filter),
        })
    }
}

fn share(filter: &HTTPRequestMirrorFilter) -> Option<Percent> {
    let fraction = filter.fraction.as_ref().map(|fraction| {
        let denominator = fraction.denominator.unwrap_or(100).max(1);
        100.0 * f64::from(fraction.numerator) / f64::from(denominator)
    });
    let value = fraction.or_else(|| filter.percent.map(f64::from))?;
    Some(Percent { value })
}

fn header_operations(filter: &HTTPHeaderFilter) -> HeaderOperations {
    HeaderOperations {
        set: header_map(&filter.set),
        add: header_map(&filter.add),
        remove: filter.remove.clone(),
    }
}

/// Of equal names the first counts.
fn header_map(list: &[HTTPHeader]) -> BTreeMap<String, String> {
    let mut map = BTreeMap::new();
    for header in list {
        map.entry(header.name.to_ascii_lowercase())
            .or_insert_with(|| header.value.clone());
    }
    map
}

/// Without a port, that of the scheme is meant if there is one, else that of the request.
fn redirect(filter: &HTTPRequestRedirectFilter) -> HTTPRedirect {
    let derived = match filter.scheme {
        Some(_) => RedirectPortSelection::FromProtocolDefault,
        None => RedirectPortSelection::FromRequestPort,
    };
    let mut redirect = HTTPRedirect {
        authority: filter.hostname.clone().unwrap_or_default(),
        scheme: filter.scheme.clone().unwrap_or_default(),
        port: filter.port,
        derive_port: filter.port.is_none().then_some(derived),
        redirect_code: filter.status_code.unwrap_or(FOUND),
        ..HTTPRedirect::default()
    };
    if let Some(path) = &filter.path {
        match path.modifier_type {
            HTTPPathModifierType::ReplaceFullPath => {
                redirect.uri = path.replace_full_path.clone().unwrap_or_default();
            }
            HTTPPathModifierType::ReplacePrefixMatch => {
                redirect.prefix_rewrite = prefix(path.replace_prefix_match.as_deref());
            }
        }
    }
    redirect
}

fn rewrite(filter: &HTTPURLRewriteFilter) -> Option<HTTPRewrite> {
    let mut rewrite = HTTPRewrite {
        authority: filter.hostname.clone().unwrap_or_default(),
        ..HTTPRewrite::default()
    };
    if let Some(path) = &filter.path {
        match path.modifier_type {
            HTTPPathModifierType::ReplaceFullPath => {
                rewrite.uri_regex_rewrite = Some(RegexRewrite {
                    pattern: "/.*".into(),
                    rewrite: path.replace_full_path.clone().unwrap_or_default(),
                });
            }
            HTTPPathModifierType::ReplacePrefixMatch => {
                rewrite.uri = prefix(path.replace_prefix_match.as_deref());
            }
        }
    }
    (rewrite != HTTPRewrite::default()).then_some(rewrite)
}

/// An empty replacement removes the prefix, as `/` does.
fn prefix(replacement: Option<&str>) -> String {
    let replacement = replacement.filter(|text| !text.is_empty());
    String::from(replacement.unwrap_or("/"))
}

fn cors_policy(filter: &HTTPCORSFilter) -> CorsPolicy {
    let origins = filter.allow_origins.iter().map(|origin| origin_match(origin));
    CorsPolicy {
        allow_origins: origins.collect(),
        allow_methods: filter.allow_methods.clone(),
        allow_headers: filter.allow_headers.clone(),
        expose_headers: filter.expose_headers.clone(),
        max_age: (filter.max_age > 0)
            .then(|| Duration::from_millis(i64::from(filter.max_age).saturating_mul(1_000))),
        allow_credentials: (filter.allow_credentials == Some(true)).then_some(true),
        unmatched_preflights: UnmatchedPreflights::Ignore,
        ..CorsPolicy::default()
    }
}

/// `*` is every origin; in an origin it is any text.
fn origin_match(origin: &str) -> StringMatch {
    let pattern = if origin == "*" {
        Some(String::from(r"^[a-zA-Z][a-zA-Z0-9+.-]*://[^/\s?#]+$"))
    } else if origin.contains('*') {
        let parts: Vec<String> = origin.split('*').map(|part| part.replace('.', r"\.")).collect();
        Some(format!("^{}$", parts.join(".*")))
    } else {
        None
    };
    match pattern {
        Some(pattern) => StringMatch {
            regex: Some(pattern),
            ..StringMatch::default()
        },
        None => StringMatch {
            exact: Some(origin.into()),
            ..StringMatch::default()
        },
    }
}
