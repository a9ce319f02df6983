//! From trees to a bundle.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::de::read;
use super::kinds::{Kind, classify};
use super::node::{Entry, Mark, Node, Value};
use super::path::Path;
use super::reader::{Fields, Finding};
use super::similar::nearest;
#[cfg(feature = "check")]
use super::surroundings;
use super::words;
use crate::diagnostic::{Diagnostic, DocumentId, ResourceRef};
use crate::resources::{Body, Bundle, MeshConfig, Object, ObjectMeta, Resource};

/// What an Istio object consists of.
const ENVELOPE: &[&str] = &["apiVersion", "kind", "metadata", "spec", "status"];

/// Loads the elements of a JSON `resources` list; the number of an element is its [`DocumentId`].
///
/// Objects with errors are in the bundle too, with defaults in place of what could not be read: who acts on a bundle
/// refuses it when a finding is an error.
#[must_use]
pub fn load_json(resources: &[serde_json::Value]) -> (Bundle, Vec<Diagnostic>) {
    let mut loader = Loader::default();
    for (number, resource) in (0..).zip(resources) {
        let document = DocumentId(number);
        match Node::from_json(resource) {
            Ok(node) => loader.document(&node, document),
            Err(error) => loader.report(document, error.into(), None),
        }
    }
    (
        loader.bundle,
        loader
            .findings
            .into_iter()
            .map(|finding| finding.diagnostic)
            .collect(),
    )
}

/// Reads a MeshConfig from JSON; fields that routing does not use are ignored.
#[must_use]
pub fn mesh_config_from_json(value: &serde_json::Value) -> (MeshConfig, Vec<Diagnostic>) {
    match Node::from_json(value) {
        Ok(node) => {
            let (config, findings) = read_mesh_config(&node);
            (
                config,
                findings.into_iter().map(|finding| finding.diagnostic).collect(),
            )
        }
        Err(error) => (MeshConfig::default(), alloc::vec![error.into()]),
    }
}

/// Reads a MeshConfig from a tree.
pub(crate) fn read_mesh_config(node: &Node) -> (MeshConfig, Vec<Finding>) {
    let mut findings = Vec::new();
    let config = read(node, Path::root(), Fields::Any, &mut findings);
    (config, findings)
}

/// Collects objects and findings, document by document.
#[derive(Debug, Default)]
pub(crate) struct Loader {
    /// The objects so far.
    pub(crate) bundle: Bundle,
    /// The findings so far.
    pub(crate) findings: Vec<Finding>,
    /// Whether fields without effect are findings: for people who write files, not for machines that pass them on.
    pub(crate) warns: bool,
}

/// An object that is being read.
pub(super) struct Draft<'a> {
    node: &'a Node,
    path: Path,
    document: DocumentId,
    metadata: ObjectMeta,
    findings: Vec<Finding>,
    #[cfg_attr(not(feature = "yaml"), expect(dead_code, reason = "JSON is for machines"))]
    warns: bool,
}

impl Loader {
    /// Notes a finding about a document.
    pub(crate) fn report(&mut self, document: DocumentId, mut diagnostic: Diagnostic, mark: Option<Mark>) {
        diagnostic.document = document;
        self.findings.push(Finding { diagnostic, mark });
    }

    /// Loads all objects of a document. An empty one has none.
    pub(crate) fn document(&mut self, node: &Node, document: DocumentId) {
        self.any(node, &Path::root(), document);
    }

    fn any(&mut self, node: &Node, path: &Path, document: DocumentId) {
        match &node.value {
            Value::Null => {}
            Value::Seq(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.any(item, &path.index(index), document);
                }
            }
            Value::Map(_) => self.object(node, path, document),
            _ => {
                let message = format!("expected a resource, found {}", words::found(node));
                let diagnostic = Diagnostic::error("not-a-resource", message)
                    .at(path.to_string())
                    .help("a resource begins with `apiVersion:` and `kind:`");
                self.report(document, diagnostic, node.mark);
            }
        }
    }

    fn object(&mut self, node: &Node, path: &Path, document: DocumentId) {
        let (Some(api_version), Some(kind)) = (
            self.word(node, path, document, "apiVersion"),
            self.word(node, path, document, "kind"),
        ) else {
            return;
        };
        match classify(api_version, kind) {
            Ok(Kind::List) => self.list(node, path, document),
            Ok(found) => self.resource(found, kind, node, path, document),
            Err(diagnostic) => {
                #[cfg(feature = "check")]
                surroundings::notice(&mut self.bundle.surroundings, api_version, kind, || {
                    draft(node, path, document)
                });
                let name = node
                    .get("metadata")
                    .and_then(|metadata| metadata.get("name"))
                    .and_then(Node::as_str);
                let namespace = node
                    .get("metadata")
                    .and_then(|metadata| metadata.get("namespace"));
                let field = if is_about_version(&diagnostic) {
                    "apiVersion"
                } else {
                    "kind"
                };
                let mut diagnostic = diagnostic.at(path.key(field).to_string());
                diagnostic.resource = name.map(|name| ResourceRef {
                    kind: kind.to_owned(),
                    namespace: namespace.and_then(Node::as_str).unwrap_or("default").to_owned(),
                    name: name.to_owned(),
                });
                let mark = node.get(field).and_then(|value| value.mark);
                self.report(document, diagnostic, mark);
            }
        }
    }

    /// `apiVersion` or `kind`.
    fn word<'a>(&mut self, node: &'a Node, path: &Path, document: DocumentId, name: &str) -> Option<&'a str> {
        let entry = node.entry(name);
        let text = entry
            .and_then(|entry| entry.value.as_str())
            .filter(|text| !text.is_empty());
        if text.is_none() {
            let misspelt = node
                .entries()
                .iter()
                .find(|entry| nearest(&entry.key, [name]).is_some());
            let message = match entry {
                None => format!("this document has no `{name}`"),
                Some(entry) => format!("`{name}` has to be a text, found {}", words::found(&entry.value)),
            };
            let help = match misspelt {
                Some(other) if entry.is_none() => format!("write `{name}` instead of `{}`", other.key),
                _ => "a resource begins with `apiVersion:` and `kind:`".to_owned(),
            };
            let diagnostic = Diagnostic::error("missing-kind", message)
                .at(path.to_string())
                .help(help);
            let mark = entry.or(misspelt).and_then(|entry| entry.key_mark).or(node.mark);
            self.report(document, diagnostic, mark);
        }
        text
    }

    /// Unpacks `kind: List`.
    fn list(&mut self, node: &Node, path: &Path, document: DocumentId) {
        if let Some(items) = node.get("items") {
            self.any(items, &path.key("items"), document);
        }
    }

    fn resource(&mut self, found: Kind, kind: &str, node: &Node, path: &Path, document: DocumentId) {
        #[cfg(feature = "check")]
        if found == Kind::ServiceEntry && node.get("status").is_some() {
            let statuses = &mut self.bundle.surroundings.service_entry_statuses;
            finish(draft(node, path, document), Fields::Any, statuses);
        }
        let draft = Draft {
            warns: self.warns,
            ..draft(node, path, document)
        };
        let reference = ResourceRef {
            kind: kind.to_owned(),
            namespace: draft.metadata.namespace.clone(),
            name: draft.metadata.name.clone(),
        };
        let findings = self.bundle.add(found, draft);
        for mut finding in findings {
            finding.diagnostic.resource = Some(reference.clone());
            finding.diagnostic.document = document;
            self.findings.push(finding);
        }
    }
}

/// Whether it is `apiVersion` that has to change.
fn is_about_version(finding: &Diagnostic) -> bool {
    finding.code == "unknown-api-version"
        || finding
            .help
            .as_ref()
            .is_some_and(|help| help.starts_with("write `apiVersion"))
}

/// Reads what all kinds have in common.
fn draft<'a>(node: &'a Node, path: &Path, document: DocumentId) -> Draft<'a> {
    let mut findings = Vec::new();
    let absent = Node {
        value: Value::Null,
        mark: node.mark,
    };
    let metadata = node.get("metadata").unwrap_or(&absent);
    let metadata_path = path.key("metadata");
    let mut metadata: ObjectMeta = read(metadata, metadata_path.clone(), Fields::Any, &mut findings);
    if metadata.name.is_empty() && findings.is_empty() {
        let diagnostic = Diagnostic::error("missing-name", "this resource has no name")
            .at(metadata_path.to_string())
            .help("write `metadata.name`");
        let mark = node
            .entry("metadata")
            .and_then(|entry| entry.key_mark)
            .or(node.mark);
        findings.push(Finding { diagnostic, mark });
    }
    if metadata.namespace.is_empty() {
        "default".clone_into(&mut metadata.namespace);
    }
    Draft {
        node,
        path: path.clone(),
        document,
        metadata,
        findings,
        warns: false,
    }
}

impl Bundle {
    /// Reads the rest of the object and adds it; gives the findings.
    fn add(&mut self, kind: Kind, draft: Draft<'_>) -> Vec<Finding> {
        match kind {
            Kind::VirtualService => finish(draft, Fields::Known, &mut self.virtual_services),
            Kind::DestinationRule => finish(draft, Fields::Known, &mut self.destination_rules),
            Kind::Gateway => finish(draft, Fields::Known, &mut self.gateways),
            Kind::ServiceEntry => finish(draft, Fields::Known, &mut self.service_entries),
            Kind::WorkloadEntry => finish(draft, Fields::Known, &mut self.workload_entries),
            Kind::Sidecar => finish(draft, Fields::Known, &mut self.sidecars),
            Kind::HTTPRoute => finish(draft, Fields::Known, &mut self.http_routes),
            Kind::Service => finish(draft, Fields::Any, &mut self.services),
            Kind::Pod => finish(draft, Fields::Any, &mut self.pods),
            Kind::Endpoints => finish(draft, Fields::Any, &mut self.endpoints),
            Kind::Namespace => finish(draft, Fields::Any, &mut self.namespaces),
            Kind::Secret => finish(draft, Fields::Any, &mut self.secrets),
            Kind::Deployment => finish(draft, Fields::Any, &mut self.deployments),
            Kind::EndpointSlice => finish(draft, Fields::Any, &mut self.endpoint_slices),
            Kind::List => Vec::new(),
        }
    }
}

pub(super) fn finish<T: Resource>(
    draft: Draft<'_>,
    fields: Fields,
    list: &mut Vec<Object<T>>,
) -> Vec<Finding> {
    let Draft {
        node,
        path,
        document,
        metadata,
        mut findings,
        #[cfg(feature = "yaml")]
        warns,
        ..
    } = draft;
    if fields == Fields::Known {
        check_envelope(node, &path, &mut findings);
    }
    let spec = match T::BODY {
        Body::Root => read(node, path.clone(), fields, &mut findings),
        Body::Spec => match node.get("spec") {
            Some(spec) => read(spec, path.key("spec"), fields, &mut findings),
            None => T::default(),
        },
    };
    let object = Object {
        metadata,
        spec,
        document,
    };
    // Only what is written is not at its default, and so in the manifest.
    #[cfg(feature = "yaml")]
    if warns && let Ok(manifest) = object.to_manifest() {
        crate::fields::warn(T::KIND, &manifest, &path, &mut findings);
    }
    list.push(object);
    findings
}

/// Notes fields beside `spec` that no Istio object has; mostly the indentation is wrong then.
fn check_envelope(node: &Node, path: &Path, findings: &mut Vec<Finding>) {
    let is_known = |entry: &&Entry| ENVELOPE.contains(&entry.key.as_str());
    let (misspelt, misplaced): (Vec<&Entry>, Vec<&Entry>) = node
        .entries()
        .iter()
        .filter(|entry| !is_known(entry))
        .partition(|entry| nearest(&entry.key, ENVELOPE.iter().copied()).is_some());
    let mut add = |entry: &Entry, code: &str, message: String, help: String| {
        let diagnostic = Diagnostic::error(code, message);
        findings.push(Finding {
            diagnostic: diagnostic.at(path.key(&entry.key).to_string()).help(help),
            mark: entry.key_mark,
        });
    };
    for entry in misspelt {
        let meant = nearest(&entry.key, ENVELOPE.iter().copied()).unwrap_or_default();
        let message = format!("unknown field `{}`", entry.key);
        add(
            entry,
            "unknown-field",
            message,
            format!("did you mean `{meant}`?"),
        );
    }
    // Where `spec` lost its indentation, all of its fields are here.
    if let Some(first) = misplaced.first() {
        let names: Vec<&str> = misplaced.iter().map(|entry| entry.key.as_str()).collect();
        let names = names.join("`, `");
        let message = format!("`{names}` cannot stand beside `apiVersion` and `kind`");
        let help = format!("put `{names}` below `spec:`, and indent deeper than it");
        add(first, "misplaced-field", message, help);
    }
}
