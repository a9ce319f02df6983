//! Case files as they are written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

/// A file that cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("{path}: {source}", path = path.display())]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no case file.
    #[error("{path}: {source}", path = path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// Its cases have a schema of their own.
    #[error("{path}: no runner for this schema", path = path.display())]
    NoRunner {
        /// The file.
        path: PathBuf,
    },
}

/// A file.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SuiteFile {
    /// Name of the suite.
    pub suite: String,
    /// `open` or `sealed`.
    #[serde(default)]
    pub part: String,
    /// Where it comes from.
    #[serde(default)]
    pub source: Value,
    /// Under which licence.
    #[serde(default)]
    pub license: String,
    /// Remarks.
    #[serde(default)]
    pub notes: Value,
    /// Recordings only: what every upstream has answered.
    pub backend_response: Option<BackendResponse>,
    /// Recordings only: what `"retries": "default"` stands for.
    pub default_retries: Option<super::expect::RetryPolicyExpect>,
    /// Suites of analyzers: what its messages are.
    #[serde(default)]
    pub messages: Value,
    /// The cases, each read on its own.
    pub cases: Vec<Value>,
}

/// What an upstream answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackendResponse {
    /// HTTP status; 200 unless said otherwise.
    pub status: Option<u16>,
    /// Headers; several values are joined with `,`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

/// A case of the decision suites.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Case {
    /// Unique in the suite.
    pub id: String,
    /// The kind of test.
    #[serde(default)]
    pub class: String,
    /// File and test in the source.
    #[serde(default)]
    pub origin: Value,
    /// What it needs, or what occurs in it.
    #[serde(default)]
    pub features: Vec<String>,
    /// Whether the source still calls it so.
    #[serde(default)]
    pub provisional: bool,
    /// What differs from Istio's defaults.
    #[serde(default)]
    pub mesh: Map<String, Value>,
    /// Whose point of view.
    pub proxy: Map<String, Value>,
    /// Why it does not count.
    pub skip: Option<String>,
    /// A remark.
    pub note: Option<String>,
    /// Multi-document YAML.
    pub resources: String,
    /// What is asked.
    #[serde(default)]
    pub exchanges: Vec<Value>,
    /// Whether Istio takes the resources.
    pub expect: Option<Validity>,
    /// The mistake that was made on purpose.
    pub mutation: Option<String>,
    /// Route tables that Envoy refuses, and why. They have no exchanges.
    #[serde(default)]
    pub envoy_rejects: BTreeMap<String, String>,
}

/// What Istio's validation says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// Whether the resources are taken.
    pub valid: bool,
    /// Istio's words.
    pub error: Option<String>,
}

/// One request with its expectation, each read on its own.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exchange {
    /// Unique in the case.
    pub name: String,
    /// The request.
    pub request: Value,
    /// Whether `expect` is about the last of several responses.
    #[serde(default)]
    pub follow_redirects: bool,
    /// What the upstream answers.
    pub backend_response: Option<BackendResponse>,
    /// What is asserted.
    pub expect: Value,
    /// What follows from the source and is not asserted by it: never counted.
    #[serde(default)]
    pub derived: Value,
    /// What becomes of it where Envoy joins repeated headers before it matches them.
    #[serde(default)]
    pub expect_joined_headers: Value,
    /// Why it does not count.
    pub skip: Option<String>,
    /// A remark.
    pub note: Option<String>,
}

/// The schema of a file's cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// Requests and what becomes of them.
    Decisions,
    /// Merging of delegates.
    Delegates,
    /// What Istio's validation says.
    Validation,
    /// What an API server says.
    Documents,
    /// What Istio's analyzers say.
    Analyzers,
}

impl SuiteFile {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or is no case file.
    pub fn load(path: &Path) -> Result<(Self, Schema), FileError> {
        let unreadable = |source| FileError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let malformed = |source| FileError::Malformed {
            path: path.to_owned(),
            source,
        };
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let value: Value = serde_json::from_str(&text).map_err(malformed)?;
        let schema = schema(&value).ok_or_else(|| FileError::NoRunner {
            path: path.to_owned(),
        })?;
        Ok((serde_json::from_value(value).map_err(malformed)?, schema))
    }

    /// Whether it records a real proxy: then what is left out was not there.
    pub fn is_recording(&self) -> bool {
        self.backend_response.is_some()
    }
}

fn schema(file: &Value) -> Option<Schema> {
    let cases = file.get("cases")?.as_array()?;
    let all_have = |key: &str| cases.iter().all(|case| case.get(key).is_some());
    if all_have("exchanges") {
        Some(Schema::Decisions)
    } else if all_have("operation") {
        Some(Schema::Delegates)
    } else if all_have("function") {
        Some(Schema::Validation)
    } else if all_have("analyzer") {
        Some(Schema::Analyzers)
    } else if all_have("resource") {
        Some(Schema::Documents)
    } else {
        None
    }
}

/// The case files that paths name: files as they are, directories with all their `*.json`, sorted.
///
/// # Errors
/// For the first path that cannot be read.
pub fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, FileError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let unreadable = |source| FileError::Unreadable {
            path: path.clone(),
            source,
        };
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(path).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                inside.push(path);
            }
        }
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}
