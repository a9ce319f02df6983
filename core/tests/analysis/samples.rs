//! Istio's samples, file by file and folder by folder: what our own analyzers say about them is looked at by people.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mainsheet_core::check::analysis::{ANALYZERS, analyze_with};
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::yaml;

use crate::istio::beside;

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            walk(&entry, files);
        } else if entry.extension().is_some_and(|end| end == "yaml" || end == "yml") {
            files.push(entry);
        }
    }
}

/// Prints everything: `cargo test … -- --ignored --nocapture samples`.
#[test]
#[ignore = "for people to read"]
fn samples_are_told() {
    let Some(root) = beside("inputs") else { return };
    let mut files = Vec::new();
    walk(&root, &mut files);
    let mut sets: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for file in &files {
        let name = |path: &Path| path.strip_prefix(&root).unwrap().display().to_string();
        sets.insert(format!("file {}", name(file)), vec![file.clone()]);
        let folder = format!("folder {}", name(file.parent().unwrap()));
        sets.entry(folder).or_default().push(file.clone());
    }
    let mut counts: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    for (name, files) in &sets {
        let texts = files
            .iter()
            .map(|file| (file.display().to_string(), std::fs::read_to_string(file).unwrap()));
        let loaded = yaml::load(texts);
        for analyzer in ANALYZERS {
            let found = analyze_with(analyzer.name, &loaded.bundle, &MeshConfig::default()).unwrap();
            *counts
                .entry((analyzer.name, name.starts_with("file")))
                .or_default() += found.len();
            if analyzer.name.starts_with("mainsheet.") || std::env::var_os("ALL").is_some() {
                for found in found {
                    eprintln!("{name}: {}: {found}", analyzer.name);
                }
            }
        }
    }
    eprintln!("{} files; findings by analyzer, by file or not: {counts:#?}", files.len());
}
