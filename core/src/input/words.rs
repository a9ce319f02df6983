//! What the reader says about values of the wrong type.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::node::{Node, Value};
use super::similar::nearest;

/// The longest text that a message repeats.
const LONGEST: usize = 40;

/// What was found, as part of a sentence.
pub(crate) fn found(node: &Node) -> String {
    match &node.value {
        Value::Null => "nothing".to_string(),
        Value::Bool(_, text) => format!("the boolean `{text}`"),
        Value::Int(_, text) | Value::Float(_, text) => format!("the number `{}`", shortened(text)),
        Value::String(text) => format!("the text `{}`", shortened(text)),
        Value::Seq(items) if items.is_empty() => "an empty list".to_string(),
        Value::Seq(_) => "a list".to_string(),
        Value::Map(entries) => match entries.first() {
            None => "an empty mapping".to_string(),
            Some(entry) => format!("a mapping with the field `{}`", shortened(&entry.key)),
        },
    }
}

/// The first line of a text, cut where it gets long.
pub(crate) fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let mut short: String = line.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// What to do where a text is wanted.
pub(crate) fn help_for_text(node: &Node) -> Option<String> {
    match &node.value {
        Value::Seq(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(Node::scalar_text).collect();
            let joined = texts.map(|texts| texts.join(","));
            Some(match joined.filter(|_| items.len() > 1) {
                Some(joined) => format!("this field takes one text: `{joined}`"),
                None => "remove the `-`: this field takes one value".to_string(),
            })
        }
        Value::Map(_) | Value::Null => None,
        _ => node
            .scalar_text()
            .map(|text| format!("put it in quotes: `\"{text}\"`")),
    }
}

/// What to do where a list is wanted.
pub(crate) fn help_for_list(node: &Node) -> Option<String> {
    match &node.value {
        Value::Map(_) => Some("begin each element with `- `, also a single one".to_string()),
        _ => node
            .scalar_text()
            .map(|text| format!("write it as a list: `[{}]`", in_flow(text))),
    }
}

/// What to do where a number is wanted: `50%` is `50`.
pub(crate) fn help_for_number(node: &Node) -> Option<String> {
    let text = node.as_str()?.trim();
    let number = text.strip_suffix('%')?.trim();
    let is_number = number.parse::<f64>().is_ok();
    is_number.then(|| format!("write `{number}`: it is in percent already"))
}

/// What to do where names with values are wanted.
pub(crate) fn help_for_names(node: &Node) -> Option<String> {
    match &node.value {
        Value::Seq(_) => Some("remove the `-`: these are fields, not a list".to_string()),
        _ => {
            let (name, value) = node.as_str()?.split_once(['=', ':'])?;
            let (name, value) = (name.trim(), value.trim());
            Some(format!("write `{{{name}: {}}}`", in_flow(value)))
        }
    }
}

/// The fields that are meant where only their value is written.
const USUAL: [&str; 9] = [
    "exact", "value", "host", "number", "simple", "mode", "attempts", "uri", "name",
];

/// What to do where a message with these fields is wanted.
pub(crate) fn help_for_fields(node: &Node, fields: &[&str]) -> Option<String> {
    match (&node.value, fields) {
        (Value::Seq(_), _) => Some("remove the `-`: this field takes one mapping, not a list".to_string()),
        _ => {
            let is_few = fields.len() <= 3;
            let mut usual = USUAL.iter().copied().filter(|name| fields.contains(name));
            let field = usual
                .next()
                .or_else(|| fields.first().copied().filter(|_| is_few));
            match (field, node.scalar_text()) {
                (Some("number"), Some(text)) if fields.contains(&"protocol") => {
                    Some(format!("write `{{number: {text}, name: http, protocol: HTTP}}`"))
                }
                (Some(field), Some(text)) => Some(format!("write `{{{field}: {}}}`", in_flow(text))),
                _ => known(fields),
            }
        }
    }
}

/// A scalar as it may stand inside of `{}` and `[]`.
fn in_flow(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let short = shortened(text);
    if short.chars().all(plain) && !short.is_empty() {
        short
    } else {
        format!("\"{short}\"")
    }
}

/// What to do about a name that is not among the candidates.
pub(crate) fn help_for_name(name: &str, candidates: &[&str]) -> Option<String> {
    match nearest(name, candidates.iter().copied()) {
        Some(candidate) => Some(format!("did you mean `{candidate}`?")),
        None => known(candidates),
    }
}

fn known(names: &[&str]) -> Option<String> {
    let listed: Vec<String> = names.iter().take(16).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > listed.len() {
        " and others"
    } else {
        ""
    };
    (!listed.is_empty()).then(|| format!("{}{}{more}", super::misplaced::LIST, listed.join(", ")))
}
