//! What can be typed.

use std::sync::LazyLock;

use clap::{Parser, Subcommand};
use mainsheet_tests::artifact;

use crate::check::CheckArgs;
use crate::config::ConfigArgs;
use crate::demo::DemoArgs;
use crate::explain::ExplainArgs;
use crate::export::ExportArgs;
use crate::habits::{CompletionsArgs, ManArgs};
use crate::package::PackageArgs;
use crate::status::StatusArgs;
use crate::test::{InitArgs, TestArgs};
use crate::up::UpArgs;

static VERSION: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{}\nfilter sha256:{}",
        env!("CARGO_PKG_VERSION"),
        artifact::sha256()
    )
});

const EXIT_CODES: &str = "\
Exit codes:
  0  everything is as it should be
  1  the input has errors, or a check failed
  2  the command line makes no sense
  3  the environment: a file, Envoy, the network

Examples:
  mainsheet up k8s/                     run a stock Envoy that obeys the resources in k8s/
  mainsheet up app.yaml --port 80=8080  the same, with the gateway's port 80 on 8080
  mainsheet explain k8s/ -- http://reviews:9080/reviews/1 -H 'end-user: jason'
                                        ask which rule decides a request, and why no other does
  mainsheet check k8s/                  find what is wrong with the resources, before they ship
  mainsheet test k8s/                   run the tests in *.test.yaml
  mainsheet config routes k8s/          the routes in the order in which they are tried
  mainsheet export k8s/ --to envoy --output envoy/
                                        write files for a stock Envoy
  mainsheet export k8s/ --to envoy-filter --sidecar shop,app=web --wasm /etc/mainsheet/mainsheet.wasm
                                        bring the filter into the sidecars of a running Istio
  mainsheet demo                        see it work on Bookinfo, with figures";

/// Istio's traffic rules, decided by one small core in a stock Envoy: no control plane, no Kubernetes.
///
/// Give it VirtualServices, DestinationRules, Gateways, ServiceEntries, Services and Deployments as you would give
/// them to kubectl.
#[derive(Parser, Debug)]
#[command(name = "mainsheet", version = VERSION.as_str(), after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run a stock Envoy that obeys the input, and follows it when it changes
    Up(UpArgs),
    /// Find what is wrong with resources before they ship
    Check(CheckArgs),
    /// Ask which rule decides a request, why no other does, and what then happens
    #[command(visible_alias = "route")]
    Explain(ExplainArgs),
    /// Show what an Envoy is told: routes, clusters, listeners, endpoints, bootstrap
    Config(ConfigArgs),
    /// Show whether running Envoys have the configuration that their files say
    Status(StatusArgs),
    /// Write the configuration of an Envoy, or what brings the filter into a mesh that Istio runs
    Export(ExportArgs),
    /// Write the filter as an image for a registry, or as a file
    Package(PackageArgs),
    /// Run tests of routing configuration, with coverage
    Test(TestArgs),
    /// Write a first test file for resources, which expects what the rules do today
    Init(InitArgs),
    /// Run Bookinfo through a stock Envoy, and compare what happens with what the rules say
    Demo(DemoArgs),
    /// Write what lets a shell complete this command
    Completions(CompletionsArgs),
    /// Write the manual pages
    Man(ManArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
