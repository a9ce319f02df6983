//! Istio's own validation: our cases, and where they are beside this repository Istio's samples.

mod cases;
mod documents;
mod inputs;

use std::path::PathBuf;

/// The folder of the cases of other projects, if it is there; says so if it is not.
fn conformance() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    if folder.is_dir() {
        return Some(folder);
    }
    left_out(&folder.display().to_string());
    None
}

#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn left_out(folder: &str) {
    eprintln!("{folder} is not there: its cases were left out");
}
