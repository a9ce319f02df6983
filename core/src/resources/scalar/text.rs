//! Scalars that are written as texts with a notation of their own.

use alloc::string::String;
use core::fmt;

use serde::de::{self, Deserializer, Visitor};

/// Why a text is no scalar of the wanted type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScalarError {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl fmt::Display for ScalarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.message, self.help)
    }
}

/// Reads a scalar from its text.
pub(super) struct TextVisitor<T> {
    pub(super) expected: &'static str,
    pub(super) parse: fn(&str) -> Result<T, ScalarError>,
}

impl<'de, T> Visitor<'de> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).map_err(E::custom)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
}

/// Reads a scalar by its `parse`, and writes it by its `Display`.
macro_rules! written_as_text {
    ($scalar:ident, $expected:literal) => {
        impl $scalar {
            /// Name under which it asks a deserializer for its text.
            pub(crate) const NAME: &'static str = stringify!($scalar);
        }

        impl<'de> serde::Deserialize<'de> for $scalar {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let visitor = super::text::TextVisitor {
                    expected: $expected,
                    parse: Self::parse,
                };
                deserializer.deserialize_newtype_struct(Self::NAME, visitor)
            }
        }

        impl serde::Serialize for $scalar {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}
pub(super) use written_as_text;
