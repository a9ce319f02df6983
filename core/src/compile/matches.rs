//! Match blocks. Source: Istio `TranslateRouteMatch`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::attributes::claim_path;
use crate::matcher::{
    ClaimMatcher, HeaderMatcher, PathMatcher, QueryMatcher, Regex, RepeatedHeaders, StringMatcher,
    ValueMatcher,
};
use crate::report::{Field, Report, Subject};
use crate::resources::virtual_service::{HTTPMatchRequest, StringMatch, StringMatches};
use crate::table::RouteMatcher;

/// Where findings about a block go.
struct Context<'c> {
    subject: &'c Subject,
    repeated: RepeatedHeaders,
    report: &'c mut Report,
}

/// One block. `None` when it has an error, which is then in the report.
pub(crate) fn compile(
    block: &HTTPMatchRequest,
    repeated: RepeatedHeaders,
    subject: &Subject,
    field: &Field<'_>,
    report: &mut Report,
) -> Option<RouteMatcher> {
    let mut context = Context {
        subject,
        repeated,
        report,
    };
    let path = context.path(block, &field.name("uri"));
    let headers = context.headers(block, field);
    let claims = context.claims(block, field);
    let query = context.query(&block.query_params, &field.name("queryParams"));
    Some(RouteMatcher {
        path: path?,
        headers: headers?,
        query: query?,
        claims: claims?,
    })
}

/// A `StringMatch` by itself. `None` when it has an error, which is then in the report.
pub(super) fn string(
    value: &StringMatch,
    subject: &Subject,
    field: &Field<'_>,
    report: &mut Report,
) -> Option<StringMatcher> {
    let mut context = Context {
        subject,
        repeated: RepeatedHeaders::default(),
        report,
    };
    context.string(value, field)
}

impl Context<'_> {
    fn error(&mut self, field: &Field<'_>, code: &str, message: impl Into<String>, help: &str) {
        self.report.error(self.subject, field, code, message, help);
    }

    fn path(&mut self, block: &HTTPMatchRequest, field: &Field<'_>) -> Option<PathMatcher> {
        let ignore_case = block.ignore_uri_case;
        let Some(uri) = block.uri.as_ref().filter(|uri| **uri != StringMatch::default()) else {
            return Some(PathMatcher::Prefix {
                prefix: "/".into(),
                ignore_case,
            });
        };
        Some(match self.string(uri, field)? {
            StringMatcher::Exact(path) => PathMatcher::Exact { path, ignore_case },
            StringMatcher::Prefix(prefix) => PathMatcher::Prefix { prefix, ignore_case },
            StringMatcher::Regex(regex) => PathMatcher::Regex(regex),
        })
    }

    /// `headers` and `withoutHeaders`, each sorted by name, then the pseudo headers.
    fn headers(&mut self, block: &HTTPMatchRequest, field: &Field<'_>) -> Option<Vec<HeaderMatcher>> {
        let mut headers = self.header_map(&block.headers, false, &field.name("headers"));
        let without = self.header_map(&block.without_headers, true, &field.name("withoutHeaders"));
        let pseudo = [
            (":method", &block.method, "method"),
            (":authority", &block.authority, "authority"),
            (":scheme", &block.scheme, "scheme"),
        ];
        let list = headers.as_mut();
        if let (Some(list), Some(without)) = (list, without) {
            list.extend(without);
        } else {
            headers = None;
        }
        for (name, matcher, key) in pseudo {
            let Some(matcher) = matcher else { continue };
            let value = self.value(Some(matcher), &field.name(key));
            headers = headers.zip(value).map(|(mut list, value)| {
                list.push(HeaderMatcher {
                    name: name.into(),
                    value,
                    invert: false,
                    repeated: self.repeated,
                });
                list
            });
        }
        headers
    }

    fn header_map(
        &mut self,
        map: &StringMatches,
        invert: bool,
        field: &Field<'_>,
    ) -> Option<Vec<HeaderMatcher>> {
        let entries: Vec<_> = map
            .iter()
            .filter(|(name, _)| claim_path(name).is_none())
            .map(|(name, value)| self.header(name, value.as_ref(), invert, &field.key(name)))
            .collect();
        entries.into_iter().collect()
    }

    /// Headers that are named after claims are none.
    fn claims(&mut self, block: &HTTPMatchRequest, field: &Field<'_>) -> Option<Vec<ClaimMatcher>> {
        let lists = [
            (&block.headers, false, "headers"),
            (&block.without_headers, true, "withoutHeaders"),
        ];
        let mut claims = Vec::new();
        for (map, invert, key) in lists {
            let field = field.name(key);
            for (name, value) in map {
                let Some(path) = claim_path(name) else { continue };
                claims.push(ClaimMatcher {
                    name: name.as_str().into(),
                    path,
                    value: self.value(value.as_ref(), &field.key(name))?,
                    invert,
                });
            }
        }
        Some(claims)
    }

    fn header(
        &mut self,
        name: &str,
        value: Option<&StringMatch>,
        invert: bool,
        field: &Field<'_>,
    ) -> Option<HeaderMatcher> {
        let value = self.value(value, field)?;
        Some(HeaderMatcher {
            name: envoy_header_name(name).into(),
            value,
            invert,
            repeated: self.repeated,
        })
    }

    fn query(&mut self, map: &StringMatches, field: &Field<'_>) -> Option<Vec<QueryMatcher>> {
        let entries: Vec<_> = map
            .iter()
            .map(|(name, value)| {
                let field = field.key(name);
                if name.is_empty() {
                    let help = "name the query parameter";
                    let message = "a query parameter without a name is refused by Envoy";
                    self.report
                        .refuse(self.subject, &field, "empty-query-name", message, help);
                }
                let value = self.value(value.as_ref(), &field)?;
                Some(QueryMatcher {
                    name: name.as_str().into(),
                    value,
                })
            })
            .collect();
        entries.into_iter().collect()
    }

    /// `{}` and `regex: "*"` ask for presence. Source: Istio `translateHeaderMatch`.
    fn value(&mut self, value: Option<&StringMatch>, field: &Field<'_>) -> Option<ValueMatcher> {
        let Some(value) = value else {
            let message = "the match is null, which Istio 1.30 takes as {}, and newer releases refuse";
            let help = "write {} to ask only that it is there";
            self.report.warn(self.subject, field, "null-match", message, help);
            return Some(ValueMatcher::Present);
        };
        if *value == StringMatch::default() || value.regex.as_deref() == Some("*") {
            return Some(ValueMatcher::Present);
        }
        self.string(value, field).map(ValueMatcher::Value)
    }

    fn string(&mut self, value: &StringMatch, field: &Field<'_>) -> Option<StringMatcher> {
        match (&value.exact, &value.prefix, &value.regex) {
            (Some(exact), None, None) => Some(StringMatcher::Exact(exact.as_str().into())),
            (None, Some(prefix), None) => Some(StringMatcher::Prefix(prefix.as_str().into())),
            (None, None, Some(pattern)) => self.regex(pattern, &field.name("regex")),
            (None, None, None) => Some(StringMatcher::Exact("".into())),
            _ => {
                let message = "only one of exact, prefix and regex can be given";
                self.error(
                    field,
                    "several-match-types",
                    message,
                    "split it into several match blocks",
                );
                None
            }
        }
    }

    fn regex(&mut self, pattern: &str, field: &Field<'_>) -> Option<StringMatcher> {
        match Regex::new(pattern) {
            Ok(regex) => Some(StringMatcher::Regex(regex)),
            Err(error) => {
                let message = format!("{pattern:?}: {error}; Istio uses RE2 style regex-based match");
                self.error(
                    field,
                    "invalid-regex",
                    message,
                    "see https://github.com/google/re2/wiki/Syntax",
                );
                None
            }
        }
    }
}

/// Envoy keeps `host` as `:authority`, and all names in lower case.
pub(super) fn envoy_header_name(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    if name == "host" { ":authority".into() } else { name }
}
