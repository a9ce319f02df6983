//! A tree read into plain types.
//!
//! A value of the wrong type is noted and replaced by the default, an unknown field is noted and skipped: so one
//! reading finds everything that is wrong. The leniency is that of protobuf's JSON: `null` is the default, numbers may
//! be in quotes, fields may be spelt in snake case.

use alloc::borrow::ToOwned;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::cell::RefCell;

use serde::de::value::{SeqAccessDeserializer, StrDeserializer};
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::node::{Entry, Node, Value};
use super::path::{Path, Segment};
use super::reader::{Context, Error, Field, Fields, Finding, Reader};
use super::{misplaced, words};
use crate::diagnostic::Diagnostic;
use crate::resources::scalar::{Duration, IntOrString, Timestamp};

/// The name of newtypes around a list that may be written without its brackets when it has one element.
pub(crate) const ONE_OR_MANY: &str = "OneOrMany";

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
            Value::Null => visitor.visit_unit(),
            Value::Bool(value, _) => visitor.visit_bool(*value),
            Value::Int(..) => visitor.visit_i64(self.int(i64::MIN.into(), i64::MAX.into())),
            Value::Float(value, _) => visitor.visit_f64(*value),
            Value::String(text) => visitor.visit_str(text),
            Value::Seq(_) => self.deserialize_seq(visitor),
            Value::Map(_) => self.deserialize_map(visitor),
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
            IntOrString::NAME => match &self.node.value {
                Value::Null | Value::Seq(_) | Value::Map(_) => {
                    self.mismatch("a number or a text", None);
                    visitor.visit_newtype_struct(StrDeserializer::new(""))
                }
                _ => visitor.visit_newtype_struct(self),
            },
            Duration::NAME => {
                visitor.visit_newtype_struct(self.checked("a duration such as `1.5s`", Duration::parse, "0s"))
            }
            Timestamp::NAME => {
                let epoch = "1970-01-01T00:00:00Z";
                visitor.visit_newtype_struct(self.checked("a point in time", Timestamp::parse, epoch))
            }
            // What is no list is one element.
            ONE_OR_MANY if !matches!(self.node.value, Value::Seq(_) | Value::Null) => {
                let items = core::slice::from_ref(self.node).iter().enumerate();
                visitor.visit_newtype_struct(SeqAccessDeserializer::new(Items {
                    items,
                    context: self.context,
                }))
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
                self.mismatch("names with values", words::help_for_names(self.node));
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
        let fields = self.known_fields(entries, name, known);
        let value = visitor.visit_map(FieldAccess::new(fields, self.context));
        misplaced::claim(
            &mut self.context.findings.borrow_mut(),
            &self.context.path.borrow(),
            known,
        );
        value
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
