//! What a type accepts: serde is asked for a value, and what it asks back for is the shape.

use serde::de::value::{Error, StrDeserializer};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// The shape of a value.
#[derive(Debug, Default)]
pub(crate) enum Shape {
    /// A text, a number, or one of a choice.
    #[default]
    Scalar,
    /// A message that is in itself.
    Again,
    List(Box<Shape>),
    Map(Box<Shape>),
    Message(Vec<(&'static str, Shape)>),
}

impl Shape {
    /// The shape of a type.
    pub(crate) fn of<T: for<'de> Deserialize<'de>>() -> Self {
        let mut shape = Self::Scalar;
        let tracer = Tracer {
            shape: &mut shape,
            around: Vec::new(),
        };
        T::deserialize(tracer).unwrap();
        shape
    }

    /// What is in lists and maps, and how the list of fields writes the way there.
    pub(crate) fn element(&self) -> (&Self, String) {
        match self {
            Self::List(inner) => step("[]", inner),
            Self::Map(inner) => step("{}", inner),
            _ => (self, String::new()),
        }
    }

    /// Whether nothing in it has a name: scalars, and lists and maps of them.
    pub(crate) fn is_leaf(&self) -> bool {
        !matches!(self.element().0, Self::Message(_))
    }

    /// The fields: path and shape, outer ones first.
    pub(crate) fn fields(&self) -> Vec<(String, &Self)> {
        let mut found = Vec::new();
        self.add_fields("", &mut found);
        found
    }

    fn add_fields<'s>(&'s self, base: &str, found: &mut Vec<(String, &'s Self)>) {
        let (inner, way) = self.element();
        if let Self::Message(fields) = inner {
            for (name, shape) in fields {
                let dot = if base.is_empty() { "" } else { "." };
                let path = format!("{base}{way}{dot}{name}");
                found.push((path.clone(), shape));
                shape.add_fields(&path, found);
            }
        }
    }
}

fn step<'s>(way: &str, inner: &'s Shape) -> (&'s Shape, String) {
    let (inner, rest) = inner.element();
    (inner, format!("{way}{rest}"))
}

/// Gives serde whatever it asks for.
struct Tracer<'s> {
    shape: &'s mut Shape,
    /// The messages that this is in.
    around: Vec<&'static str>,
}

macro_rules! scalars {
    ($($method:ident $visit:ident $value:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit($value)
        }
    )*};
}

impl<'de> Deserializer<'de> for Tracer<'_> {
    type Error = Error;

    scalars! {
        deserialize_bool visit_bool false;
        deserialize_i32 visit_i32 0;
        deserialize_i64 visit_i64 0;
        deserialize_u8 visit_u8 0;
        deserialize_u16 visit_u16 0;
        deserialize_u32 visit_u32 0;
        deserialize_u64 visit_u64 0;
        deserialize_f64 visit_f64 0.0;
        deserialize_str visit_str "";
        deserialize_string visit_str "";
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let text: StrDeserializer<'_, Error> = match name {
            "Duration" => "1s",
            "Timestamp" => "1970-01-01T00:00:00Z",
            _ => return visitor.visit_newtype_struct(self),
        }
        .into_deserializer();
        visitor.visit_newtype_struct(text)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut inner = Shape::Scalar;
        let value = visitor.visit_seq(Once(Some(Tracer {
            shape: &mut inner,
            around: self.around,
        })));
        *self.shape = Shape::List(Box::new(inner));
        value
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut inner = Shape::Scalar;
        let value = visitor.visit_map(Once(Some(Tracer {
            shape: &mut inner,
            around: self.around,
        })));
        *self.shape = Shape::Map(Box::new(inner));
        value
    }

    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if self.around.contains(&name) {
            *self.shape = Shape::Again;
            return visitor.visit_map(Once(None));
        }
        self.around.push(name);
        let mut fields: Vec<_> = fields.iter().map(|name| (*name, Shape::Scalar)).collect();
        let value = visitor.visit_map(Fields {
            fields: fields.iter_mut(),
            current: None,
            around: self.around,
        });
        *self.shape = Shape::Message(fields);
        value
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let first: StrDeserializer<'_, Error> = variants[0].into_deserializer();
        visitor.visit_enum(first)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str("")
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u128 f32 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

/// A list or a map with one element.
struct Once<'s>(Option<Tracer<'s>>);

impl<'de> SeqAccess<'de> for Once<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.0.take().map(|tracer| seed.deserialize(tracer)).transpose()
    }
}

impl<'de> MapAccess<'de> for Once<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let key: StrDeserializer<'_, Error> = "key".into_deserializer();
        self.0.is_some().then(|| seed.deserialize(key)).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(self.0.take().unwrap())
    }
}

/// A message with all of its fields.
struct Fields<'s> {
    fields: std::slice::IterMut<'s, (&'static str, Shape)>,
    current: Option<&'s mut Shape>,
    around: Vec<&'static str>,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((name, shape)) = self.fields.next() else {
            return Ok(None);
        };
        self.current = Some(shape);
        let key: StrDeserializer<'_, Error> = (*name).into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(Tracer {
            shape: self.current.take().unwrap(),
            around: self.around.clone(),
        })
    }
}
