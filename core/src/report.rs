//! Collecting findings while the mesh is resolved and compiled.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Write};

use crate::diagnostic::{Diagnostic, DocumentId, ResourceRef, Severity};

/// The resource that findings are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its name.
    pub resource: ResourceRef,
    /// Where it is written.
    pub document: DocumentId,
}

/// A field of a resource, as a chain of borrowed segments: nothing is written out unless there is something
/// to say about it.
#[derive(Clone, Copy, Debug)]
pub struct Field<'p> {
    parent: Option<&'p Field<'p>>,
    segment: Segment<'p>,
}

#[derive(Clone, Copy, Debug)]
enum Segment<'p> {
    Name(&'p str),
    Index(usize),
    Key(&'p str),
}

impl<'p> Field<'p> {
    /// The root of all rules.
    pub const SPEC: Field<'static> = Field {
        parent: None,
        segment: Segment::Name("spec"),
    };

    /// The root of names and labels.
    pub const METADATA: Field<'static> = Field {
        parent: None,
        segment: Segment::Name("metadata"),
    };

    /// A field of this message.
    pub fn name(&'p self, name: &'p str) -> Self {
        Self {
            parent: Some(self),
            segment: Segment::Name(name),
        }
    }

    /// An element of this list.
    pub fn index(&'p self, index: usize) -> Self {
        Self {
            parent: Some(self),
            segment: Segment::Index(index),
        }
    }

    /// An entry of this map.
    pub fn key(&'p self, key: &'p str) -> Self {
        Self {
            parent: Some(self),
            segment: Segment::Key(key),
        }
    }
}

/// `spec.http[0].match[1].headers["end-user"].regex`.
impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.segment {
            Segment::Name(name) if self.parent.is_none() => f.write_str(name),
            Segment::Name(name) => write!(f, ".{name}"),
            Segment::Index(index) => write!(f, "[{index}]"),
            Segment::Key(key) if is_identifier(key) => write!(f, ".{key}"),
            Segment::Key(key) => write!(f, "[{key:?}]"),
        }
    }
}

fn is_identifier(key: &str) -> bool {
    !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Findings, in the order in which they were made.
#[derive(Debug, Default)]
pub struct Report {
    diagnostics: Vec<Diagnostic>,
    /// Whether one of them refuses everything.
    stops: bool,
    refusals: usize,
}

impl Report {
    /// Adds a finding that changes nothing.
    pub fn warn(
        &mut self,
        subject: &Subject,
        field: &Field<'_>,
        code: &str,
        message: impl Into<String>,
        help: &str,
    ) {
        self.add(Severity::Warning, subject, field, code, message, help);
    }

    /// Names another place that has to do with the last finding.
    pub fn see(&mut self, other: DocumentId, field: &Field<'_>, message: &str) {
        if let Some(last) = self.diagnostics.pop() {
            self.diagnostics
                .push(last.related(other, field.to_string(), message));
        }
    }

    /// Adds a finding that refuses the configuration.
    pub fn error(
        &mut self,
        subject: &Subject,
        field: &Field<'_>,
        code: &str,
        message: impl Into<String>,
        help: &str,
    ) {
        self.add(Severity::Error, subject, field, code, message, help);
        self.stops = true;
    }

    /// Adds a finding that Istio's own validation would not have, and Envoy refuses: it takes the other ports'
    /// routes and not those of this one.
    pub fn refuse(
        &mut self,
        subject: &Subject,
        field: &Field<'_>,
        code: &str,
        message: impl Into<String>,
        help: &str,
    ) {
        self.add(Severity::Error, subject, field, code, message, help);
        self.refusals += 1;
    }

    /// One finding about one field is enough, however often it is compiled.
    fn add(
        &mut self,
        severity: Severity,
        subject: &Subject,
        field: &Field<'_>,
        code: &str,
        message: impl Into<String>,
        help: &str,
    ) {
        let mut path = String::new();
        if write!(path, "{field}").is_err() {
            path.clear();
        }
        let diagnostic = Diagnostic {
            resource: Some(subject.resource.clone()),
            document: subject.document,
            path,
            help: (!help.is_empty()).then(|| help.to_owned()),
            ..Diagnostic::new(severity, code, message)
        };
        if !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// How often something was [refused](Self::refuse).
    pub fn refusals(&self) -> usize {
        self.refusals
    }

    /// Whether the whole configuration is refused.
    pub fn has_errors(&self) -> bool {
        self.stops
    }

    /// All findings.
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_written_as_people_write_them() {
        let spec = Field::SPEC;
        let http = spec.name("http");
        let rule = http.index(2);
        let headers = rule.name("headers");
        assert_eq!(
            headers.key("end-user").to_string(),
            r#"spec.http[2].headers["end-user"]"#
        );
        assert_eq!(headers.key("x").to_string(), "spec.http[2].headers.x");
    }
}
