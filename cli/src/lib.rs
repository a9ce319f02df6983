//! The command `mainsheet` as a library, so that its tests and its demo run the same engine.
//!
//! * [`args`]: what can be typed.
//! * [`input`], [`findings`]: reading YAML, and saying what is wrong with it and where.
//! * [`up`]: a stock Envoy that obeys the input, and follows it when it changes.
//! * [`check`]: what is wrong with resources, before they ship.
//! * [`explain`]: which rule decides a request, and why no other does.
//! * [`export`]: the filter's configuration as files: for an Envoy, or for a mesh that Istio runs.
//! * [`package`]: the filter as an image for a registry.
//! * [`config`]: what an Envoy is told.
//! * [`status`]: whether running Envoys have what their files say.
//! * [`mod@test`]: tests of routing configuration.
//! * [`habits`]: completions and manual pages.
//! * [`demo`]: the same on Bookinfo, with figures.

pub mod args;
pub mod check;
mod claim;
pub mod config;
pub mod demo;
pub mod error;
pub mod explain;
pub mod export;
pub mod findings;
pub mod habits;
pub mod input;
mod json;
pub mod output;
pub mod package;
mod resolve;
pub mod status;
mod table;
mod telemetry;
pub mod test;
pub mod up;

use std::process::ExitCode;

use crate::args::{Cli, Command};
use crate::error::{Error, Result};

/// Runs a command, prints what went wrong, and says how it ended.
pub fn run(cli: Cli) -> ExitCode {
    match dispatch(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn dispatch(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Up(args) => block_on(up::run(args)),
        Command::Check(args) => check::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Status(args) => block_on(status::run(args)),
        Command::Config(args) => block_on(config::run(args)),
        Command::Export(args) => export::run(&args),
        Command::Package(args) => package::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Init(args) => test::init(&args),
        Command::Demo(args) => block_on(demo::run(args)),
        Command::Completions(args) => {
            habits::completions(&args);
            Ok(())
        }
        Command::Man(args) => habits::man(&args),
    }
}

/// Runs something that talks over the network.
fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder
        .enable_all()
        .build()
        .map_err(Error::io("starting the runtime"))?;
    runtime.block_on(work)
}
