//! `headers` of a rule or a destination. Source: Istio `TranslateHeadersOperations`.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::action::{HeaderMutations, HeaderValue, InvalidHeaderValue};
use crate::report::{Field, Report, Subject};
use crate::resources::virtual_service::{HeaderOperations, Headers};

/// Operations, and the authority that they set.
#[derive(Debug, Default)]
pub(super) struct Operations {
    pub(super) request: HeaderMutations,
    pub(super) response: HeaderMutations,
    /// `host` or `:authority` in `request.set` or, failing that, in `request.add`.
    pub(super) authority: Option<String>,
}

/// Compiles `headers`; what is wrong goes to the report and is left out.
pub(super) fn compile(
    headers: Option<&Headers>,
    subject: &Subject,
    field: &Field<'_>,
    report: &mut Report,
) -> Operations {
    let Some(headers) = headers else {
        return Operations::default();
    };
    let mut mutations = |operations: Option<&HeaderOperations>, name: &str| {
        operations
            .map(|operations| mutations(operations, subject, &field.name(name), report))
            .unwrap_or_default()
    };
    Operations {
        request: mutations(headers.request.as_ref(), "request"),
        response: mutations(headers.response.as_ref(), "response"),
        authority: headers.request.as_ref().and_then(authority),
    }
}

fn authority(operations: &HeaderOperations) -> Option<String> {
    let find = |map: &BTreeMap<String, String>| {
        let mut entries = map.iter();
        entries
            .find(|(name, _)| is_authority(name))
            .map(|(_, value)| value.clone())
    };
    find(&operations.set).or_else(|| find(&operations.add))
}

fn is_authority(name: &str) -> bool {
    name == ":authority" || name.eq_ignore_ascii_case("host")
}

/// Istio drops pseudo headers and `host` from all three lists.
fn is_internal(name: &str) -> bool {
    name.starts_with(':') || name.eq_ignore_ascii_case("host")
}

fn mutations(
    operations: &HeaderOperations,
    subject: &Subject,
    field: &Field<'_>,
    report: &mut Report,
) -> HeaderMutations {
    let mut values = |map: &BTreeMap<String, String>, name: &str| {
        let field = field.name(name);
        let entries = map.iter().filter(|(name, _)| !is_internal(name));
        let compile = |(name, value): (&String, &String)| {
            Some((
                name.to_ascii_lowercase(),
                self::value(value, subject, &field.key(name), report)?,
            ))
        };
        entries.filter_map(compile).collect::<Vec<_>>()
    };
    let set = values(&operations.set, "set");
    let add = values(&operations.add, "add");
    let remove = operations.remove.iter().filter(|name| !is_internal(name));
    HeaderMutations::new(remove.map(|name| name.to_ascii_lowercase()).collect(), set, add)
}

fn value(text: &str, subject: &Subject, field: &Field<'_>, report: &mut Report) -> Option<HeaderValue> {
    if text
        .bytes()
        .any(|byte| byte < 0x20 && byte != b'\t' || byte == 0x7f)
    {
        let message = format!("header value configuration {text:?} is invalid: it holds a control character");
        report.error(
            subject,
            field,
            "invalid-header-value",
            message,
            "remove the control character",
        );
        return None;
    }
    match HeaderValue::parse(text) {
        Ok(value) => Some(value),
        Err(error) => {
            let help = "write %% for a percent sign";
            let (code, message) = ("invalid-header-value", error.to_string());
            match error {
                InvalidHeaderValue::Unbalanced => {
                    report.error(subject, field, code, message, help);
                    None
                }
                InvalidHeaderValue::Unsupported(_) => {
                    report.refuse(subject, field, code, message, help);
                    Some(HeaderValue::unread(text))
                }
            }
        }
    }
}
