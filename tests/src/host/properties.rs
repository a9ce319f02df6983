//! What `proxy_get_property` finds.

use std::collections::BTreeMap;

/// A table from property paths to bytes, in the encodings that Envoy uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties {
    table: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Properties {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes.
    pub fn with(mut self, path: &[&str], value: impl Into<Vec<u8>>) -> Self {
        self.set(path, value);
        self
    }

    /// Adds an integer, which Envoy gives as 8 bytes, little-endian.
    pub fn with_int(self, path: &[&str], value: i64) -> Self {
        self.with(path, value.to_le_bytes())
    }

    /// Adds a truth value, which Envoy gives as one byte.
    pub fn with_bool(self, path: &[&str], value: bool) -> Self {
        self.with(path, [u8::from(value)])
    }

    /// Sets bytes in place.
    pub fn set(&mut self, path: &[&str], value: impl Into<Vec<u8>>) {
        self.table.insert(serialize_path(path), value.into());
    }

    /// What the filter gets for a path as it writes it: segments between NUL bytes.
    pub(super) fn get(&self, path: &[u8]) -> Option<&[u8]> {
        self.table.get(path).map(Vec::as_slice)
    }
}

fn serialize_path(path: &[&str]) -> Vec<u8> {
    path.join("\0").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_in_a_label_is_not_a_separator() {
        let table = Properties::new().with(&["xds", "node", "metadata", "LABELS", "a.b/c"], *b"x");
        assert_eq!(table.get(b"xds\0node\0metadata\0LABELS\0a.b/c"), Some(&b"x"[..]));
        assert_eq!(table.get(b"xds\0node\0metadata\0LABELS\0a\0b/c"), None);
    }

    #[test]
    fn integers_are_eight_bytes_little_endian() {
        let table = Properties::new().with_int(&["destination", "port"], 0x1f90);
        assert_eq!(
            table.get(b"destination\0port"),
            Some(&[0x90, 0x1f, 0, 0, 0, 0, 0, 0][..])
        );
    }
}
