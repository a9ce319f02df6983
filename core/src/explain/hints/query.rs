//! `queryParams`: the first value of a name, undecoded.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::str::Bytes;

use super::value::{self, Near, Pattern};
use super::{Hint, HintCode, RequestEdit};
use crate::input::nearest;
use crate::matcher::{QueryMatcher, ValueMatcher};
use crate::request::Request;
use crate::trace::text;

/// What stands in the way of a query parameter.
pub(super) fn hint(matcher: &QueryMatcher, request: &Request<'_>) -> Hint {
    let name = &*matcher.name;
    let pairs = pairs(request);
    let mut values = pairs
        .iter()
        .filter(|(other, _)| other == name)
        .map(|(_, value)| value.as_str());
    let (Some(first), ValueMatcher::Value(asked)) = (values.next(), &matcher.value) else {
        return missing(matcher, &pairs);
    };
    let edit = |value| RequestEdit::SetQuery(name.into(), value);
    if let Some(later) = values.find(|value| asked.is_match(value.as_bytes())) {
        return Hint {
            code: HintCode::FirstValue,
            why: format!("of several `{name}` only the first counts, which is `{first}`"),
            request: Some(edit(later.into())),
            rule: None,
        };
    }
    let decoded = decode(first);
    if decoded != first && asked.is_match(decoded.as_bytes()) {
        let rule = Pattern::Exact(first.into());
        return Hint {
            code: HintCode::Encoded,
            why: format!("`{name}={first}` is compared as it is sent, not as `{decoded}`"),
            request: None,
            rule: Some(format!("{name}: {rule}")),
        };
    }
    let near = value::near(asked, first);
    let near = Near {
        why: format!("`{name}={first}` {}", near.why),
        ..near
    };
    Hint::of_value(near, edit, name)
}

fn missing(matcher: &QueryMatcher, pairs: &[(String, String)]) -> Hint {
    let name = &*matcher.name;
    let near = nearest(name, pairs.iter().map(|(other, _)| other.as_str()));
    let (code, why) = match near {
        Some(near) => (
            HintCode::SimilarName,
            format!("there is no query parameter `{name}`, but `{near}`"),
        ),
        None => (HintCode::Missing, format!("there is no query parameter `{name}`")),
    };
    let value = value::wanted(&matcher.value);
    Hint {
        code,
        why,
        request: value.map(|value| RequestEdit::AddQuery(name.into(), value)),
        rule: None,
    }
}

fn pairs(request: &Request<'_>) -> Vec<(String, String)> {
    let query = text(request.query.unwrap_or_default());
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let split = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (name.into(), value.into())
    };
    pairs.map(split).collect()
}

/// `%20` and `+` as browsers write blanks.
fn decode(value: &str) -> String {
    let mut bytes = value.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        match (byte, hexadecimal(bytes.clone())) {
            (b'%', Some(decoded)) => {
                out.push(decoded);
                bytes.by_ref().take(2).for_each(drop);
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
    }
    text(&out)
}

/// What the next two digits stand for.
fn hexadecimal(mut bytes: Bytes<'_>) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let value = digit(bytes.next()?)? * 16 + digit(bytes.next()?)?;
    u8::try_from(value).ok()
}
