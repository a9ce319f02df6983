//! Files that Envoy reads and watches.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Value, json};

use crate::digest::fnv1a;

/// The file that Envoy is started with.
pub(super) const BOOTSTRAP: &str = "bootstrap.json";
/// The file of listeners.
pub(super) const LISTENERS: &str = "lds.json";
/// The file of clusters.
pub(super) const CLUSTERS: &str = "cds.json";

/// The file with the endpoints of a cluster. Different clusters have different files.
pub(super) fn endpoints(cluster: &str) -> String {
    format!("eds-{}.json", file_name(cluster))
}

/// The file with the routes of a listener.
pub(super) fn routes(listener: &str) -> String {
    format!("rds-{}.json", file_name(listener))
}

/// The file with the configuration of the filter in a listener.
pub(super) fn filter(listener: &str) -> String {
    format!("ecds-{}.json", file_name(listener))
}

/// The file with a certificate and its key, or with authorities.
pub(super) fn secret(name: &str) -> String {
    format!("sds-{}.json", file_name(name))
}

/// Writes a name with characters that are fine in any file system; no two names become one.
fn file_name(name: &str) -> String {
    let mut written = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'|' => written.push('_'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' => written.push(char::from(byte)),
            _ => written.push_str(&format!("%{byte:02X}")),
        }
    }
    written
}

/// Lets Envoy read a file of the directory and again whenever one is renamed into the directory.
pub(super) fn config_source(directory: &str, file: &str) -> Value {
    json!({
        "path_config_source": {
            "path": format!("{}/{file}", directory.trim_end_matches('/')),
            "watched_directory": {"path": directory},
        },
        "resource_api_version": "V3",
    })
}

/// A file of resources. Each has to name its type. The version says only whether they have changed.
pub(super) fn discovery(resources: &[Value]) -> Value {
    let version = fnv1a(
        resources
            .iter()
            .flat_map(|resource| format!("{resource}\n").into_bytes()),
    );
    json!({"version_info": format!("{version:016x}"), "resources": resources})
}

/// The text of a file: indented, and with a line end.
pub(super) fn text(value: &Value) -> String {
    format!("{value:#}\n")
}

/// Adds the name of its type to a message.
pub(super) fn typed(type_name: &str, fields: Value) -> Value {
    let mut fields = match fields {
        Value::Object(fields) => fields,
        other => return other,
    };
    fields.insert(
        String::from("@type"),
        Value::String(format!("type.googleapis.com/{type_name}")),
    );
    Value::Object(fields)
}

/// A list of messages of one type.
pub(super) fn all_typed(type_name: &str, messages: impl Iterator<Item = Value>) -> Vec<Value> {
    messages.map(|message| typed(type_name, message)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_safe_and_different() {
        assert_eq!(endpoints("outbound|80|v1|a.b"), "eds-outbound_80_v1_a.b.json");
        assert_eq!(endpoints("outbound|80||*.b/"), "eds-outbound_80__%2A.b%2F.json");
        assert_ne!(endpoints("a|b"), endpoints("a_b"));
    }

    #[test]
    fn versions_follow_the_contents() {
        let of = |text: &str| discovery(&[json!({ "a": text })]);
        assert_eq!(of("x"), of("x"));
        assert_ne!(of("x")["version_info"], of("y")["version_info"]);
    }
}
