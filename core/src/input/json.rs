//! Positions in JSON text, looked up only when there is something to say.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use super::node::Mark;
use super::path::{Segment, camel_case, parse};
use crate::diagnostic::{Diagnostic, DocumentId, Location};

/// A JSON text that contains a list of resources, as the plugin configuration of the filter does.
///
/// The text has to be valid JSON: it is walked, not checked.
#[derive(Clone, Copy, Debug)]
pub struct JsonSource<'a> {
    /// What the text is called in findings.
    pub file: &'a str,
    /// The whole text.
    pub text: &'a str,
    /// The path of the list of resources: `resources`. Empty if the text is that list.
    pub prefix: &'a str,
}

impl JsonSource<'_> {
    /// Where a field of a resource is written, or the nearest thing around it.
    #[must_use]
    pub fn locate(&self, document: DocumentId, path: &str) -> Option<Location> {
        let separator = if path.is_empty() || path.starts_with('[') {
            ""
        } else {
            "."
        };
        let mark = locate(
            self.text,
            &format!("{}[{}]{separator}{path}", self.prefix, document.0),
        )?;
        Some(Location {
            file: self.file.to_owned(),
            line: mark.line,
            column: mark.column,
        })
    }

    /// Fills in the location of findings that have none.
    pub fn resolve(&self, diagnostics: &mut [Diagnostic]) {
        for diagnostic in diagnostics {
            if diagnostic.location.is_none() {
                diagnostic.location = self.locate(diagnostic.document, &diagnostic.path);
            }
        }
    }
}

/// Where the value at that path begins, or the nearest one around it.
pub(crate) fn locate(text: &str, path: &str) -> Option<Mark> {
    let mut cursor = Cursor { text, offset: 0 };
    cursor.skip_blank();
    let mut offset = cursor.offset;
    for segment in parse(path) {
        let entered = match &segment {
            Segment::Key(name) => cursor.enter_field(name),
            Segment::Index(index) => cursor.enter_element(*index),
        };
        if entered.is_none() {
            break;
        }
        offset = cursor.offset;
    }
    mark(text, offset)
}

/// Line and column of an offset.
fn mark(text: &str, offset: usize) -> Option<Mark> {
    let before = text.get(..offset)?;
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next()?.chars().count() + 1;
    Some(Mark {
        line: line.try_into().ok()?,
        column: column.try_into().ok()?,
    })
}

/// Walks over JSON.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    text: &'a str,
    offset: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.offset).copied()
    }

    fn skip_blank(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.offset += 1;
        }
    }

    /// Moves over one byte if it is the expected one.
    fn eat(&mut self, byte: u8) -> Option<()> {
        self.skip_blank();
        (self.peek()? == byte).then(|| self.offset += 1)?;
        self.skip_blank();
        Some(())
    }

    /// Moves to the value of a field; protobuf's other spelling of its name counts as well.
    fn enter_field(&mut self, name: &str) -> Option<()> {
        self.eat(b'{')?;
        let mut found = None;
        while self.peek()? == b'"' {
            let key = self.string()?;
            self.eat(b':')?;
            if key == name || camel_case(&key) == name {
                found = Some(*self);
            }
            self.skip_value()?;
            if self.eat(b',').is_none() {
                break;
            }
        }
        // The last one of several counts, as in the reader.
        *self = found?;
        Some(())
    }

    fn enter_element(&mut self, index: usize) -> Option<()> {
        self.eat(b'[')?;
        for _ in 0..index {
            self.skip_value()?;
            self.eat(b',')?;
        }
        (self.peek()? != b']').then_some(())
    }

    /// Reads a string at the cursor.
    fn string(&mut self) -> Option<String> {
        let start = self.offset;
        self.skip_string()?;
        serde_json::from_str(self.text.get(start..self.offset)?).ok()
    }

    fn skip_string(&mut self) -> Option<()> {
        self.offset += 1;
        loop {
            match self.peek()? {
                b'\\' => self.offset += 2,
                b'"' => break,
                _ => self.offset += 1,
            }
        }
        self.offset += 1;
        Some(())
    }

    /// Moves over a whole value: up to the comma or bracket that follows it on its own level.
    fn skip_value(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.skip_string()?;
                    continue;
                }
                Some(b'{' | b'[') => depth += 1,
                Some(b'}' | b']' | b',') | None if depth == 0 => return Some(()),
                Some(b'}' | b']') => depth -= 1,
                Some(_) => {}
                None => return None,
            }
            self.offset += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    const TEXT: &str = r#"{
  "proxy": {"resources": ["\"[{"]},
  "resources": [
    {"kind": "Service", "note": "ä"},
    {"spec": {"http": [{"match": [
      {"headers": {"end-user": {"exact": "x"}}, "without_headers": {}}]}]}}
  ]
}"#;

    fn at(path: &str) -> (u32, u32) {
        let mark = locate(TEXT, path).unwrap();
        (mark.line, mark.column)
    }

    #[test]
    fn values_are_found() {
        assert_eq!(at(""), (1, 1));
        assert_eq!(at("resources"), (3, 16));
        assert_eq!(at("resources[0].note"), (4, 33));
        assert_eq!(at("resources[1].spec.http[0].match[0]"), (6, 7));
        assert_eq!(
            at(r#"resources[1].spec.http[0].match[0].headers["end-user"].exact"#),
            (6, 42)
        );
        assert_eq!(at("resources[1].spec.http[0].match[0].withoutHeaders"), (6, 68));
    }

    #[test]
    fn the_nearest_ancestor_counts() {
        assert_eq!(at("resources[1].spec.tcp[0].match"), (5, 14));
        assert_eq!(at("resources[7].spec"), at("resources"));
        assert_eq!(at("resources[0].note.x"), at("resources[0].note"));
        assert_eq!(locate("", "a.b"), Some(Mark { line: 1, column: 1 }));
    }

    #[test]
    fn documents_are_elements_of_the_list() {
        let source = JsonSource {
            file: "plugin",
            text: TEXT,
            prefix: "resources",
        };
        let location = source.locate(DocumentId(1), "spec.http").unwrap();
        assert_eq!((location.line, location.column), (5, 23));
        let whole = JsonSource {
            file: "list",
            text: "[1,\n 2]",
            prefix: "",
        };
        assert_eq!(whole.locate(DocumentId(1), "").unwrap().to_string(), "list:2:2");
    }
}
