//! `mainsheet check`: what is wrong with resources, before they ship.

mod gather;
mod github;
mod sarif;

use clap::{Args, ValueEnum};
use mainsheet_core::check::allow::{self, Judged};
use mainsheet_core::diagnostic::{Diagnostic, Severity};
use mainsheet_core::yaml;
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::findings::{Findings, counted};
use crate::input::InputArgs;
use crate::output::{self, DIM, GOOD, WARNING};

const EXAMPLES: &str = "\
Examples:
  mainsheet check k8s/
      Everything that is wrong with the resources in k8s/: what Istio refuses, what istioctl analyze warns of, rules
      that no request reaches, and mistakes that neither sees.
  mainsheet check k8s/ --deny warnings --format github
      The same in a GitHub workflow: annotations in the pull request, and failure on warnings.
  mainsheet check k8s/ --format sarif > mainsheet.sarif
      For code scanning.
  helm template chart/ | mainsheet check -
      Whatever writes YAML.

A finding that is right as it is can be allowed in the file, with the reason:
  # mainsheet-allow unreachable-rule: it takes over when v1 is gone
  - match: [{uri: {prefix: /reviews}}]
The comment is about what stands behind it; at the beginning of a document, about all of it. Codes of other tools
(IST0130, KIA1106) are understood too.

Exit code 1 where there is an error, or a warning with --deny warnings.";

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// One JSON object
    Json,
    /// SARIF 2.1.0, which code scanning reads
    Sarif,
    /// Annotations of GitHub workflows
    Github,
}

/// What makes the command fail beside errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Denied {
    /// Warnings too
    Warnings,
}

/// The options of `mainsheet check`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct CheckArgs {
    /// What to check.
    #[command(flatten)]
    pub input: InputArgs,

    /// How findings are written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,

    /// Fail on these too
    #[arg(long, value_name = "SEVERITY")]
    pub deny: Option<Denied>,

    /// Say also which fields have no effect in mainsheet, though Istio knows them
    #[arg(long)]
    pub limits: bool,

    /// Show also what comments in the files allow
    #[arg(long)]
    pub show_allowed: bool,
}

/// Runs `mainsheet check`.
pub fn run(args: &CheckArgs) -> Result<()> {
    let files = args.input.read()?;
    let config = args.input.mesh_config()?;
    let loaded = yaml::load(files.into_iter().map(|file| (file.name, file.text)));
    let mut found = gather::all(&loaded, &config, args.limits);
    loaded.sources.resolve(&mut found);
    let Judged { findings, allowed } = allow::judge(found, &loaded.sources);
    let findings = Findings::new(findings, &loaded.sources);
    let resources = loaded.bundle.len();
    match args.format {
        Format::Text => say(&findings, &allowed, resources, args.show_allowed),
        Format::Json => output::line(format_args!("{:#}", as_json(&findings, &allowed))),
        Format::Sarif => output::line(format_args!("{:#}", sarif::log(findings.diagnostics(), &allowed))),
        Format::Github => findings
            .diagnostics()
            .iter()
            .for_each(|finding| output::line(github::annotation(finding))),
    }
    verdict(&findings, args.deny)
}

fn verdict(findings: &Findings, deny: Option<Denied>) -> Result<()> {
    let least = deny.map_or(Severity::Error, |Denied::Warnings| Severity::Warning);
    let worst = findings
        .diagnostics()
        .iter()
        .map(|finding| finding.severity)
        .max();
    if worst.is_some_and(|worst| worst >= least) {
        return Err(Error::Found);
    }
    Ok(())
}

fn say(findings: &Findings, allowed: &[(Diagnostic, String)], resources: usize, show_allowed: bool) {
    if findings.is_empty() && resources == 0 {
        output::line(format_args!(
            "{WARNING}nothing checked{WARNING:#}: there is no resource in the input"
        ));
    } else if findings.is_empty() {
        output::line(format_args!(
            "{GOOD}nothing found{GOOD:#} in {}",
            counted(resources, "resource")
        ));
    } else {
        output::line(findings);
    }
    for (finding, reason) in allowed.iter().filter(|_| show_allowed) {
        let place = finding.location.as_ref().map(ToString::to_string);
        output::line(format_args!(
            "{DIM}allowed: {}: {}: {} ({reason}){DIM:#}",
            place.unwrap_or_default(),
            finding.code,
            finding.message,
        ));
    }
    if !allowed.is_empty() && !show_allowed {
        let count = counted(allowed.len(), "finding");
        output::line(format_args!(
            "{DIM}{count} allowed by comments: --show-allowed{DIM:#}"
        ));
    }
}

/// Findings as they are, and how many there are.
fn as_json(findings: &Findings, allowed: &[(Diagnostic, String)]) -> Value {
    let allowed = allowed.iter();
    let allowed = allowed.map(|(finding, reason)| json!({"finding": finding, "reason": reason}));
    json!({
        "findings": findings.diagnostics(),
        "allowed": allowed.collect::<Vec<_>>(),
        "summary": {
            "errors": findings.count(Severity::Error),
            "warnings": findings.count(Severity::Warning),
            "infos": findings.count(Severity::Info),
        },
    })
}
