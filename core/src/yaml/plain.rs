//! What a scalar without quotes stands for.

use crate::input::Value;

/// Reads a plain scalar as Kubernetes does: YAML 1.2's core schema, and the booleans of YAML 1.1 that are words.
pub(super) fn resolve(text: &str) -> Value {
    if let Some(value) = boolean(text) {
        return Value::Bool(value, text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        _ => number(text).unwrap_or_else(|| Value::String(text.to_owned())),
    }
}

fn boolean(text: &str) -> Option<bool> {
    let spelt = |word: &str| {
        let mut capital = word.to_owned();
        capital.get_mut(..1).map(str::make_ascii_uppercase);
        text == word || text == capital || text == word.to_ascii_uppercase()
    };
    if ["true", "yes", "on"].into_iter().any(spelt) {
        return Some(true);
    }
    ["false", "no", "off"].into_iter().any(spelt).then_some(false)
}

fn number(text: &str) -> Option<Value> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let special = matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN");
    if special {
        let value = match text.chars().next() {
            _ if text.eq_ignore_ascii_case(".nan") => f64::NAN,
            Some('-') => f64::NEG_INFINITY,
            _ => f64::INFINITY,
        };
        return Some(Value::Float(value, text.to_owned()));
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if let Some(value) = integer(text, unsigned) {
        return Some(Value::Int(value, text.to_owned()));
    }
    let float_like = unsigned
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'));
    let value = text.parse().ok().filter(|_| float_like)?;
    Some(Value::Float(value, text.to_owned()))
}

fn integer(text: &str, unsigned: &str) -> Option<i128> {
    if let Some(digits) = unsigned.strip_prefix("0x") {
        return i128::from_str_radix(digits, 16).ok();
    }
    if let Some(digits) = unsigned.strip_prefix("0o") {
        return i128::from_str_radix(digits, 8).ok();
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars() {
        for (text, expected) in [
            ("", Value::Null),
            ("~", Value::Null),
            ("yes", Value::Bool(true, "yes".into())),
            ("Off", Value::Bool(false, "Off".into())),
            ("TRUE", Value::Bool(true, "TRUE".into())),
            ("oN", Value::String("oN".into())),
            ("y", Value::String("y".into())),
            ("80", Value::Int(80, "80".into())),
            ("-1", Value::Int(-1, "-1".into())),
            ("0x1F", Value::Int(31, "0x1F".into())),
            ("1.10", Value::Float(1.1, "1.10".into())),
            ("1e3", Value::Float(1000.0, "1e3".into())),
            ("-.inf", Value::Float(f64::NEG_INFINITY, "-.inf".into())),
            ("1.2.3", Value::String("1.2.3".into())),
            ("10.0.0.1", Value::String("10.0.0.1".into())),
            ("5s", Value::String("5s".into())),
            ("-", Value::String("-".into())),
            ("e3", Value::String("e3".into())),
            ("infinity", Value::String("infinity".into())),
        ] {
            assert_eq!(resolve(text), expected, "{text}");
        }
    }
}
