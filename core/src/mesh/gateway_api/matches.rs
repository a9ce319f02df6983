//! `matches`: conditions on a request. Source: Istio `createURIMatch`, `createHeadersMatch`,
//! `createQueryParamsMatch`, `createMethodMatch`.

use alloc::format;
use alloc::string::String;

use super::Draft;
use crate::matcher::Regex;
use crate::report::Field;
use crate::resources::http_route::{HTTPPathMatch, HTTPRouteMatch, PathMatchType, ValueMatchType};
use crate::resources::virtual_service::{HTTPMatchRequest, StringMatch};

impl Draft<'_> {
    /// One match. `None` when it has an error, which is then in the report.
    pub(super) fn block(&mut self, written: &HTTPRouteMatch, field: &Field<'_>) -> Option<HTTPMatchRequest> {
        let path = field.name("path");
        let mut block = HTTPMatchRequest {
            uri: Some(self.uri(written.path.as_ref(), &path.name("value"))?),
            method: written.method.as_ref().map(|method| exact(method)),
            ..HTTPMatchRequest::default()
        };
        let list = field.name("headers");
        for (index, header) in written.headers.iter().enumerate() {
            let field = list.index(index);
            let value = self.value(header.match_type, &header.value, &field.name("value"))?;
            // Names are compared without regard to case, and of equal ones the first counts.
            block
                .headers
                .entry(header.name.to_ascii_lowercase())
                .or_insert(Some(value));
        }
        let list = field.name("queryParams");
        for (index, param) in written.query_params.iter().enumerate() {
            let field = list.index(index);
            let value = self.value(param.match_type, &param.value, &field.name("value"))?;
            block
                .query_params
                .entry(param.name.clone())
                .or_insert(Some(value));
        }
        Some(block)
    }

    fn uri(&mut self, path: Option<&HTTPPathMatch>, field: &Field<'_>) -> Option<StringMatch> {
        let match_type = path.map(|path| path.match_type).unwrap_or_default();
        let value = path.and_then(|path| path.value.as_deref()).unwrap_or("/");
        match match_type {
            PathMatchType::PathPrefix => Some(StringMatch {
                // The API ignores a `/` at the end.
                prefix: Some(
                    value
                        .strip_suffix('/')
                        .filter(|rest| !rest.is_empty())
                        .unwrap_or(value)
                        .into(),
                ),
                ..StringMatch::default()
            }),
            PathMatchType::Exact => Some(exact(value)),
            PathMatchType::RegularExpression => self.regex(value, field),
        }
    }

    fn value(&mut self, match_type: ValueMatchType, value: &str, field: &Field<'_>) -> Option<StringMatch> {
        match match_type {
            ValueMatchType::Exact => Some(exact(value)),
            ValueMatchType::RegularExpression => self.regex(value, field),
        }
    }

    /// Compiled here only to name the field if it cannot be.
    fn regex(&mut self, pattern: &str, field: &Field<'_>) -> Option<StringMatch> {
        if let Err(error) = Regex::new(pattern) {
            let message = format!("{pattern:?}: {error}; Istio uses RE2 style regex-based match");
            let help = "see https://github.com/google/re2/wiki/Syntax";
            self.error(field, "invalid-regex", message, help);
            return None;
        }
        Some(StringMatch {
            regex: Some(pattern.into()),
            ..StringMatch::default()
        })
    }
}

fn exact(text: &str) -> StringMatch {
    StringMatch {
        exact: Some(String::from(text)),
        ..StringMatch::default()
    }
}
