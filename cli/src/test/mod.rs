//! `mainsheet test`: tests of routing configuration, decided by the filter that production loads.
//!
//! * `plan`: what is to be asked: files read, resources compiled, lists multiplied out.
//! * `run`: asking it, on all processors.
//! * `outcome`: what has come of it.
//! * `coverage`: which rules were asked for.
//! * `report`: all of that, for people and for programs.
//! * `icv`: the test files of istio-config-validator.

mod ask;
mod coverage;
mod icv;
mod init;
mod outcome;
mod plan;
mod report;
mod run;
mod watch;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use mainsheet_core::cases::SCHEMA;

pub use self::init::{InitArgs, run as init};
use self::outcome::Results;
use self::plan::Plan;
use crate::error::{Error, Result};
use crate::output;

const EXAMPLES: &str = "\
Exit codes:
  0  all tests have passed
  1  a test has failed, a test file or its resources have errors, or the coverage is too low
  2  the command line makes no sense
  3  the environment: a file that cannot be read, Envoy

Examples:
  mainsheet test k8s/
      Every *.test.yaml in k8s/ and below it, each against the resources that it names.
  mainsheet test k8s/ --fail-under 90 --format junit > results.xml
      For CI: also a failure if less than 90 % of rules, matches and destinations were asked for.
  mainsheet test routes.test.yaml --subject envoy
      The same through a real Envoy, with requests over the wire.
  mainsheet test --input icv tests/ --resources k8s/
      The test files of istio-config-validator as they are.
  mainsheet init k8s/
      Writes a first test file, which expects what the rules do today.

docs/testing.md describes the files; `mainsheet test --schema` is their JSON Schema.";

/// Arguments of `mainsheet test`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct TestArgs {
    /// Test files, and directories that are searched for *.test.yaml, *.test.yml and *.test.json; `-` is standard input
    #[arg(value_name = "PATH", required_unless_present = "schema")]
    paths: Vec<PathBuf>,
    /// Resources for every test file, beside those that it names; can be repeated
    #[arg(long, value_name = "PATH")]
    resources: Vec<PathBuf>,
    /// Who is asked
    #[arg(long, value_enum, value_name = "SUBJECT", default_value_t = SubjectChoice::Wasm)]
    subject: SubjectChoice,
    /// How results are printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
    /// How test files are written
    #[arg(long, value_enum, value_name = "FORM", default_value_t = InputForm::Mainsheet)]
    input: InputForm,
    /// Only tests with this in their name
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Fail if less than this share of rules, matches and destinations was asked for
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    fail_under: Option<f64>,
    /// List what no test has asked for
    #[arg(long)]
    coverage: bool,
    /// Name the tests that pass, too
    #[arg(long, short)]
    verbose: bool,
    /// Test again whenever a file changes
    #[arg(long, conflicts_with = "schema")]
    watch: bool,
    /// Threads; as many as there are processors if nothing is said
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Print the JSON Schema of test files, for editors
    #[arg(long)]
    schema: bool,
}

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SubjectChoice {
    /// The rules one after the other, without any index
    Reference,
    /// The table that the filter compiles
    Table,
    /// The filter that production loads, in a simulated host
    Wasm,
    /// A real Envoy with the filter, by requests over the wire
    Envoy,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// Everything
    Json,
    /// For CI servers
    Junit,
    /// Test Anything Protocol, version 14
    Tap,
    /// Annotations of GitHub's workflows
    Github,
}

/// How test files are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum InputForm {
    /// As docs/testing.md says
    Mainsheet,
    /// As istio-config-validator reads them
    Icv,
}

fn percent(text: &str) -> std::result::Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    if (0.0..=100.0).contains(&value) {
        Ok(value)
    } else {
        Err(format!("`{text}` is not between 0 and 100"))
    }
}

/// Runs `mainsheet test`.
pub fn run(args: &TestArgs) -> Result<()> {
    if args.schema {
        output::line(SCHEMA.trim_end());
        return Ok(());
    }
    if args.watch {
        return watch::run(args);
    }
    once(args, plan::read(args)?)?.verdict(args.fail_under)
}

/// Runs all tests once, and prints what has come of it.
fn once(args: &TestArgs, plans: Vec<Plan>) -> Result<Results> {
    let results = run::all(args, plans)?;
    report::print(args, &results)?;
    Ok(results)
}

impl Results {
    fn verdict(&self, fail_under: Option<f64>) -> Result<()> {
        let (failed, broken) = (self.failed(), self.broken());
        let mut reasons = Vec::new();
        if failed > 0 {
            reasons.push(format!(
                "{failed} of {} failed",
                crate::findings::counted(self.cases().count(), "case")
            ));
        }
        if broken > 0 {
            reasons.push(format!(
                "{} cannot be used",
                crate::findings::counted(broken, "file")
            ));
        }
        if let Some(limit) = fail_under.filter(|limit| self.coverage.percent() < *limit) {
            reasons.push(format!(
                "coverage is {:.1} %, less than {limit} %",
                self.coverage.percent()
            ));
        }
        if reasons.is_empty() {
            Ok(())
        } else {
            Err(Error::Failed(reasons.join("; ")))
        }
    }
}
