//! `mainsheet config`: what an Envoy is told, in the tables that users of istioctl know. It is read from a running
//! Envoy, or made of resources as [`up`](crate::up) and `export` do.

mod clusters;
mod endpoints;
mod listeners;
mod routes;
mod snapshot;

use std::net::SocketAddr;

use clap::{Args, ValueEnum};
use serde_json::Value;

use self::snapshot::Snapshot;
use crate::error::{Error, Result};
use crate::input::InputArgs;
use crate::output;
use crate::table::Rows;
use crate::up::{ProxyChoice, SidecarChoice};

const EXAMPLES: &str = "\
Examples:
  mainsheet config routes k8s/ --sidecar shop
      The routes of a sidecar in namespace shop: which VirtualService each comes from, in order.
  mainsheet config clusters k8s/ --fqdn reviews
      The clusters of every service with reviews in its name.
  mainsheet config endpoints --admin 127.0.0.1:9901
      What a running Envoy knows of its endpoints.
  mainsheet config listeners k8s/ -o json
      Listeners as Envoy is given them.";

/// Arguments of `mainsheet config`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ConfigArgs {
    /// What to show
    #[arg(value_enum, value_name = "WHAT")]
    part: Part,
    #[command(flatten)]
    input: InputArgs,
    /// Ask the running Envoy whose administration listens here, in place of resources
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with_all = ["paths", "gateways", "sidecars"])]
    admin: Option<SocketAddr>,
    /// The gateway workload that serves this Gateway; can be repeated
    #[arg(long = "gateway", value_name = "NAMESPACE/NAME")]
    gateways: Vec<String>,
    /// The sidecar of a workload; can be repeated. Without --gateway and --sidecar all Gateways are shown, and a sidecar
    /// of namespace default
    #[arg(long = "sidecar", value_name = "NAMESPACE[/LABEL=VALUE,…]")]
    sidecars: Vec<SidecarChoice>,
    #[command(flatten)]
    filter: Filter,
    /// As a table, or as Envoy is given it
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    output: Format,
}

/// Which part of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Virtual hosts and routes, in the order in which they are tried
    #[value(alias = "route", alias = "r")]
    Routes,
    /// Where requests can be sent
    #[value(alias = "cluster", alias = "c")]
    Clusters,
    /// Where connections are taken
    #[value(alias = "listener", alias = "l")]
    Listeners,
    /// The addresses behind clusters
    #[value(alias = "endpoint", alias = "ep")]
    Endpoints,
    /// What Envoy is started with
    #[value(alias = "b")]
    Bootstrap,
}

/// What is left out.
#[derive(Args, Clone, Debug, Default)]
struct Filter {
    /// Only what has this name: of a route table or listener, or of a cluster in endpoints
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Only what is on this port
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Only services with this in their name
    #[arg(long, value_name = "TEXT")]
    fqdn: Option<String>,
}

impl Filter {
    fn allows(&self, name: &str, port: Option<u16>, fqdn: &str) -> bool {
        self.name.as_deref().is_none_or(|wanted| wanted == name)
            && self.port.is_none_or(|wanted| port == Some(wanted))
            && self.fqdn.as_deref().is_none_or(|wanted| fqdn.contains(wanted))
    }
}

/// How it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Columns for people
    Table,
    /// JSON
    Json,
    /// YAML
    Yaml,
}

/// Runs `mainsheet config`.
pub async fn run(args: ConfigArgs) -> Result<()> {
    let snapshot = match args.admin {
        Some(admin) => Snapshot::of_envoy(admin).await?,
        None => {
            let choice = ProxyChoice {
                gateways: args.gateways.clone(),
                sidecars: args.sidecars.clone(),
            };
            Snapshot::of_resources(&args.input, &choice)?
        }
    };
    let (rows, values) = args.part.of(&snapshot, &args.filter)?;
    let text = match (args.output, args.part) {
        (Format::Yaml, _) | (Format::Table, Part::Bootstrap) => yaml(&values)?,
        (Format::Json, _) => serde_json::to_string_pretty(&values).map_err(failed)?,
        (Format::Table, _) => rows.to_string(),
    };
    output::line(text.trim_end());
    Ok(())
}

impl Part {
    /// The rows of the table, and what Envoy is given.
    fn of(self, snapshot: &Snapshot, filter: &Filter) -> Result<(Rows, Value)> {
        Ok(match self {
            Self::Routes => routes::show(snapshot, filter)?,
            Self::Clusters => clusters::show(snapshot, filter),
            Self::Listeners => listeners::show(snapshot, filter),
            Self::Endpoints => endpoints::show(snapshot, filter),
            Self::Bootstrap => (Rows::default(), snapshot.bootstrap.clone()),
        })
    }
}

fn yaml(value: &Value) -> Result<String> {
    serde_saphyr::to_string(value).map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Failed(error.to_string())
}
