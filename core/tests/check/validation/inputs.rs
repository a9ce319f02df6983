//! Istio's own samples: none is refused.

use std::fs;
use std::path::{Path, PathBuf};

use mainsheet_core::diagnostic::Severity;

use super::{conformance, documents};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            found.push(path);
        }
    }
    found
}

#[test]
fn no_sample_of_istio_is_refused() {
    let Some(folder) = conformance() else { return };
    let files = files(&folder.join("inputs"));
    assert!(files.len() > 100);
    let mut refused = Vec::new();
    for path in &files {
        let found = documents::found(&fs::read_to_string(path).unwrap());
        if std::env::var_os("X").is_some() {
            for d in found.iter().filter(|d| !d.aliases.is_empty()) {
                eprintln!("{}: {d}", path.strip_prefix(&folder).unwrap().display());
            }
        }
        let errors = found.iter().filter(|finding| finding.severity == Severity::Error);
        refused.extend(errors.map(|finding| format!("{}: {finding}", path.display())));
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}
