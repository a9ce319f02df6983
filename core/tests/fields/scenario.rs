//! The resources in which every field is set, file by file, and what is said about taking fields out of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mainsheet_core::diagnostic::DocumentId;
use mainsheet_core::yaml;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::leaves::{self, Leaf};
use crate::outcome::Input;
use crate::shape::Shape;

/// A field that cannot just be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NotAlone {
    /// Kind and path.
    pub(crate) field: String,
    /// Why.
    reason: String,
    /// What is written instead of it; nothing where it cannot be changed alone either.
    pub(crate) instead: Option<String>,
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fields/cases")
}

fn documents(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    let loaded = yaml::load([(file.display().to_string(), text)]);
    let root = |number| loaded.sources.root(DocumentId(number)).map(leaves::to_json);
    (0..)
        .map_while(root)
        .filter(|document| !document.is_null())
        .collect()
}

/// The files, each a scenario of its own; `common.yaml` is part of all of them.
pub(crate) fn scenarios() -> Vec<PathBuf> {
    let files = std::fs::read_dir(cases()).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    let is_scenario = |file: &PathBuf| !file.ends_with("common.yaml") && !file.ends_with("not-alone.yaml");
    files.retain(is_scenario);
    files.sort();
    files
}

/// A scenario: a `MeshConfig` among its documents is the mesh's, and common resources come last.
pub(crate) struct Scenario {
    pub(crate) input: Input,
    /// How many documents are the scenario's own.
    own: usize,
}

impl Scenario {
    pub(crate) fn read(file: &Path) -> Self {
        let (configs, mut own): (Vec<Value>, Vec<Value>) = documents(file)
            .into_iter()
            .partition(|document| document["kind"] == "MeshConfig");
        let mut config = configs.into_iter().next().unwrap_or(json!({}));
        config.as_object_mut().unwrap().remove("kind");
        let count = own.len();
        own.extend(documents(&cases().join("common.yaml")));
        Self {
            input: Input {
                config,
                documents: own,
            },
            own: count,
        }
    }

    /// Every leaf: its kind, and the number of its document; none for the mesh's.
    pub(crate) fn leaves(
        &self,
        shapes: &BTreeMap<&'static str, Shape>,
    ) -> Vec<(String, Option<usize>, Leaf)> {
        let own = self.input.documents.iter().take(self.own).enumerate();
        let of_documents = own.flat_map(|(number, document)| {
            let kind = document["kind"].as_str().unwrap();
            let shape = shapes.get(kind).unwrap_or_else(|| panic!("{kind}?"));
            let leaves = leaves::of(document, shape).into_iter();
            leaves.map(move |leaf| (kind.to_owned(), Some(number), leaf))
        });
        let of_config = leaves::of(&self.input.config, &shapes["MeshConfig"]).into_iter();
        of_documents
            .chain(of_config.map(|leaf| ("MeshConfig".to_owned(), None, leaf)))
            .collect()
    }

    pub(crate) fn without(&self, number: Option<usize>, leaf: &Leaf, instead: Option<&Value>) -> Input {
        let mut input = self.input.clone();
        match number {
            Some(number) => {
                input.documents[number] = leaf.ablate(&input.documents[number], instead);
            }
            None => input.config = leaf.ablate(&input.config, instead),
        }
        input
    }
}

pub(crate) fn not_alone() -> BTreeMap<String, NotAlone> {
    let file = cases().join("not-alone.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let list: Vec<NotAlone> = yaml::read(file.display().to_string(), text).unwrap();
    assert!(
        list.iter().all(|entry| !entry.reason.is_empty()),
        "a reason is missing"
    );
    list.into_iter()
        .map(|entry| (entry.field.clone(), entry))
        .collect()
}
