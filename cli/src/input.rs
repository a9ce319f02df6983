//! Reading the input: files, directories, standard input.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::yaml::{self, Sources};
use walkdir::{DirEntry, WalkDir};

use crate::error::{Error, Result};
use crate::findings::Findings;

/// Where the input is.
#[derive(Args, Clone, Debug, Default)]
pub struct InputArgs {
    /// Files and directories of Kubernetes and Istio resources in YAML or JSON; `-` is standard input.
    ///
    /// Directories are searched for *.yaml, *.yml and *.json at any depth, hidden ones and tests left out.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// A file with Istio's `meshConfig`, such as `outboundTrafficPolicy: {mode: REGISTRY_ONLY}`; read once.
    #[arg(long, value_name = "FILE")]
    pub mesh_config: Option<PathBuf>,
}

/// A text of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    /// As it was named; `-` is standard input.
    pub name: String,
    /// What it says.
    pub text: String,
}

const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

impl InputArgs {
    /// Whether standard input is part of it, which can be read only once.
    pub fn uses_stdin(&self) -> bool {
        self.paths.iter().any(|path| is_stdin(path))
    }

    /// The mesh-wide settings: Istio's defaults where no file is named.
    pub fn mesh_config(&self) -> Result<MeshConfig> {
        let Some(path) = &self.mesh_config else {
            return Ok(MeshConfig::default());
        };
        let file = read_file(path)?;
        let (config, diagnostics) = yaml::load_mesh_config(file.name, file.text);
        let findings = Findings::new(diagnostics, &Sources::default());
        if findings.has_errors() {
            return Err(Error::Refused(Box::new(findings)));
        }
        Ok(config)
    }

    /// Reads everything.
    pub fn read(&self) -> Result<Vec<InputFile>> {
        if self.paths.is_empty() {
            let message =
                "nothing to read: name files or directories with resources, or `-` for standard input";
            return Err(Error::Usage(message.to_owned()));
        }
        let mut files = Vec::new();
        for path in &self.paths {
            files.extend(read_path(path)?);
        }
        Ok(files)
    }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn read_path(path: &Path) -> Result<Vec<InputFile>> {
    if is_stdin(path) {
        return Ok(vec![read_stdin()?]);
    }
    if !path.is_dir() {
        return Ok(vec![read_file(path)?]);
    }
    let files = in_directory(path)?;
    if files.is_empty() {
        return Err(Error::Usage(format!(
            "{} holds no *.yaml, *.yml or *.json",
            path.display()
        )));
    }
    files.iter().map(|file| read_file(file)).collect()
}

fn read_stdin() -> Result<InputFile> {
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    read.map_err(|source| Error::Input {
        path: PathBuf::from("-"),
        source,
    })?;
    Ok(InputFile {
        name: "-".to_owned(),
        text,
    })
}

fn read_file(path: &Path) -> Result<InputFile> {
    let bytes = std::fs::read(path).map_err(|source| Error::Input {
        path: path.to_owned(),
        source,
    })?;
    let text = String::from_utf8(bytes).map_err(|error| Error::NotText {
        path: path.to_owned(),
        help: match error.as_bytes() {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "it is in UTF-16: save it as UTF-8",
            [0x1f, 0x8b, ..] => "it is compressed: unpack it first",
            _ => "save it as text in UTF-8, or leave it out",
        },
    })?;
    Ok(InputFile {
        name: path.display().to_string(),
        text,
    })
}

fn in_directory(directory: &Path) -> Result<Vec<PathBuf>> {
    let walk = WalkDir::new(directory).follow_links(true).sort_by_file_name();
    let mut files = Vec::new();
    for entry in walk.into_iter().filter_entry(is_visible) {
        let entry = entry.map_err(|error| Error::Input {
            path: error.path().unwrap_or(directory).to_owned(),
            source: error.into(),
        })?;
        let is_tests = is_test_file(entry.file_name());
        if entry.file_type().is_file() && has_extension(entry.path()) && !is_tests {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

/// The directory that was named may be hidden; those below it may not.
fn is_visible(entry: &DirEntry) -> bool {
    entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".")
}

fn has_extension(path: &Path) -> bool {
    let extension = path.extension().and_then(OsStr::to_str);
    extension.is_some_and(|extension| EXTENSIONS.contains(&extension.to_ascii_lowercase().as_str()))
}

/// Whether a file holds tests, and no resources.
pub(crate) fn is_test_file(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_lowercase();
    [".test.yaml", ".test.yml", ".test.json"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(path: &Path) -> InputArgs {
        InputArgs {
            paths: vec![path.to_owned()],
            ..InputArgs::default()
        }
    }

    #[test]
    fn directories_are_read_in_order_without_what_is_hidden() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        std::fs::create_dir_all(root.join("b/.git")).unwrap();
        for name in [
            "z.yaml",
            "a.yml",
            "b/c.JSON",
            "b/.git/x.yaml",
            "b/c.test.yaml",
            ".hidden.yaml",
            "readme.md",
        ] {
            std::fs::write(root.join(name), name).unwrap();
        }
        let read = args(root).read().unwrap();
        let texts: Vec<&str> = read.iter().map(|file| file.text.as_str()).collect();
        assert_eq!(texts, ["a.yml", "b/c.JSON", "z.yaml"]);
    }

    #[test]
    fn nothing_to_read_is_said_clearly() {
        let error = InputArgs::default().read().unwrap_err();
        assert_eq!(
            (error.exit_code(), error.to_string().contains("nothing to read")),
            (2, true)
        );
        let directory = tempfile::tempdir().unwrap();
        assert!(
            args(directory.path())
                .read()
                .unwrap_err()
                .to_string()
                .contains("holds no *.yaml")
        );
        let error = args(&directory.path().join("no.yaml")).read().unwrap_err();
        assert_eq!(error.exit_code(), 3);
    }
}
