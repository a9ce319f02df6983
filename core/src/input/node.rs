//! A document as a tree that knows where each part of it is written.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::path::{Segment, camel_case};
use crate::diagnostic::Diagnostic;

/// How deep documents may nest.
pub(crate) const MAX_DEPTH: usize = 128;

/// A document nests too deeply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooDeep;

impl From<TooDeep> for Diagnostic {
    fn from(_: TooDeep) -> Self {
        Self::error(
            "too-deep",
            format!("the document nests deeper than {MAX_DEPTH} levels"),
        )
        .help("no resource needs that: look for a list or mapping that is indented by mistake")
    }
}

/// A position in a text. Line and column count from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// A value and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it begins, if the reader keeps track.
    pub mark: Option<Mark>,
}

/// The value of a node. Numbers and booleans keep the text they were written as.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// A boolean.
    Bool(bool, String),
    /// A whole number.
    Int(i128, String),
    /// Any other number.
    Float(f64, String),
    /// A text.
    String(String),
    /// A list.
    Seq(Vec<Node>),
    /// Fields in the order in which they are written.
    Map(Vec<Entry>),
}

/// One field of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its name.
    pub key: String,
    /// Where the name begins, if the reader keeps track.
    pub key_mark: Option<Mark>,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// Reads a JSON value; there are no positions then.
    ///
    /// # Errors
    /// If it nests too deeply.
    pub fn from_json(value: &serde_json::Value) -> Result<Self, TooDeep> {
        from_json(value, 0)
    }

    /// The fields, if this is a mapping.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The field of that name: as written, or in the other one of camel case and snake case.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        let Value::Map(entries) = &self.value else {
            return None;
        };
        entries
            .iter()
            .find(|entry| entry.key == name)
            .or_else(|| entries.iter().find(|entry| camel_case(&entry.key) == name))
    }

    /// The value of the field of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.entry(name).map(|entry| &entry.value)
    }

    /// The text, if this is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text a scalar is written as; nothing for lists, mappings and null.
    #[must_use]
    pub fn scalar_text(&self) -> Option<&str> {
        match &self.value {
            Value::Bool(_, text) | Value::Int(_, text) | Value::Float(_, text) | Value::String(text) => {
                Some(text)
            }
            Value::Null | Value::Seq(_) | Value::Map(_) => None,
        }
    }

    /// Where the path leads, or the nearest ancestor that is there: a scalar or a list element where it begins, any
    /// other field at its name.
    #[must_use]
    pub fn locate(&self, path: &[Segment]) -> Option<Mark> {
        let mut node = self;
        let mut mark = self.mark;
        for segment in path {
            let (next, next_mark) = match (segment, &node.value) {
                (Segment::Index(index), Value::Seq(items)) => {
                    let Some(item) = items.get(*index) else { break };
                    (item, item.mark)
                }
                (Segment::Key(name), Value::Map(_)) => {
                    let Some(entry) = node.entry(name) else { break };
                    let scalar = entry.value.scalar_text().and(entry.value.mark);
                    (&entry.value, scalar.or(entry.key_mark))
                }
                _ => break,
            };
            node = next;
            mark = next_mark.or(mark);
        }
        mark
    }
}

fn from_json(value: &serde_json::Value, depth: usize) -> Result<Node, TooDeep> {
    if depth > MAX_DEPTH {
        return Err(TooDeep);
    }
    let value = match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(*value, value.to_string()),
        serde_json::Value::Number(number) => from_number(number),
        serde_json::Value::String(text) => Value::String(text.clone()),
        serde_json::Value::Array(items) => Value::Seq(
            items
                .iter()
                .map(|item| from_json(item, depth + 1))
                .collect::<Result<_, _>>()?,
        ),
        serde_json::Value::Object(fields) => {
            let entry = |(key, value): (&String, &serde_json::Value)| {
                let value = from_json(value, depth + 1)?;
                Ok(Entry {
                    key: key.clone(),
                    key_mark: None,
                    value,
                })
            };
            Value::Map(fields.iter().map(entry).collect::<Result<_, TooDeep>>()?)
        }
    };
    Ok(Node { value, mark: None })
}

fn from_number(number: &serde_json::Number) -> Value {
    let text = number.to_string();
    let whole = number
        .as_i64()
        .map(i128::from)
        .or_else(|| number.as_u64().map(i128::from));
    match whole {
        Some(value) => Value::Int(value, text),
        None => Value::Float(number.as_f64().unwrap_or_default(), text),
    }
}
