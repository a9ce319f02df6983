//! Files of other projects that must load: Istio's samples and test configurations, where they stand beside
//! this project.

use std::path::Path;

use mainsheet_core::diagnostic::Severity;
use mainsheet_core::yaml;
use mainsheet_tests::files::yaml_files;

#[test]
fn samples_load_without_errors() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance/inputs");
    if !directory.is_dir() {
        // `make test` says that they were left out.
        return;
    }
    let files = yaml_files(&directory).expect("the directory can be read");
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
