//! What is wrong with a configuration, where it is written, and what to do about it.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Info,
    /// The configuration loads, but probably does not do what was meant.
    Warning,
    /// The configuration is refused; the one before it keeps serving.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// Which resource a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ResourceRef {
    /// The kind as the API spells it: `VirtualService`.
    pub kind: String,
    /// `metadata.namespace`, `default` where it is absent.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
}

impl fmt::Display for ResourceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
    }
}

/// Identifies one document (one YAML document, or one element of a JSON `resources` list) of the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(pub u32);

/// A place in a file that people can open. Lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    /// The file as it was named on input; `-` is standard input.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Another place that a finding is about: the rule that comes before, the resource that says the opposite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Related {
    /// The document that holds it.
    #[serde(skip)]
    pub document: DocumentId,
    /// Field path from that document's root.
    pub path: String,
    /// Where that is written, once it has been looked up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub location: Option<Location>,
    /// What that place has to do with it: `this rule takes all of them`.
    pub message: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// Stable name of the kind of finding, in kebab case: `unknown-field`, `invalid-regex`.
    pub code: String,
    /// What other tools call the same finding: `IST0130`, `KIA1106`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub aliases: Vec<String>,
    /// The resource, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resource: Option<ResourceRef>,
    /// The document that holds it; positions are looked up by it.
    #[serde(skip)]
    pub document: DocumentId,
    /// Field path from the document's root: `spec.http[0].match[1].uri.regex`. Empty for the whole document.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub path: String,
    /// Where that is written, once it has been looked up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub location: Option<Location>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Other places that have to do with it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub related: Vec<Related>,
    /// A request that shows it, as arguments of `curl`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub witness: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub help: Option<String>,
}

impl Diagnostic {
    /// A finding of the given severity, with neither place nor remedy yet.
    pub fn new(severity: Severity, code: &str, message: impl Into<String>) -> Self {
        Self {
            severity,
            code: code.to_owned(),
            aliases: Vec::new(),
            resource: None,
            document: DocumentId::default(),
            path: String::new(),
            location: None,
            message: message.into(),
            related: Vec::new(),
            witness: None,
            help: None,
        }
    }

    /// A finding that refuses the configuration.
    pub fn error(code: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// A finding that does not stop the configuration.
    pub fn warning(code: &str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// Names the field, as a path from the document's root.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Names the resource.
    #[must_use]
    pub fn about(mut self, resource: ResourceRef, document: DocumentId) -> Self {
        self.resource = Some(resource);
        self.document = document;
        self
    }

    /// Names the code that another tool has for it.
    #[must_use]
    pub fn alias(mut self, code: &str) -> Self {
        self.aliases.push(code.to_owned());
        self
    }

    /// Names another place that has to do with it.
    #[must_use]
    pub fn related(
        mut self,
        document: DocumentId,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        self.related.push(Related {
            document,
            path: path.into(),
            location: None,
            message: message.into(),
        });
        self
    }

    /// Names a request that shows it.
    #[must_use]
    pub fn witness(mut self, request: impl Into<String>) -> Self {
        self.witness = Some(request.into());
        self
    }

    /// Names the remedy.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// `file:line:column: severity[code]: resource: path: message` and the remedy, the form that editors and
/// terminals link.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(location) = &self.location {
            write!(f, "{location}: ")?;
        }
        write!(f, "{}[{}]: ", self.severity, self.code)?;
        if let Some(resource) = &self.resource {
            write!(f, "{resource}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        if let Some(help) = &self.help {
            write!(f, " (help: {help})")?;
        }
        Ok(())
    }
}
