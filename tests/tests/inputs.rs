//! Files of other projects that must load: Istio's samples and test configurations, where they stand beside
//! this project.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use mainsheet_core::diagnostic::Severity;
use mainsheet_core::yaml;

fn yaml_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).expect("the directory can be read") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            files.extend(yaml_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    files
}

#[test]
fn samples_load_without_errors() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance/inputs");
    if !directory.is_dir() {
        // `make test` says that they were left out.
        return;
    }
    let files = yaml_files(&directory);
    assert!(files.len() > 100, "only {} files", files.len());
    let mut objects = 0;
    for path in files {
        let text = std::fs::read_to_string(&path).expect("the file can be read");
        let loaded = yaml::load([(path.display().to_string(), text)]);
        let errors: Vec<String> = loaded
            .diagnostics
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(ToString::to_string)
            .collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
        objects += loaded.bundle.len();
    }
    assert!(objects > 200, "only {objects} objects");
}
