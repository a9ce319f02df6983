//! What is to be asked: test files read, their resources compiled for each proxy, lists multiplied out.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use mainsheet_core::cases::{Case, Expect, Names, PointOfView, Test, TestFile, arrival_port};
use mainsheet_core::diagnostic::{Diagnostic, Location, Severity};
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::yaml::Loaded;
use mainsheet_tests::subject::{Question, World};
use walkdir::WalkDir;

use super::icv::{self, Icv};
use super::{InputForm, TestArgs};
use crate::error::{Error, Result};
use crate::findings::Findings;
use crate::input::{InputArgs, InputFile};

/// A test file, ready to be asked, or why it cannot be.
pub(super) struct Plan {
    /// As it was named.
    pub(super) name: String,
    /// All that was read for it.
    pub(super) inputs: Vec<InputFile>,
    /// What it asks, or what is wrong with it.
    pub(super) state: std::result::Result<Ready, Box<Findings>>,
}

/// A test file that can be asked.
pub(super) struct Ready {
    /// Its resources.
    pub(super) loaded: Loaded,
    /// What a proxy makes of them, for each proxy that is asked.
    pub(super) worlds: Vec<World>,
    /// All requests.
    pub(super) questions: Vec<Planned>,
    /// What is odd about the resources.
    pub(super) warnings: Vec<Diagnostic>,
}

/// One request and what must become of it.
pub(super) struct Planned {
    /// The name of the case.
    pub(super) name: String,
    /// Where its test is written.
    pub(super) location: Option<Location>,
    /// Which world is asked.
    pub(super) world: usize,
    /// The request in one line.
    pub(super) line: String,
    /// The request.
    pub(super) question: Question,
    /// The test.
    pub(super) test: Test,
    /// What istio-config-validator makes of it, where the file is one of its own.
    pub(super) icv: Option<Icv>,
}

impl Planned {
    /// What must become of it.
    pub(super) fn expected(&self) -> &Expect {
        &self.test.expect
    }

    /// What short names stand for.
    pub(super) fn names<'w>(&self, world: &'w World) -> Names<'w> {
        Names {
            namespace: &world.proxy.namespace,
            domain: &world.config.domain,
        }
    }
}

/// Reads all test files, and what they need.
pub(super) fn read(args: &TestArgs) -> Result<Vec<Plan>> {
    let shared = if args.resources.is_empty() {
        Vec::new()
    } else {
        let input = InputArgs {
            paths: args.resources.clone(),
            mesh_config: None,
        };
        input.read()?
    };
    if args.input == InputForm::Icv && shared.is_empty() {
        let message = "tests of istio-config-validator name no resources: add --resources PATH";
        return Err(Error::Usage(message.to_owned()));
    }
    let files = test_files(args)?;
    let plan = |file: InputFile| -> Result<Plan> {
        let name = file.name.clone();
        let mut inputs = shared.clone();
        inputs.push(file.clone());
        let filter = args.filter.as_deref().unwrap_or_default();
        let state = match args.input {
            InputForm::Mainsheet => ready(file, &mut inputs, shared.len(), filter)?,
            InputForm::Icv => icv::ready(&file, &shared, filter),
        };
        Ok(Plan { name, inputs, state })
    };
    files.into_iter().map(plan).collect()
}

/// The test files that were named, and those in directories that were.
fn test_files(args: &TestArgs) -> Result<Vec<InputFile>> {
    let mut files = Vec::new();
    for path in &args.paths {
        if !path.is_dir() {
            files.extend(read_one(path)?);
            continue;
        }
        let found = in_directory(path, args.input)?;
        if found.is_empty() {
            let what = match args.input {
                InputForm::Mainsheet => "*.test.yaml",
                InputForm::Icv => "*_test.yml",
            };
            return Err(Error::Usage(format!(
                "{} holds no {what}; `mainsheet init {}` writes a first one",
                path.display(),
                path.display()
            )));
        }
        for path in found {
            files.extend(read_one(&path)?);
        }
    }
    Ok(files)
}

fn read_one(path: &Path) -> Result<Vec<InputFile>> {
    let input = InputArgs {
        paths: vec![path.to_owned()],
        mesh_config: None,
    };
    input.read()
}

fn in_directory(directory: &Path, form: InputForm) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(directory).follow_links(true).sort_by_file_name() {
        let entry = entry.map_err(|error| Error::Input {
            path: error.path().unwrap_or(directory).to_owned(),
            source: error.into(),
        })?;
        let name = entry.file_name();
        let wanted = match form {
            InputForm::Mainsheet => crate::input::is_test_file(name),
            InputForm::Icv => icv::is_test_file(name),
        };
        let hidden = entry.depth() > 0 && is_hidden(entry.path(), directory);
        if entry.file_type().is_file() && wanted && !hidden {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

fn is_hidden(path: &Path, below: &Path) -> bool {
    let rest = path.strip_prefix(below).unwrap_or(path);
    rest.components()
        .any(|part| matches!(part, Component::Normal(name) if name.as_encoded_bytes().starts_with(b".")))
}

/// Reads one test file, and adds what it names to `inputs`, the first of which are shared by all. What is wrong with it
/// is no error of the command.
fn ready(
    file: InputFile,
    inputs: &mut Vec<InputFile>,
    shared: usize,
    filter: &str,
) -> Result<std::result::Result<Ready, Box<Findings>>> {
    let tests = TestFile::read(file.name, file.text);
    if tests.has_errors() {
        return Ok(Err(findings_of(&tests, tests.diagnostics.clone())));
    }
    let (files, problems) = resources(&tests)?;
    if !problems.is_empty() {
        return Ok(Err(findings_of(&tests, problems)));
    }
    let of_all = inputs.iter().take(shared);
    let files: Vec<InputFile> = of_all.chain(&files).cloned().collect();
    inputs.extend(files.iter().skip(shared).cloned());
    let loaded = tests.resources(files.into_iter().map(|file| (file.name, file.text)));
    Ok(Builder::new(&tests, loaded).build(filter))
}

fn findings_of(tests: &TestFile, findings: Vec<Diagnostic>) -> Box<Findings> {
    Box::new(Findings::new(findings, &tests.sources))
}

/// The files that the patterns stand for, each of them once.
fn resources(tests: &TestFile) -> Result<(Vec<InputFile>, Vec<Diagnostic>)> {
    let base = Path::new(&tests.name).parent().unwrap_or(Path::new(""));
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    let mut known = BTreeSet::new();
    for pattern in &tests.patterns {
        let found = match find(base, &pattern.text) {
            Ok(found) => found,
            Err(message) => {
                let message = format!("`{}` is no pattern: {message}", pattern.text);
                problems.push(tests.error("invalid-pattern", &pattern.path, message));
                continue;
            }
        };
        let mut any = false;
        for path in found {
            any = true;
            let is_tests = path.is_file() && path.file_name().is_some_and(crate::input::is_test_file);
            if !is_tests && known.insert(path.clone()) {
                files.extend(read_one(&path)?);
            }
        }
        if !any {
            let message = format!("no file is called `{}`", pattern.text);
            let help = "patterns are relative to the test file";
            problems.push(tests.error("no-such-file", &pattern.path, message).help(help));
        }
    }
    Ok((files, problems))
}

/// The files that a pattern stands for: the one of that name, or those that it matches. Those that may not be looked at
/// are not among them.
fn find(base: &Path, text: &str) -> std::result::Result<Vec<PathBuf>, &'static str> {
    let literal = clean(&base.join(text));
    if literal.exists() {
        return Ok(vec![literal]);
    }
    let base = glob::Pattern::escape(&base.display().to_string());
    let pattern = clean(&Path::new(&base).join(text)).display().to_string();
    let found = glob::glob(&pattern).map_err(|error| error.msg)?;
    Ok(found.filter_map(std::result::Result::ok).collect())
}

/// `a/../b` as `b`, where `a` is a name.
fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        let after_name = matches!(clean.components().next_back(), Some(Component::Normal(_)));
        match part {
            Component::ParentDir if after_name => {
                clean.pop();
            }
            Component::CurDir => {}
            part => clean.push(part),
        }
    }
    if clean.as_os_str().is_empty() {
        clean.push(".");
    }
    clean
}

/// Compiles what the tests of one file ask for.
struct Builder<'t> {
    tests: &'t TestFile,
    loaded: Loaded,
    points: Vec<PointOfView>,
    worlds: Vec<World>,
    findings: Vec<Diagnostic>,
}

impl<'t> Builder<'t> {
    fn new(tests: &'t TestFile, loaded: Loaded) -> Self {
        Self {
            tests,
            findings: loaded.diagnostics.clone(),
            loaded,
            points: Vec::new(),
            worlds: Vec::new(),
        }
    }

    fn build(mut self, filter: &str) -> std::result::Result<Ready, Box<Findings>> {
        if self.loaded.has_errors() {
            return Err(self.refused());
        }
        let mut report = Report::default();
        let mesh = Mesh::new(&self.loaded.bundle, &self.tests.mesh, &mut report);
        self.findings.extend(report.into_diagnostics());
        let suite = &self.tests.suite;
        let mut questions = Vec::new();
        for (index, test) in suite.tests.iter().enumerate() {
            let path = format!("tests[{index}]");
            let own = test.proxy.as_ref().map(|_| format!("{path}.proxy"));
            let named = own.as_deref().unwrap_or("proxy");
            let Some(world) = self.world(&mesh, test.point_of_view(suite), named) else {
                return Err(self.refused());
            };
            let location = self.tests.locate(&path);
            let cases = test.cases().unwrap_or_default();
            let wanted = cases.into_iter().filter(|case| case.name.contains(filter));
            for case in wanted {
                let asked = self
                    .worlds
                    .get_mut(world)
                    .map(|world| question(&case, test, world));
                questions.extend(asked.map(|question| Planned {
                    name: case.name.clone(),
                    location: location.clone(),
                    world,
                    line: line(&case),
                    question,
                    test: test.clone(),
                    icv: None,
                }));
            }
        }
        Ok(self.finish(questions))
    }

    fn finish(mut self, questions: Vec<Planned>) -> Ready {
        let sources = &self.loaded.sources;
        self.findings
            .retain(|finding| finding.severity == Severity::Warning);
        sources.resolve(&mut self.findings);
        Ready {
            loaded: self.loaded,
            worlds: self.worlds,
            questions,
            warnings: self.findings,
        }
    }

    /// The world of a proxy, compiled when it is first asked for.
    fn world(&mut self, mesh: &Mesh, point: &PointOfView, path: &str) -> Option<usize> {
        if let Some(known) = self.points.iter().position(|other| other == point) {
            return Some(known);
        }
        let proxy = match point.proxy(mesh) {
            Ok(proxy) => proxy,
            Err(message) => {
                self.findings
                    .push(self.tests.error("unknown-gateway", path, message));
                return None;
            }
        };
        let name = world_name();
        let bundle = self.loaded.bundle.clone();
        match World::new(name, bundle, self.tests.mesh.clone(), proxy, BTreeSet::new()) {
            Ok(world) => {
                self.findings.extend(world.compiled.diagnostics.iter().cloned());
                self.points.push(point.clone());
                self.worlds.push(world);
                Some(self.worlds.len() - 1)
            }
            Err(findings) => {
                self.findings.extend(findings);
                None
            }
        }
    }

    /// What is wrong: of the test file in its own words, of resources with their lines.
    fn refused(mut self) -> Box<Findings> {
        self.findings.retain(|finding| finding.severity > Severity::Info);
        Box::new(Findings::new(self.findings, &self.loaded.sources))
    }
}

/// A name that no other world has, fit for files.
pub(super) fn world_name() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("tests-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The question that a case asks of a world, which learns its port.
pub(super) fn question(case: &Case, test: &Test, world: &mut World) -> Question {
    let port = arrival_port(&case.request, &world.mesh, &world.proxy);
    world.ports.insert(port);
    Question {
        port,
        claims: test.request.claims.clone(),
        ..Question::from(&case.request)
    }
}

/// The request in one line: method, URL, headers.
pub(super) fn line(case: &Case) -> String {
    let request = &case.request;
    let headers = request.headers.iter().flat_map(|(name, values)| {
        let values: Vec<&str> = values.iter().collect();
        values.into_iter().map(move |value| format!("  {name}: {value}"))
    });
    let headers: String = headers.collect();
    format!("{} {}{headers}", request.method(), request.url)
}

/// Whether a file name ends in one of these.
pub(super) fn ends_in(name: &OsStr, endings: &[&str]) -> bool {
    let name = name.to_string_lossy().to_ascii_lowercase();
    endings.iter().any(|ending| name.ends_with(ending))
}
