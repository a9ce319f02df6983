//! The differential fuzzer: linear reference, compiled table, explanation and filter decide alike.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use mainsheet_core::yaml;
use mainsheet_tests::corpus::Suite;
use mainsheet_tests::fuzz::decider::{Decider, Explaining, Failure, Filter, Indexed};
use mainsheet_tests::fuzz::{Found, Plan, Tally, check_suite, print, run};

/// Puts random configurations and requests to everything that decides, and shows the smallest on which they
/// do not agree.
#[derive(Debug, Parser)]
struct Arguments {
    /// Decides all configurations and requests
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many configurations to try
    #[arg(long, default_value_t = 5000)]
    configurations: u64,
    /// How many requests to put to each
    #[arg(long, default_value_t = 200)]
    requests_per_configuration: u64,
    /// Stop after so many seconds
    #[arg(long)]
    seconds: Option<u64>,
    /// What to hold against the linear reference
    #[arg(long, value_enum, default_value_t = Subject::All)]
    subject: Subject,
    /// Try the cases of this file instead
    #[arg(long, value_name = "FILE")]
    case: Option<PathBuf>,
}

/// What is held against the linear reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// The compiled table, deciding and explaining
    Table,
    /// The filter in the simulated host
    Wasm,
    /// All of them
    All,
}

fn main() -> ExitCode {
    match fuzz(&Arguments::parse()) {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(found)) => {
            say(print(&found).unwrap_or_else(|error| format!("{error}\n{found:#?}")));
            ExitCode::FAILURE
        }
        Err(error) => {
            say(format_args!("error: {error}"));
            ExitCode::from(2)
        }
    }
}

fn fuzz(arguments: &Arguments) -> Result<Option<Found>, Failure> {
    let mut deciders = deciders(arguments.subject)?;
    if let Some(path) = &arguments.case {
        let suite: Suite =
            yaml::read(path.display().to_string(), std::fs::read_to_string(path)?).map_err(|findings| {
                findings
                    .iter()
                    .map(|finding| format!("{finding}\n"))
                    .collect::<String>()
            })?;
        return check_suite(&suite, arguments.seed, &mut deciders);
    }
    let plan = Plan {
        seed: arguments.seed,
        configurations: arguments.configurations,
        requests: arguments.requests_per_configuration,
        limit: arguments.seconds.map(Duration::from_secs),
    };
    say(format_args!("seed {}", plan.seed));
    let begin = Instant::now();
    let mut shown = Duration::ZERO;
    let (tally, found) = run(&plan, &mut deciders, |tally| {
        let elapsed = begin.elapsed();
        if elapsed.saturating_sub(shown) > Duration::from_secs(10) {
            shown = elapsed;
            say(format_args!(
                "{} pairs, {} a second",
                tally.pairs,
                rate(tally, elapsed)
            ));
        }
    });
    say(format_args!(
        "{tally}{} pairs a second",
        rate(&tally, begin.elapsed())
    ));
    if let Some(found) = &found {
        say(format_args!(
            "\ndisagreement in configuration {} of seed {}:\n",
            found.configuration, plan.seed
        ));
    }
    Ok(found)
}

fn deciders(subject: Subject) -> Result<Vec<Box<dyn Decider>>, Failure> {
    let mut deciders: Vec<Box<dyn Decider>> = Vec::new();
    if subject != Subject::Wasm {
        deciders.push(Box::<Indexed>::default());
        deciders.push(Box::<Explaining>::default());
    }
    if subject != Subject::Table {
        deciders.push(Box::new(Filter::new()?));
    }
    Ok(deciders)
}

fn rate(tally: &Tally, elapsed: Duration) -> u64 {
    let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
    tally.pairs.saturating_mul(1000) / milliseconds
}

/// Whoever has closed the output does not want the line.
fn say(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
