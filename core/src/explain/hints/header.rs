//! `headers`, `withoutHeaders`, `method`, `authority`, `scheme`.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::value::{self, Near, Pattern};
use super::{Hint, HintCode, RequestEdit};
use crate::input::nearest;
use crate::matcher::{HeaderMatcher, StringMatcher, ValueMatcher};
use crate::request::{Request, split_port};
use crate::trace::text;

/// What stands in the way of a header.
pub(super) fn hint(matcher: &HeaderMatcher, request: &Request<'_>) -> Hint {
    let values: Vec<String> = request.header_values(&matcher.name).map(text).collect();
    match (values.first(), matcher.invert) {
        (None, false) => missing(matcher, request),
        (None, true) => empty_counts(matcher),
        (Some(value), true) => forbidden(matcher, value),
        (Some(_), false) => different(matcher, &values),
    }
}

fn missing(matcher: &HeaderMatcher, request: &Request<'_>) -> Hint {
    let name = &*matcher.name;
    let value = value::wanted(&matcher.value);
    let names = request.headers().iter().map(|(name, _)| name.as_str());
    let names = names.filter(|other| !other.starts_with(':'));
    let near = nearest(name, names).and_then(|near| {
        let value = text(request.header_values(near).next()?);
        matcher.value.is_match(value.as_bytes()).then_some((near, value))
    });
    if let Some((near, value)) = near {
        return Hint {
            code: HintCode::SimilarName,
            why: format!("there is no header `{name}`, but `{near}: {value}`"),
            request: Some(RequestEdit::header(name, value, false)),
            rule: None,
        };
    }
    Hint {
        code: HintCode::Missing,
        why: format!("there is no header `{name}`"),
        request: value.map(|value| RequestEdit::header(name, value, false)),
        rule: None,
    }
}

fn forbidden(matcher: &HeaderMatcher, value: &str) -> Hint {
    let name = &*matcher.name;
    Hint {
        code: HintCode::Forbidden,
        why: format!("header `{name}: {value}` must not be there"),
        request: Some(RequestEdit::RemoveHeader(name.into())),
        rule: None,
    }
}

/// Source: Istio `translateHeaderMatch`, `treat_missing_header_as_empty`.
fn empty_counts(matcher: &HeaderMatcher) -> Hint {
    let name = &*matcher.name;
    Hint {
        code: HintCode::EmptyCounts,
        why: format!("there is no header `{name}`, which counts as an empty one, and that matches"),
        request: Some(RequestEdit::header(name, "-".into(), false)),
        rule: Some(format!("{name}: {{}}")),
    }
}

fn different(matcher: &HeaderMatcher, values: &[String]) -> Hint {
    let name = &*matcher.name;
    let ValueMatcher::Value(asked) = &matcher.value else {
        // Presence holds where there is a value.
        return missing_value(name);
    };
    let shown = called(name, &values.join(","));
    let nearby = values.iter().map(|value| of_value(name, asked, value));
    let best = nearby.min_by_key(|near| !near.code.is_near());
    let Some(near) = best else {
        return missing_value(name);
    };
    let near = Near {
        why: format!("{shown} {}", near.why),
        ..near
    };
    Hint::of_value(near, |value| RequestEdit::header(name, value, true), field(name))
}

fn of_value(name: &str, asked: &StringMatcher, value: &str) -> Near {
    match name {
        ":authority" => of_authority(asked, value).unwrap_or_else(|| value::near(asked, value)),
        ":scheme" => Near {
            code: HintCode::Different,
            rule: None,
            ..value::near(asked, value)
        },
        // Methods are compared letter by letter, and clients send capitals.
        ":method" => Near {
            rule: of_method(asked, value),
            ..value::near(asked, value)
        },
        _ => value::near(asked, value),
    }
}

fn of_method(asked: &StringMatcher, value: &str) -> Option<Pattern> {
    match asked {
        StringMatcher::Exact(text) if text.eq_ignore_ascii_case(value) => Some(Pattern::Exact(value.into())),
        asked => value::near(asked, value).rule,
    }
}

/// `authority` is compared with the port, virtual hosts are not.
fn of_authority(asked: &StringMatcher, value: &str) -> Option<Near> {
    let (host, port) = split_port(value.as_bytes());
    let (host, port) = (text(host), port.map(text));
    let rule = |pattern: Pattern| pattern.taking(value);
    match (asked, port) {
        (asked, Some(port)) if asked.is_match(host.as_bytes()) => Some(Near {
            code: HintCode::Port,
            why: format!("has port {port}, which `authority` is compared with"),
            value: Some(host.clone()),
            rule: rule(Pattern::Regex(format!("{}(:[0-9]+)?", value::escape(&host)))),
        }),
        (StringMatcher::Exact(asked), None) if text(split_port(asked.as_bytes()).0) == host => Some(Near {
            code: HintCode::Port,
            why: format!("has no port, and `{asked}` has one"),
            value: Some(asked.to_string()),
            rule: rule(Pattern::Regex(format!("{}(:[0-9]+)?", value::escape(&host)))),
        }),
        _ => None,
    }
}

fn missing_value(name: &str) -> Hint {
    Hint {
        code: HintCode::Missing,
        why: format!("there is no header `{name}`"),
        request: None,
        rule: None,
    }
}

fn called(name: &str, value: &str) -> String {
    match name.strip_prefix(':') {
        Some(pseudo) => format!("{pseudo} `{value}`"),
        None => format!("header `{name}: {value}`"),
    }
}

fn field(name: &str) -> &str {
    name.strip_prefix(':').unwrap_or(name)
}
