//! Where two values differ first.

use serde_json::Value;

/// The path of the first difference and both sides of it; `None` where there is none.
pub(crate) fn first(path: &str, recorded: &Value, exported: &Value) -> Option<String> {
    match (recorded, exported) {
        (Value::Object(one), Value::Object(other)) => {
            let names = one
                .keys()
                .chain(other.keys().filter(|name| !one.contains_key(*name)));
            names
                .filter_map(|name| first(&format!("{path}.{name}"), &recorded[name], &exported[name]))
                .next()
        }
        (Value::Array(one), Value::Array(other)) => {
            let longest = one.len().max(other.len());
            (0..longest).find_map(|index| {
                let at = |list: &[Value]| list.get(index).cloned().unwrap_or_default();
                first(
                    &format!("{path}[{}]", label(one, other, index)),
                    &at(one),
                    &at(other),
                )
            })
        }
        _ if recorded == exported => None,
        _ => Some(format!("{path}: recorded {recorded}, exported {exported}")),
    }
}

/// The position, with the name of what stands there.
fn label(one: &[Value], other: &[Value], index: usize) -> String {
    let named = one.get(index).or_else(|| other.get(index));
    match named.and_then(|entry| entry["name"].as_str()) {
        Some(name) => format!("{index} {name}"),
        None => index.to_string(),
    }
}
