//! The directory that Envoy watches for its configuration.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::{EnvoyError, Result};

/// A directory of xDS files. Envoy reloads a file when another one is moved over it.
#[derive(Clone, Debug)]
pub struct XdsDirectory {
    path: PathBuf,
}

impl XdsDirectory {
    /// Uses this directory, and creates it if need be.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        fs::create_dir_all(&path).map_err(EnvoyError::io(format!("creating {}", path.display())))?;
        Ok(Self { path })
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the files whose content changed, each at once; says which ones.
    pub fn write(&self, files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<String>> {
        let mut written = Vec::new();
        for (name, content) in files {
            if self.write_one(name, content)? {
                written.push(name.clone());
            }
        }
        Ok(written)
    }

    fn write_one(&self, name: &str, content: &[u8]) -> Result<bool> {
        let target = self.path.join(name);
        if fs::read(&target).is_ok_and(|old| old == content) {
            return Ok(false);
        }
        let doing = || EnvoyError::io(format!("writing {}", target.display()));
        let mut file = NamedTempFile::new_in(&self.path).map_err(doing())?;
        file.write_all(content).map_err(doing())?;
        file.persist(&target).map_err(|error| doing()(error.error))?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_written() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = XdsDirectory::new(temporary.path().join("xds")).unwrap();
        let mut files = BTreeMap::from([
            ("a.json".to_owned(), b"1".to_vec()),
            ("b.json".to_owned(), b"2".to_vec()),
        ]);
        assert_eq!(directory.write(&files).unwrap(), ["a.json", "b.json"]);
        files.insert("b.json".to_owned(), b"3".to_vec());
        assert_eq!(directory.write(&files).unwrap(), ["b.json"]);
        assert_eq!(fs::read(directory.path().join("b.json")).unwrap(), b"3");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
    }
}
