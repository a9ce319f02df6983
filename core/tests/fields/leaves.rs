//! The fields of documents, and documents without one of them.

use mainsheet_core::input::{Node, Value as Written};
use serde_json::Value;

use crate::shape::Shape;

/// A field that is written in a document and has no further fields in it.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    /// Its place in the words of the list: `spec.http[].match[].uri.exact`.
    pub(crate) pattern: String,
    /// Its place in the document, as a JSON pointer.
    pub(crate) pointer: String,
    /// Its place as findings write it.
    pub(crate) path: String,
}

/// A tree as JSON.
pub(crate) fn to_json(node: &Node) -> Value {
    match &node.value {
        Written::Null => Value::Null,
        Written::Bool(value, _) => (*value).into(),
        Written::Int(value, _) => i64::try_from(*value).unwrap().into(),
        Written::Float(value, _) => (*value).into(),
        Written::String(text) => text.as_str().into(),
        Written::Seq(items) => items.iter().map(to_json).collect(),
        Written::Map(entries) => Value::Object(
            entries
                .iter()
                .map(|entry| (entry.key.clone(), to_json(&entry.value)))
                .collect(),
        ),
    }
}

/// The leaves of a document of that shape.
pub(crate) fn of(document: &Value, shape: &Shape) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    let root = Leaf {
        pattern: String::new(),
        pointer: String::new(),
        path: String::new(),
    };
    add(document, shape, &root, &mut leaves);
    leaves
}

fn add(value: &Value, shape: &Shape, at: &Leaf, leaves: &mut Vec<Leaf>) {
    if shape.is_leaf() {
        leaves.push(at.clone());
        return;
    }
    match (value, shape) {
        (Value::Array(items), Shape::List(inner)) => {
            for (index, item) in items.iter().enumerate() {
                add(
                    item,
                    inner,
                    &at.step("[]", &index.to_string(), &format!("[{index}]")),
                    leaves,
                );
            }
        }
        (Value::Object(fields), Shape::Map(inner)) => {
            for (key, value) in fields {
                add(value, inner, &at.step("{}", key, &format!("[{key:?}]")), leaves);
            }
        }
        (Value::Object(fields), Shape::Message(known)) => {
            for (name, value) in fields {
                if let Some((_, shape)) = known.iter().find(|(known, _)| known == name) {
                    let dot = if at.pattern.is_empty() { "" } else { "." };
                    let name = format!("{dot}{name}");
                    add(
                        value,
                        shape,
                        &at.step(&name, name.trim_start_matches('.'), &name),
                        leaves,
                    );
                }
            }
        }
        _ => {}
    }
}

impl Leaf {
    fn step(&self, pattern: &str, pointer: &str, path: &str) -> Self {
        let pointer = pointer.replace('~', "~0").replace('/', "~1");
        Self {
            pattern: format!("{}{pattern}", self.pattern),
            pointer: format!("{}/{pointer}", self.pointer),
            path: format!("{}{path}", self.path),
        }
    }

    /// The document without the leaf, or with another value there.
    pub(crate) fn ablate(&self, document: &Value, instead: Option<&Value>) -> Value {
        let mut document = document.clone();
        let (parent, name) = self.pointer.rsplit_once('/').unwrap();
        let fields = document.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match instead {
            Some(value) => drop(fields.insert(name.into(), value.clone())),
            None => drop(fields.remove(name)),
        }
        document
    }
}
