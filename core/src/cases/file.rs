//! Reading test files, with a place for every finding.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::expand::{LIMIT, problem};
use super::model::{Suite, Test};
use crate::diagnostic::{Diagnostic, DocumentId, Location, Severity};
use crate::input::{Fields, Finding, Node, Path, Value, read, read_mesh_config};
use crate::resources::MeshConfig;
use crate::yaml::{Gathered, Loaded, Sources, read_into};

/// A test file.
#[derive(Clone, Debug, Default)]
pub struct TestFile {
    /// As it was named.
    pub name: String,
    /// What it says; where that could not be read, the default.
    pub suite: Suite,
    /// Its `meshConfig`.
    pub mesh: MeshConfig,
    /// The patterns among its `resources`.
    pub patterns: Vec<Pattern>,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
    /// Its text, for positions and excerpts.
    pub sources: Sources,
}

/// A pattern for files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// As written.
    pub text: String,
    /// Its field.
    pub path: String,
}

impl TestFile {
    /// Reads a test file. Unknown fields are errors.
    pub fn read(name: impl Into<String>, text: impl Into<String>) -> Self {
        let name = name.into();
        let ((suite, mesh, patterns), sources, diagnostics) =
            read_into(name.clone(), text.into(), |root, findings| {
                let suite: Suite = read(root, Path::default(), Fields::Known, findings);
                let mesh = root.get("meshConfig").map(read_mesh_config);
                let (mesh, found) = mesh.unwrap_or_default();
                findings.extend(found.into_iter().map(|finding| below("meshConfig", finding)));
                check(&suite, findings);
                (suite, mesh, patterns(root))
            });
        Self {
            name,
            suite,
            mesh,
            patterns,
            diagnostics,
            sources,
        }
    }

    /// Whether a finding forbids to run it.
    pub fn has_errors(&self) -> bool {
        let mut findings = self.diagnostics.iter();
        findings.any(|finding| finding.severity == Severity::Error)
    }

    /// Where a field is written: `tests[3].expect`.
    pub fn locate(&self, path: &str) -> Option<Location> {
        self.sources.locate(DocumentId::default(), path)
    }

    /// A finding at a field.
    pub fn error(&self, code: &str, path: &str, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            location: self.locate(path),
            ..Diagnostic::error(code, message).at(path)
        }
    }

    /// The resources: those of `files`, which its patterns stand for, then those that are written in it.
    pub fn resources<N, T>(&self, files: impl IntoIterator<Item = (N, T)>) -> Loaded
    where
        N: Into<String>,
        T: Into<String>,
    {
        let mut gathered = Gathered::default();
        for (name, text) in files {
            gathered.file(name.into(), text.into());
        }
        let text = self.sources.text(&self.name).unwrap_or_default();
        gathered.parts(self.name.clone(), text.to_owned(), self.written());
        gathered.finish()
    }

    /// The objects among its `resources`.
    fn written(&self) -> impl Iterator<Item = &Node> {
        let root = self.sources.root(DocumentId::default());
        elements(root).filter(|node| node.as_str().is_none())
    }
}

/// The elements of `resources`.
fn elements(root: Option<&Node>) -> impl Iterator<Item = &Node> {
    let list = root.and_then(|root| root.get("resources"));
    let elements = list.map(|list| match &list.value {
        Value::Seq(elements) => elements.as_slice(),
        _ => &[],
    });
    elements.unwrap_or_default().iter()
}

fn patterns(root: &Node) -> Vec<Pattern> {
    let texts = elements(Some(root)).enumerate();
    texts
        .filter_map(|(index, node)| {
            Some(Pattern {
                text: node.as_str()?.to_owned(),
                path: format!("resources[{index}]"),
            })
        })
        .collect()
}

fn below(field: &str, mut finding: Finding) -> Finding {
    let path = &finding.diagnostic.path;
    let dot = if path.is_empty() { "" } else { "." };
    finding.diagnostic.path = format!("{field}{dot}{path}");
    finding
}

/// What no type can say.
fn check(suite: &Suite, findings: &mut Vec<Finding>) {
    let mut report = |path: Path, diagnostic: Diagnostic| {
        let diagnostic = diagnostic.at(path.to_string());
        findings.push(Finding {
            diagnostic,
            mark: None,
        });
    };
    let tests = Path::root().key("tests");
    if suite.tests.is_empty() {
        let diagnostic = Diagnostic::error("no-tests", "this file has no tests");
        report(
            Path::root(),
            diagnostic.help("write `tests:` with `name`, `request` and `expect`"),
        );
    }
    let mut names = BTreeSet::new();
    for (index, test) in suite.tests.iter().enumerate() {
        let path = tests.index(index);
        for (field, diagnostic) in problems(test) {
            report(path.key(field), diagnostic);
        }
        if !test.name.is_empty() && !names.insert(&test.name) {
            let message = format!("two tests are called {:?}", test.name);
            report(path.key("name"), Diagnostic::error("duplicate-name", message));
        }
    }
}

fn problems(test: &Test) -> Vec<(&'static str, Diagnostic)> {
    let mut problems = Vec::new();
    if test.name.is_empty() {
        let diagnostic = Diagnostic::error("missing-name", "this test has no name");
        problems.push(("name", diagnostic.help("write `name`")));
    }
    if test.request.url.0.is_empty() && test.request.host.0.is_empty() {
        let diagnostic = Diagnostic::error("missing-host", "this request says neither `url` nor `host`");
        problems.push(("request", diagnostic.help("write `url: http://reviews:9080/`")));
    }
    if test.expect.is_empty() {
        let diagnostic = Diagnostic::error("nothing-expected", "this test expects nothing");
        problems.push((
            "expect",
            diagnostic.help("write `expect: {destination: {host: reviews}}`"),
        ));
    }
    let weights = &test.expect.weights;
    if !weights.is_empty() && weights.iter().all(|share| share.weight == 0) {
        problems.push((
            "expect",
            Diagnostic::error("no-weight", "these weights have no sum"),
        ));
    }
    if let Some(draws) = &test.draws
        && (draws.count == 0 || draws.tolerance <= 0.0)
    {
        let diagnostic = Diagnostic::error("no-draws", "draws need a `count` and a `tolerance`");
        problems.push((
            "draws",
            diagnostic.help("write `draws: {count: 1000, tolerance: 5}`"),
        ));
    }
    match test.cases() {
        Ok(_) if problems.iter().any(|(field, _)| *field == "request") => {}
        Ok(cases) => problems.extend(
            cases
                .iter()
                .filter_map(|case| {
                    let problem = problem(&case.request)?;
                    Some(("request", Diagnostic::error("invalid-request", problem)))
                })
                .take(1),
        ),
        Err(_) => {
            let message = format!("this request stands for more than {LIMIT}");
            problems.push(("request", Diagnostic::error("too-many", message)));
        }
    }
    problems
}
