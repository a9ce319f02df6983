//! Field paths: `spec.http[0].match[1].headers["end-user"].exact`.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Into the field of that name.
    Key(String),
    /// Into the list element of that number.
    Index(usize),
}

/// Builds a path step by step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(Vec<Segment>);

impl Path {
    /// The path of the document itself.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// One step further, into a field.
    #[must_use]
    pub fn key(&self, name: impl Into<String>) -> Self {
        self.step(Segment::Key(name.into()))
    }

    /// One step further, into a list element.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.step(Segment::Index(index))
    }

    fn step(&self, segment: Segment) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment);
        Self(segments)
    }

    pub(crate) fn push(&mut self, segment: Segment) {
        self.0.push(segment);
    }

    pub(crate) fn pop(&mut self) {
        self.0.pop();
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(name) if is_identifier(name) => {
                    f.write_str(if position == 0 { "" } else { "." })?;
                    f.write_str(name)?;
                }
                Segment::Key(name) => write_quoted(f, name)?,
            }
        }
        Ok(())
    }
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn write_quoted(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    f.write_str("[\"")?;
    for c in name.chars() {
        if matches!(c, '"' | '\\') {
            f.write_char('\\')?;
        }
        f.write_char(c)?;
    }
    f.write_str("\"]")
}

/// Reads a path as it is written in findings. Reads as far as it can.
#[must_use]
pub fn parse(text: &str) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut rest = text;
    while let Some((segment, after)) = next_segment(rest) {
        segments.push(segment);
        rest = after;
    }
    segments
}

fn next_segment(text: &str) -> Option<(Segment, &str)> {
    let text = text.strip_prefix('.').unwrap_or(text);
    if let Some(quoted) = text.strip_prefix("[\"") {
        return quoted_key(quoted);
    }
    if let Some(bracketed) = text.strip_prefix('[') {
        let (index, rest) = bracketed.split_once(']')?;
        return Some((Segment::Index(index.parse().ok()?), rest));
    }
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    (!name.is_empty()).then(|| (Segment::Key(name.into()), rest))
}

fn quoted_key(text: &str) -> Option<(Segment, &str)> {
    let mut name = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            '\\' => name.push(chars.next()?),
            '"' => break,
            c => name.push(c),
        }
    }
    Some((Segment::Key(name), chars.as_str().strip_prefix(']')?))
}

/// `snake_case` as `camelCase`, the way protobuf derives its JSON names.
pub(crate) fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        if c == '_' {
            upper = true;
        } else {
            camel.push(if upper { c.to_ascii_uppercase() } else { c });
            upper = false;
        }
    }
    camel
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn paths_read_back_as_written() {
        let path = Path::root()
            .key("spec")
            .key("http")
            .index(0)
            .key("headers")
            .key("end-\"user")
            .key("exact");
        let text = r#"spec.http[0].headers["end-\"user"].exact"#;
        assert_eq!(path.to_string(), text);
        assert_eq!(Path(parse(text)), path);
        assert_eq!(Path(parse(r#"["a.b"][2].c"#)).to_string(), r#"["a.b"][2].c"#);
        assert_eq!(parse(""), []);
        assert_eq!(parse("spec.[x"), [Segment::Key("spec".into())]);
    }

    #[test]
    fn proto_names() {
        assert_eq!(camel_case("without_headers"), "withoutHeaders");
        assert_eq!(camel_case("consecutive_5xx_errors"), "consecutive5xxErrors");
        assert_eq!(camel_case("uri"), "uri");
    }
}
