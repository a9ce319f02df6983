//! YAML text with positions, for the tools that people use. JSON is read by the same path.

mod hints;
mod plain;
mod reader;
mod sources;

pub use sources::{Snippet, Sources};

use alloc::string::String;
use alloc::vec::Vec;

use serde::de::DeserializeOwned;

use crate::diagnostic::{Diagnostic, DocumentId, Severity};
use crate::input::{self, Entry, Fields, Finding, Loader, Node, Path, Value, read_mesh_config};
use crate::resources::{Bundle, MeshConfig};

/// What files say.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The resources. Those with errors are among them, with defaults in place of what could not be read.
    pub bundle: Bundle,
    /// The texts, for positions and excerpts.
    pub sources: Sources,
    /// The findings, each with its location.
    pub diagnostics: Vec<Diagnostic>,
}

impl Loaded {
    /// Whether a finding forbids to act on the bundle.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// Loads files of one or several documents each, given as name and text.
///
/// A document that cannot be read does not hide the findings in others.
///
/// ```
/// let text = "apiVersion: v1\nkind: Service\nmetadata: {name: reviews}\n";
/// let loaded = mainsheet_core::yaml::load([("reviews.yaml", text)]);
/// assert!(loaded.diagnostics.is_empty());
/// assert_eq!(loaded.bundle.services[0].metadata.namespace, "default");
/// ```
pub fn load<N, T>(files: impl IntoIterator<Item = (N, T)>) -> Loaded
where
    N: Into<String>,
    T: Into<String>,
{
    let mut gathered = Gathered::default();
    for (name, text) in files {
        gathered.file(name.into(), text.into());
    }
    gathered.finish()
}

/// Resources of several texts, and of parts of texts.
pub(crate) struct Gathered {
    loader: Loader,
    sources: Sources,
}

impl Default for Gathered {
    fn default() -> Self {
        let loader = Loader {
            warns: true,
            ..Loader::default()
        };
        Self {
            loader,
            sources: Sources::default(),
        }
    }
}

impl Gathered {
    /// Adds the documents of a file.
    pub(crate) fn file(&mut self, name: String, text: String) {
        let documents = reader::read(&text);
        let file = self.sources.add_file(name, text);
        for document in documents {
            let mut findings = document.findings;
            for object in objects(document.root) {
                let id = self.add(file, object);
                for finding in std::mem::take(&mut findings) {
                    self.loader.report(id, finding.diagnostic, finding.mark);
                }
            }
        }
    }

    /// Adds objects that stand inside of a file of another kind.
    #[cfg(feature = "cases")]
    pub(crate) fn parts<'n>(&mut self, name: String, text: String, nodes: impl Iterator<Item = &'n Node>) {
        let file = self.sources.add_file(name, text);
        for node in nodes {
            self.add(file, node.clone());
        }
    }

    fn add(&mut self, file: usize, root: Node) -> DocumentId {
        let id = self.sources.add_document(file, root);
        if let Some(root) = self.sources.root(id) {
            self.loader.document(root, id);
        }
        id
    }

    /// What all of them say.
    pub(crate) fn finish(self) -> Loaded {
        let Loader { bundle, findings, .. } = self.loader;
        Loaded {
            bundle,
            diagnostics: located(findings, &self.sources),
            sources: self.sources,
        }
    }
}

/// The objects of a document: the elements of a list, or of a `kind: List`. Each is a document of its own, so that paths
/// lead from it to its fields.
fn objects(mut root: Node) -> Vec<Node> {
    match &mut root.value {
        Value::Seq(items) if !items.is_empty() => {
            return std::mem::take(items).into_iter().flat_map(objects).collect();
        }
        Value::Map(entries) => {
            let is_list = |entry: &Entry| {
                entry.key == "kind" && entry.value.as_str().is_some_and(|kind| kind.ends_with("List"))
            };
            let is_list = entries.iter().any(is_list);
            let items = entries.iter_mut().find(|entry| is_list && entry.key == "items");
            if let Some(Value::Seq(items)) = items.map(|entry| &mut entry.value.value) {
                let items = std::mem::take(items).into_iter().flat_map(objects);
                let items: Vec<Node> = items.collect();
                return std::iter::once(root).chain(items).collect();
            }
        }
        _ => {}
    }
    Vec::from([root])
}

/// Reads a file of another kind than resources: its first document as a `T`, by its serde names. Unknown fields
/// are errors.
///
/// # Errors
/// All findings, each with its location, when one of them is an error.
pub fn read<T: DeserializeOwned + Default>(
    name: impl Into<String>,
    text: impl Into<String>,
) -> Result<T, Vec<Diagnostic>> {
    let (value, diagnostics) = read_with(name.into(), text.into(), |root, findings| {
        input::read(root, Path::default(), Fields::Known, findings)
    });
    if diagnostics
        .iter()
        .any(|finding| finding.severity == Severity::Error)
    {
        return Err(diagnostics);
    }
    Ok(value)
}

/// Reads a file as [`read`] does, and gives what could be read with all findings: who asks decides what they mean.
pub fn read_with_findings<T: DeserializeOwned + Default>(
    name: impl Into<String>,
    text: impl Into<String>,
) -> (T, Sources, Vec<Diagnostic>) {
    read_into(name.into(), text.into(), |root, findings| {
        input::read(root, Path::default(), Fields::Known, findings)
    })
}

/// Loads a MeshConfig, in the form of Istio's `meshConfig`. Fields that routing does not use are ignored.
pub fn load_mesh_config(name: impl Into<String>, text: impl Into<String>) -> (MeshConfig, Vec<Diagnostic>) {
    read_with(name.into(), text.into(), |root, findings| {
        let (config, found) = read_mesh_config(root);
        findings.extend(found);
        config
    })
}

fn read_with<T>(
    name: String,
    text: String,
    read: impl FnOnce(&Node, &mut Vec<Finding>) -> T,
) -> (T, Vec<Diagnostic>) {
    let (value, _, diagnostics) = read_into(name, text, read);
    (value, diagnostics)
}

/// Reads the first document of a text; gives it as the only one of the sources, and all findings.
pub(crate) fn read_into<T>(
    name: String,
    text: String,
    read: impl FnOnce(&Node, &mut Vec<Finding>) -> T,
) -> (T, Sources, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let mut findings = Vec::new();
    let mut root = Node {
        value: Value::Null,
        mark: None,
    };
    if let Some(document) = reader::read(&text).into_iter().next() {
        root = document.root;
        findings = document.findings;
    }
    let value = read(&root, &mut findings);
    let file = sources.add_file(name, text);
    sources.add_document(file, root);
    let diagnostics = located(findings, &sources);
    (value, sources, diagnostics)
}

/// Turns marks and paths into locations.
fn located(findings: Vec<Finding>, sources: &Sources) -> Vec<Diagnostic> {
    let locate = |finding: Finding| {
        let Finding { mut diagnostic, mark } = finding;
        let document: DocumentId = diagnostic.document;
        diagnostic.location = match mark {
            Some(mark) => sources.location(document, mark),
            None => sources.locate(document, &diagnostic.path),
        };
        diagnostic
    };
    let mut diagnostics: Vec<Diagnostic> = findings.into_iter().map(locate).collect();
    diagnostics.sort_by_key(|found| {
        (
            found.document,
            found.location.as_ref().map(|at| (at.line, at.column)),
        )
    });
    diagnostics
}
