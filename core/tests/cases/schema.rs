//! The published schema has the fields that the reader knows, each with its description.

use mainsheet_core::cases::{SCHEMA, Suite};
use serde_json::Value;

#[path = "../fields/shape.rs"]
#[expect(dead_code, reason = "not every test needs every helper")]
mod shape;

use shape::Shape;

#[test]
fn schema_and_reader_have_the_same_fields() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut read: Vec<String> = Shape::of::<Suite>()
        .fields()
        .into_iter()
        .map(|(path, _)| plain(&path))
        .collect();
    read.sort();
    read.dedup();
    let mut published = Vec::new();
    add(&schema, &schema, "", &mut published);
    published.sort();
    assert_eq!(published, read);
}

/// Lists and maps leave no trace in the path.
fn plain(path: &str) -> String {
    path.replace("[]", "").replace("{}", "")
}

fn add(root: &Value, schema: &Value, base: &str, found: &mut Vec<String>) {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => &root["$defs"][reference.strip_prefix("#/$defs/").unwrap()],
        None => schema,
    };
    if schema["items"].is_object() {
        add(root, &schema["items"], base, found);
    }
    let Some(properties) = schema["properties"].as_object() else {
        return;
    };
    assert_eq!(schema["additionalProperties"], false, "{base}");
    for (name, property) in properties {
        let dot = if base.is_empty() { "" } else { "." };
        let path = format!("{base}{dot}{name}");
        add(root, property, &path, found);
        assert!(is_described(root, property), "{path}");
        found.push(path);
    }
}

fn is_described(root: &Value, property: &Value) -> bool {
    let named = property["$ref"]
        .as_str()
        .map(|reference| &root["$defs"][reference.strip_prefix("#/$defs/").unwrap()]);
    [Some(property), named]
        .into_iter()
        .flatten()
        .any(|schema| schema["description"].is_string())
}
