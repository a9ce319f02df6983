//! Looking into Envoy's JSON, in which anything may be missing.

use serde_json::Value;

/// A text; empty where there is none.
pub(crate) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A list; empty where there is none.
pub(crate) fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    let list = value.pointer(pointer).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

/// A port; `None` where there is none.
pub(crate) fn port(value: &Value, pointer: &str) -> Option<u16> {
    value.pointer(pointer)?.as_u64()?.try_into().ok()
}

/// `address:port` of a message that has an address.
pub(crate) fn address(value: &Value) -> String {
    if let Some(path) = value.pointer("/address/pipe/path").and_then(Value::as_str) {
        return format!("unix://{path}");
    }
    let host = text(value, "/address/socket_address/address");
    match port(value, "/address/socket_address/port_value") {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Messages by their name: Envoy tells of them in no order.
pub(crate) fn by_name<'v>(values: &'v [Value], name: &str) -> Vec<&'v Value> {
    let mut sorted: Vec<&Value> = values.iter().collect();
    sorted.sort_by_key(|value| text(value, name));
    sorted
}
