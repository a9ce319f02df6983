//! Directories of test data.

use std::io;
use std::path::{Path, PathBuf};

/// The YAML files with resources in a directory and those below it, in order.
///
/// # Errors
/// When a directory cannot be read.
pub fn yaml_files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(yaml_files(&path)?);
        } else if is_yaml(&path) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Files of tests hold no resources.
fn is_yaml(path: &Path) -> bool {
    let name = path.to_string_lossy();
    name.ends_with(".yaml") && !name.ends_with(".test.yaml")
}
