//! Reads single values, and notes what is wrong with them.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{self, IntoDeserializer};

use super::node::{Entry, Mark, Node, Value};
use super::path::{Path, Segment, camel_case};
use super::{misplaced, words};
use crate::diagnostic::Diagnostic;
use crate::resources::scalar::ScalarError;

/// Fields that Istio's API once had and whose absence changes nothing: message, field, remedy.
const REMOVED: &[(&str, &str, &str)] = &[(
    "HTTPRoute",
    "websocketUpgrade",
    "remove it: upgrades to WebSocket are always allowed",
)];

/// A finding, and where it is if the tree knows.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// What is wrong.
    pub(crate) diagnostic: Diagnostic,
    /// Where.
    #[cfg_attr(
        not(feature = "yaml"),
        expect(dead_code, reason = "trees of JSON have no marks")
    )]
    pub(crate) mark: Option<Mark>,
}

/// Whether unknown fields are findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fields {
    /// They are errors.
    Known,
    /// They are skipped in silence.
    Any,
}

/// An error that the types themselves raise; the reader has no such case of its own.
#[derive(Debug)]
pub(super) struct Error(pub(super) String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// Where the reader is, and what it has found.
pub(super) struct Context {
    pub(super) path: RefCell<Path>,
    pub(super) findings: RefCell<Vec<Finding>>,
    pub(super) fields: Fields,
}

impl Context {
    pub(super) fn report(&self, diagnostic: Diagnostic, mark: Option<Mark>) {
        let diagnostic = diagnostic.at(self.path.borrow().to_string());
        self.findings.borrow_mut().push(Finding { diagnostic, mark });
    }

    /// Does something one step further down.
    pub(super) fn within<T>(&self, segment: Segment, action: impl FnOnce() -> T) -> T {
        self.path.borrow_mut().push(segment);
        let result = action();
        self.path.borrow_mut().pop();
        result
    }
}

/// Reads one node.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) node: &'a Node,
    pub(super) context: &'a Context,
}

impl<'a> Reader<'a> {
    /// Notes that something else was expected here.
    pub(super) fn mismatch(self, expected: &str, help: Option<String>) {
        let message = format!("expected {expected}, found {}", words::found(self.node));
        let mut diagnostic = Diagnostic::error("wrong-type", message);
        diagnostic.help = help;
        self.context.report(diagnostic, self.node.mark);
    }

    pub(super) fn int<T: TryFrom<i128> + Default>(self, min: i128, max: i128) -> T {
        let value = match &self.node.value {
            Value::Null => Some(0),
            Value::Int(value, _) => Some(*value),
            // Every whole number in this range is exact in a float, and so is its cast.
            Value::Float(value, _) if *value % 1.0 == 0.0 && value.abs() < 9e15 => Some(*value as i128),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let Some(value) = value else {
            self.mismatch("a whole number", words::help_for_number(self.node));
            return T::default();
        };
        T::try_from(value).unwrap_or_else(|_| {
            let message = format!("the number {value} is not between {min} and {max}");
            self.context
                .report(Diagnostic::error("out-of-range", message), self.node.mark);
            T::default()
        })
    }

    pub(super) fn float(self) -> f64 {
        let value = match &self.node.value {
            Value::Null => Some(0.0),
            Value::Int(_, text) | Value::String(text) => text.parse().ok(),
            Value::Float(value, _) => Some(*value),
            _ => None,
        };
        value.unwrap_or_else(|| {
            self.mismatch("a number", words::help_for_number(self.node));
            0.0
        })
    }

    pub(super) fn boolean(self) -> bool {
        match &self.node.value {
            Value::Null => false,
            Value::Bool(value, _) => *value,
            Value::String(text) if matches!(text.as_str(), "true" | "false") => {
                self.mismatch("`true` or `false`", Some("remove the quotes".to_owned()));
                false
            }
            _ => {
                self.mismatch("`true` or `false`", None);
                false
            }
        }
    }

    /// The text of a scalar that has a notation of its own, or `fallback` if it does not keep to it.
    pub(super) fn checked<T>(
        self,
        expected: &str,
        parse: fn(&str) -> Result<T, ScalarError>,
        fallback: &'static str,
    ) -> StrDeserializer<'a, Error> {
        let Some(text) = self.node.scalar_text() else {
            if self.node.value != Value::Null {
                self.mismatch(expected, None);
            }
            return fallback.into_deserializer();
        };
        match parse(text) {
            Ok(_) => text.into_deserializer(),
            Err(error) => {
                let diagnostic = Diagnostic::error("invalid-value", error.message).help(error.help);
                self.context.report(diagnostic, self.node.mark);
                fallback.into_deserializer()
            }
        }
    }

    /// The variant that is meant, or the first one.
    pub(super) fn variant(self, variants: &'static [&'static str]) -> &'static str {
        let first = variants.first().copied().unwrap_or_default();
        let found = match &self.node.value {
            Value::Null => return first,
            Value::String(text) => variants.iter().find(|variant| *variant == text),
            Value::Int(number, _) => usize::try_from(*number)
                .ok()
                .and_then(|index| variants.get(index)),
            _ => None,
        };
        found.copied().unwrap_or_else(|| {
            let text = self.node.scalar_text().unwrap_or_default();
            let message = format!(
                "expected one of the values of this field, found {}",
                words::found(self.node)
            );
            let mut diagnostic = Diagnostic::error("unknown-value", message);
            diagnostic.help = words::help_for_name(text, variants);
            self.context.report(diagnostic, self.node.mark);
            first
        })
    }

    /// The fields that a message knows. The others are noted.
    pub(super) fn known_fields(
        self,
        entries: &'a [Entry],
        message: &str,
        known: &'static [&'static str],
    ) -> Vec<Field<'a>> {
        let mut fields: Vec<Field<'a>> = Vec::with_capacity(entries.len());
        for entry in entries {
            let camel = camel_case(&entry.key);
            let by_name = |name: &str| known.iter().copied().find(|field| *field == name);
            match by_name(&entry.key).or_else(|| by_name(&camel)) {
                Some(name) if fields.iter().any(|field| field.name == name) => self.twice(entry, name),
                Some(name) => fields.push(Field {
                    name,
                    value: &entry.value,
                }),
                None if self.context.fields == Fields::Known => self.unknown(entry, message, known),
                None => {}
            }
        }
        fields
    }

    fn unknown(self, entry: &Entry, message: &str, known: &[&str]) {
        let key = entry.key.as_str();
        let removed = REMOVED
            .iter()
            .find(|(owner, field, _)| *owner == message && *field == camel_case(key));
        let diagnostic = match removed {
            Some((_, _, why)) => {
                Diagnostic::warning("removed-field", format!("the API no longer has `{key}`")).help(*why)
            }
            None => {
                let diagnostic = Diagnostic::error("unknown-field", format!("unknown field `{key}`"));
                Diagnostic {
                    help: misplaced::help(message, key).or_else(|| words::help_for_name(key, known)),
                    ..diagnostic
                }
            }
        };
        let segment = Segment::Key(entry.key.clone());
        self.context
            .within(segment, || self.context.report(diagnostic, entry.key_mark));
    }

    fn twice(self, entry: &Entry, name: &str) {
        let message = format!("the field `{name}` is written twice");
        let diagnostic = Diagnostic::error("duplicate-key", message).help("keep one of the two spellings");
        let segment = Segment::Key(entry.key.clone());
        self.context
            .within(segment, || self.context.report(diagnostic, entry.key_mark));
    }
}

/// A field of a message or an entry of a map.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a Node,
}
