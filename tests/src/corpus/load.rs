//! Reading case files.

use std::path::{Path, PathBuf};

use mainsheet_core::diagnostic::Diagnostic;
use mainsheet_core::yaml;

use super::{Case, Suite};
use crate::subject::World;

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// It cannot be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not a case file, or its resources have errors.
    #[error("{path}: {}", .findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Refused {
        /// The file.
        path: PathBuf,
        /// The errors.
        findings: Vec<Diagnostic>,
    },
}

/// A file, ready to be asked.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its cases.
    pub cases: Vec<Case>,
    /// What they are about; its name is that of the file without extension.
    pub world: World,
}

/// All case files of a directory, sorted by name.
///
/// # Errors
/// For the first file that cannot be used.
pub fn load_directory(directory: &Path) -> Result<Vec<Scenario>, CorpusError> {
    let unreadable = |source| CorpusError::Unreadable {
        path: directory.to_owned(),
        source,
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            paths.push(path);
        }
    }
    paths.sort();
    paths.iter().map(|path| Scenario::load(path)).collect()
}

impl Scenario {
    /// Reads one case file.
    ///
    /// # Errors
    /// When it is not a case file, or its resources have errors.
    pub fn load(path: &Path) -> Result<Self, CorpusError> {
        let text = std::fs::read_to_string(path).map_err(|source| CorpusError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let refused = |findings| CorpusError::Refused {
            path: path.to_owned(),
            findings,
        };
        let suite: Suite = yaml::read(path.display().to_string(), text).map_err(refused)?;
        let resources: Vec<String> = suite.resources.iter().map(ToString::to_string).collect();
        let loaded = yaml::load([(path.display().to_string(), resources.join("\n---\n"))]);
        if loaded.has_errors() {
            return Err(refused(loaded.diagnostics));
        }
        let name = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        let ports = suite.cases.iter().map(|case| case.request.port()).collect();
        let world = World::new(name, loaded.bundle, suite.mesh, suite.proxy, ports).map_err(refused)?;
        Ok(Self {
            cases: suite.cases,
            world,
        })
    }
}
