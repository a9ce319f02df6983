//! `headers.request` and `headers.response`: set, add, remove.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::request::Header;

/// A header map that actions write to: a host's, or a plain list.
pub trait HeaderMap {
    /// Removes every value of `name`.
    fn remove(&mut self, name: &str);
    /// Replaces every value of `name` by one.
    fn set(&mut self, name: &str, value: &[u8]);
    /// Appends a value.
    fn add(&mut self, name: &str, value: &[u8]);
}

impl HeaderMap for Vec<Header> {
    fn remove(&mut self, name: &str) {
        self.retain(|(key, _)| key != name);
    }

    fn set(&mut self, name: &str, value: &[u8]) {
        match self.iter_mut().find(|(key, _)| key == name) {
            None => self.add(name, value),
            Some((_, first)) => {
                *first = value.into();
                let mut seen = false;
                self.retain(|(key, _)| key != name || !core::mem::replace(&mut seen, true));
            }
        }
    }

    fn add(&mut self, name: &str, value: &[u8]) {
        self.push((name.into(), value.into()));
    }
}

/// A value that does not read as an Envoy format string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidHeaderValue {
    /// A `%` without its partner.
    Unbalanced,
    /// A command that this version does not know, without its `%` signs.
    Unsupported(String),
}

impl fmt::Display for InvalidHeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unbalanced => f.write_str("a single % starts a format command and has no end"),
            Self::Unsupported(command) => write!(f, "the format command %{command}% is not supported"),
        }
    }
}

/// The value of a header operation: text in which `%%` stands for `%`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderValue(Vec<u8>);

impl HeaderValue {
    /// Reads a value as Envoy reads it.
    ///
    /// # Errors
    /// For a lone `%`, and for format commands, none of which is supported yet.
    pub fn parse(text: &str) -> Result<Self, InvalidHeaderValue> {
        let mut value = Vec::with_capacity(text.len());
        let mut pieces = text.split('%');
        value.extend_from_slice(pieces.next().unwrap_or_default().as_bytes());
        while let Some(command) = pieces.next() {
            let after = pieces.next().ok_or(InvalidHeaderValue::Unbalanced)?;
            if !command.is_empty() {
                return Err(InvalidHeaderValue::Unsupported(command.into()));
            }
            value.push(b'%');
            value.extend_from_slice(after.as_bytes());
        }
        Ok(Self(value))
    }

    /// The bytes to write.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Header operations in the order of the API. Names are lower-case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderMutations {
    /// `remove`.
    pub remove: Vec<String>,
    /// `set`.
    pub set: Vec<(String, HeaderValue)>,
    /// `add`.
    pub add: Vec<(String, HeaderValue)>,
}

impl HeaderMutations {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.remove.is_empty() && self.set.is_empty() && self.add.is_empty()
    }

    /// Appends the operations of `other`, as Istio does for a single destination.
    pub fn append(&mut self, mut other: Self) {
        self.remove.append(&mut other.remove);
        self.set.append(&mut other.set);
        self.add.append(&mut other.add);
    }

    /// Removes, then sets, then adds; an empty value is left out.
    /// Source: Envoy `HeaderParser::evaluateHeaders`.
    pub fn apply(&self, headers: &mut impl HeaderMap) {
        for name in &self.remove {
            headers.remove(name);
        }
        for (name, value) in non_empty(&self.set) {
            headers.set(name, value);
        }
        for (name, value) in non_empty(&self.add) {
            headers.add(name, value);
        }
    }
}

fn non_empty(operations: &[(String, HeaderValue)]) -> impl Iterator<Item = (&str, &[u8])> {
    operations
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .filter(|(_, value)| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn value(text: &str) -> HeaderValue {
        HeaderValue::parse(text).unwrap()
    }

    #[test]
    fn percent_signs_are_doubled() {
        assert_eq!(value("100%% sure%%").as_bytes(), b"100% sure%");
        assert_eq!(HeaderValue::parse("50%"), Err(InvalidHeaderValue::Unbalanced));
        assert_eq!(
            HeaderValue::parse("%REQ(x)%"),
            Err(InvalidHeaderValue::Unsupported("REQ(x)".into()))
        );
    }

    #[test]
    fn removal_comes_first_then_set_then_add() {
        let mutations = HeaderMutations {
            remove: vec!["x".into(), "y".into()],
            set: vec![("z".into(), value("1")), ("empty".into(), value(""))],
            add: vec![("x".into(), value("new")), ("z".into(), value("2"))],
        };
        let mut headers: Vec<Header> = vec![
            ("x".into(), b"old".to_vec()),
            ("z".into(), b"0".to_vec()),
            ("y".into(), b"".to_vec()),
            ("z".into(), b"00".to_vec()),
        ];
        mutations.apply(&mut headers);
        let expected = [("z", "1"), ("x", "new"), ("z", "2")];
        assert_eq!(headers, expected.map(|(name, value)| (name.into(), value.into())));
    }
}
