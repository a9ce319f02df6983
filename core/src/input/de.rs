//! A tree read into plain types.
//!
//! A value of the wrong type is noted and replaced by the default, an unknown field is noted and skipped: so one
//! reading finds everything that is wrong. The leniency is that of protobuf's JSON: `null` is the default, numbers may
//! be in quotes, fields may be spelt in snake case.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::node::{Entry, Mark, Node, Value};
use super::path::{Path, Segment, camel_case};
use super::words;
use crate::diagnostic::Diagnostic;
use crate::resources::scalar::{self, Duration, ScalarError, Timestamp};

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

/// Reads a tree into a type. `path` is where the tree stands in its document.
pub(crate) fn read<T: DeserializeOwned + Default>(
    node: &Node,
    path: Path,
    fields: Fields,
    findings: &mut Vec<Finding>,
) -> T {
    let base = path.to_string();
    let context = Context {
        path: RefCell::new(path),
        findings: RefCell::new(Vec::new()),
        fields,
    };
    let value = T::deserialize(Reader {
        node,
        context: &context,
    });
    findings.append(&mut context.findings.into_inner());
    value.unwrap_or_else(|error| {
        let diagnostic = Diagnostic::error("invalid-value", error.0).at(base);
        findings.push(Finding {
            diagnostic,
            mark: node.mark,
        });
        T::default()
    })
}

/// An error that the types themselves raise; the reader has no such case of its own.
#[derive(Debug)]
struct Error(String);

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
struct Context {
    path: RefCell<Path>,
    findings: RefCell<Vec<Finding>>,
    fields: Fields,
}

impl Context {
    fn report(&self, diagnostic: Diagnostic, mark: Option<Mark>) {
        let diagnostic = diagnostic.at(self.path.borrow().to_string());
        self.findings.borrow_mut().push(Finding { diagnostic, mark });
    }

    /// Does something one step further down.
    fn within<T>(&self, segment: Segment, action: impl FnOnce() -> T) -> T {
        self.path.borrow_mut().push(segment);
        let result = action();
        self.path.borrow_mut().pop();
        result
    }
}

/// Reads one node.
#[derive(Clone, Copy)]
struct Reader<'a> {
    node: &'a Node,
    context: &'a Context,
}

impl<'a> Reader<'a> {
    /// Notes that something else was expected here.
    fn mismatch(self, expected: &str, help: Option<String>) {
        let message = format!("expected {expected}, found {}", words::found(self.node));
        let mut diagnostic = Diagnostic::error("wrong-type", message);
        diagnostic.help = help;
        self.context.report(diagnostic, self.node.mark);
    }

    fn int<T: TryFrom<i128> + Default>(self, min: i128, max: i128) -> T {
        let value = match &self.node.value {
            Value::Null => Some(0),
            Value::Int(value, _) => Some(*value),
            // Every whole number in this range is exact in a float, and so is its cast.
            Value::Float(value, _) if *value % 1.0 == 0.0 && value.abs() < 9e15 => Some(*value as i128),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let Some(value) = value else {
            self.mismatch("a whole number", None);
            return T::default();
        };
        T::try_from(value).unwrap_or_else(|_| {
            let message = format!("the number {value} is not between {min} and {max}");
            self.context
                .report(Diagnostic::error("out-of-range", message), self.node.mark);
            T::default()
        })
    }

    fn float(self) -> f64 {
        let value = match &self.node.value {
            Value::Null => Some(0.0),
            Value::Int(_, text) | Value::String(text) => text.parse().ok(),
            Value::Float(value, _) => Some(*value),
            _ => None,
        };
        value.unwrap_or_else(|| {
            self.mismatch("a number", None);
            0.0
        })
    }

    fn boolean(self) -> bool {
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
    fn checked<T>(
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
    fn variant(self, variants: &'static [&'static str]) -> &'static str {
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
    fn known_fields(
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
                    help: words::help_for_name(key, known),
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

macro_rules! integers {
    ($($method:ident $visit:ident $type:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit(self.int::<$type>($type::MIN.into(), $type::MAX.into()))
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Reader<'_> {
    type Error = Error;

    integers! {
        deserialize_i8 visit_i8 i8 deserialize_i16 visit_i16 i16 deserialize_i32 visit_i32 i32 deserialize_i64 visit_i64 i64
        deserialize_u8 visit_u8 u8 deserialize_u16 visit_u16 u16 deserialize_u32 visit_u32 u32 deserialize_u64 visit_u64 u64
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f64(self.float())
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f64(self.float())
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.boolean())
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.value {
            Value::String(text) => visitor.visit_str(text),
            Value::Null => visitor.visit_str(""),
            _ => {
                self.mismatch("a text", words::help_for_text(self.node));
                visitor.visit_str("")
            }
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.value {
            Value::Null => visitor.visit_str(""),
            Value::Bool(value, _) => visitor.visit_bool(*value),
            Value::Int(..) => visitor.visit_i64(self.int(i64::MIN.into(), i64::MAX.into())),
            Value::Float(value, _) => visitor.visit_f64(*value),
            Value::String(text) => visitor.visit_str(text),
            Value::Seq(_) | Value::Map(_) => {
                self.mismatch("a number or a text", None);
                visitor.visit_str("")
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.node.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        match name {
            scalar::DURATION => {
                visitor.visit_newtype_struct(self.checked("a duration such as `1.5s`", Duration::parse, "0s"))
            }
            scalar::TIMESTAMP => {
                let epoch = "1970-01-01T00:00:00Z";
                visitor.visit_newtype_struct(self.checked("a point in time", Timestamp::parse, epoch))
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let items: &[Node] = match &self.node.value {
            Value::Seq(items) => items,
            Value::Null => &[],
            _ => {
                self.mismatch("a list", words::help_for_list(self.node));
                &[]
            }
        };
        visitor.visit_seq(Items {
            items: items.iter().enumerate(),
            context: self.context,
        })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let entries: &[Entry] = match &self.node.value {
            Value::Map(entries) => entries,
            Value::Null => &[],
            _ => {
                self.mismatch("names with values", None);
                &[]
            }
        };
        let fields = entries
            .iter()
            .map(|entry| Field {
                name: &entry.key,
                value: &entry.value,
            })
            .collect();
        visitor.visit_map(FieldAccess::new(fields, self.context))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let entries: &[Entry] = match &self.node.value {
            Value::Map(entries) => entries,
            Value::Null => &[],
            _ => {
                self.mismatch("a mapping", words::help_for_fields(self.node, known));
                &[]
            }
        };
        visitor.visit_map(FieldAccess::new(
            self.known_fields(entries, name, known),
            self.context,
        ))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let variant: StrDeserializer<'_, Error> = self.variant(variants).into_deserializer();
        visitor.visit_enum(variant)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

/// A field of a message or an entry of a map.
#[derive(Clone, Copy)]
struct Field<'a> {
    name: &'a str,
    value: &'a Node,
}

/// Hands out fields.
struct FieldAccess<'a> {
    fields: alloc::vec::IntoIter<Field<'a>>,
    current: Option<Field<'a>>,
    context: &'a Context,
}

impl<'a> FieldAccess<'a> {
    fn new(fields: Vec<Field<'a>>, context: &'a Context) -> Self {
        Self {
            fields: fields.into_iter(),
            current: None,
            context,
        }
    }
}

impl<'de> MapAccess<'de> for FieldAccess<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.current = self.fields.next();
        let Some(field) = self.current else {
            return Ok(None);
        };
        let name: StrDeserializer<'_, Error> = field.name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let field = self
            .current
            .take()
            .ok_or_else(|| Error("a value was read before its name".to_owned()))?;
        let reader = Reader {
            node: field.value,
            context: self.context,
        };
        self.context
            .within(Segment::Key(field.name.to_owned()), || seed.deserialize(reader))
    }
}

/// Hands out list elements.
struct Items<'a> {
    items: core::iter::Enumerate<core::slice::Iter<'a, Node>>,
    context: &'a Context,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some((index, node)) = self.items.next() else {
            return Ok(None);
        };
        let reader = Reader {
            node,
            context: self.context,
        };
        self.context
            .within(Segment::Index(index), || {
                if node.value == Value::Null {
                    let diagnostic = Diagnostic::error("empty-element", "this list element is empty")
                        .help("give it a value, or remove it");
                    self.context.report(diagnostic, node.mark);
                }
                seed.deserialize(reader)
            })
            .map(Some)
    }
}
