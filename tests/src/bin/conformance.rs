//! Runs conformance cases: `conformance --subject table ../shared/conformance`.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use mainsheet_tests::conformance::delegates::{self, Core};
use mainsheet_tests::conformance::explain;
use mainsheet_tests::conformance::file::{Schema, SuiteFile, find};
use mainsheet_tests::conformance::findings;
use mainsheet_tests::conformance::report::{Report, SuiteReport};
use mainsheet_tests::conformance::run::{self, Named, Verdict};
use mainsheet_tests::subject::{Linear, RealEnvoy, Subject, Table, Wasm};
use serde_json::Value;

/// Puts conformance cases to the core, the filter or Envoy, and says what does not hold.
///
/// Exits with 0 only when every case that was asked passes.
#[derive(Parser, Debug)]
#[command(name = "conformance")]
struct Args {
    /// Who is asked; several may be named. Both forms of the core unless said otherwise.
    #[arg(long = "subject", value_name = "NAME")]
    subjects: Vec<SubjectName>,
    /// Runs only this suite.
    #[arg(long, value_name = "NAME")]
    suite: Option<String>,
    /// Reports as JSON.
    #[arg(long)]
    json: bool,
    /// Shows one case at length: its id, or `id/exchange`.
    #[arg(long, value_name = "ID")]
    explain: Option<String>,
    /// Case files, or directories of them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SubjectName {
    /// The core's linear oracle.
    Reference,
    /// The core's compiled table.
    Table,
    /// The filter in a simulated host.
    Wasm,
    /// A stock Envoy with the filter.
    Envoy,
}

impl SubjectName {
    fn start(self) -> Result<Box<dyn Subject>, Box<dyn std::error::Error + Send + Sync>> {
        Ok(match self {
            Self::Reference => Box::<Linear>::default(),
            Self::Table => Box::<Table>::default(),
            Self::Wasm => Box::new(Wasm::new()?),
            Self::Envoy => Box::new(RealEnvoy::new()?),
        })
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run_all(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Nobody is left to tell when this fails too.
            drop(writeln!(io::stderr(), "conformance: {error}"));
            ExitCode::from(3)
        }
    }
}

fn run_all(args: &Args) -> Result<bool, Box<dyn std::error::Error + Send + Sync>> {
    let names = if args.subjects.is_empty() {
        vec![SubjectName::Reference, SubjectName::Table]
    } else {
        args.subjects.clone()
    };
    let mut subjects = Vec::new();
    for name in names {
        subjects.push(name.start()?);
    }
    let mut report = Report::default();
    for path in find(&args.paths)? {
        match SuiteFile::load(&path) {
            Ok((file, _)) if args.suite.as_ref().is_some_and(|suite| *suite != file.suite) => {}
            Ok((file, Schema::Decisions)) => decisions(args, &file, &mut subjects, &mut report)?,
            Ok((file, Schema::Delegates)) => {
                of_core(args, &file, &mut report, |case| delegates::run(case, &Core));
            }
            Ok((file, Schema::Validation)) => of_core(args, &file, &mut report, findings::validation::run),
            Ok((file, Schema::Documents)) => of_core(args, &file, &mut report, findings::documents::run),
            Ok((file, Schema::Analyzers)) => of_core(args, &file, &mut report, findings::analyzers::run),
            Err(error) => report.errors.push(error.to_string()),
        }
    }
    if args.explain.is_some() {
        return Ok(report.is_good());
    }
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        report.write(&mut out)?;
    }
    Ok(report.is_good())
}

fn decisions(
    args: &Args,
    file: &SuiteFile,
    subjects: &mut [Box<dyn Subject>],
    report: &mut Report,
) -> io::Result<()> {
    let mut reports: Vec<SuiteReport> = subjects
        .iter()
        .map(|subject| SuiteReport::new(&file.suite, subject.name()))
        .collect();
    for case in &file.cases {
        let id = case.get("id").and_then(Value::as_str).unwrap_or("without an id");
        if args
            .explain
            .as_ref()
            .is_some_and(|wanted| !explain::names(wanted, id))
        {
            continue;
        }
        let prepared = match run::prepare(file, case) {
            Ok(prepared) => prepared,
            Err(error) => {
                for report in &mut reports {
                    report.add(id, vec![(String::new(), broken(&error))]);
                }
                continue;
            }
        };
        let mut outcomes: Vec<(&str, Vec<Named>)> = Vec::new();
        for (subject, report) in subjects.iter_mut().zip(&mut reports) {
            let outcome = run::run(file, &prepared, &mut **subject);
            outcomes.push((subject.name(), outcome.clone()));
            report.add(id, outcome);
        }
        if let Some(wanted) = &args.explain {
            explain::write(&mut io::stdout().lock(), wanted, &prepared, &outcomes)?;
        }
    }
    report.suites.extend(reports);
    Ok(())
}

fn broken(error: &serde_json::Error) -> Verdict {
    Verdict::broken("case", error)
}

/// What the core does before any subject is asked.
fn of_core(args: &Args, file: &SuiteFile, report: &mut Report, run: impl Fn(&Value) -> (String, Verdict)) {
    let mut suite = SuiteReport::new(&file.suite, "core");
    for case in &file.cases {
        let (id, verdict) = run(case);
        if args.explain.as_ref().is_none_or(|wanted| *wanted == id) {
            suite.add(&id, vec![(String::new(), verdict)]);
        }
    }
    report.suites.push(suite);
}
