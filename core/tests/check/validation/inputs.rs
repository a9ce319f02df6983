//! Istio's own samples: none is refused but those that are wrong on purpose.

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

/// What is wrong on purpose, as the file itself says.
const WRONG: [(&str, &str); 1] = [("some-dir/missing-gateway.yaml", "missing-rules")];

#[test]
fn no_sample_of_istio_is_refused() {
    let Some(folder) = conformance() else { return };
    let files = files(&folder.join("inputs"));
    assert!(files.len() > 100);
    let mut refused = Vec::new();
    for path in &files {
        let found = documents::found(&fs::read_to_string(path).unwrap());
        let errors = found.iter().filter(|finding| finding.severity == Severity::Error);
        let expected = |code: &str| {
            WRONG
                .iter()
                .any(|(file, wrong)| path.ends_with(file) && *wrong == code)
        };
        let errors = errors.filter(|finding| !expected(&finding.code));
        refused.extend(errors.map(|finding| format!("{}: {finding}", path.display())));
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}
