//! The command `mainsheet`.

use std::process::ExitCode;

use clap::Parser;
use mainsheet::args::Cli;

fn main() -> ExitCode {
    mainsheet::run(Cli::parse())
}
