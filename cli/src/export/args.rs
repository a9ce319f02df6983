//! The options of `mainsheet export`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use mainsheet_core::export::manifests::ModuleSource;
use mainsheet_core::settings::Routes;

use crate::error::{Error, Result};
use crate::input::InputArgs;
use crate::output;
use crate::telemetry::TelemetryArgs;
use crate::up::{SidecarChoice, port_pair};

const EXAMPLES: &str = "\
Examples:
  mainsheet export k8s/ --to envoy --output envoy/
      Files for a stock Envoy, and the filter: envoy -c envoy/bootstrap.json.
  mainsheet export k8s/ --to envoy-native --output envoy/
      The same rules as Envoy's own routes, structured as Istio writes them, without the filter.
  mainsheet export k8s/ --to envoy-filter --sidecar shop,app=web --wasm /etc/mainsheet/mainsheet.wasm | kubectl apply -f -
      The filter in the sidecars of app=web in namespace shop, from a file in their containers.
  mainsheet export k8s/ --to wasm-plugin --gateway shop/edge --wasm oci://registry.example/mainsheet:0.1.0
      The filter in the gateway that serves shop/edge, from a registry, with the EnvoyFilter that it needs.
  mainsheet export k8s/ --to plugin-config
      The configuration of the filter alone, in JSON.";

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// A directory with all that a stock Envoy needs
    Envoy,
    /// The same without the filter: the rules as Envoy's own routes and filter chains, as Istio writes them
    EnvoyNative,
    /// EnvoyFilter: the filter and its routes in proxies of a running Istio
    EnvoyFilter,
    /// WasmPlugin, and an EnvoyFilter for the routes
    WasmPlugin,
    /// TrafficExtension of Istio 1.30 and later, and an EnvoyFilter for the routes
    TrafficExtension,
    /// The configuration of the filter of one proxy
    PluginConfig,
}

impl Form {
    /// Whether it is a directory for an Envoy of one's own.
    pub(super) fn is_directory(self) -> bool {
        matches!(self, Self::Envoy | Self::EnvoyNative)
    }

    /// Whether it is for proxies of a running Istio, and says where they find the filter.
    fn is_for_istio(self) -> bool {
        matches!(
            self,
            Self::EnvoyFilter | Self::WasmPlugin | Self::TrafficExtension
        )
    }
}

/// Whose routes stand behind the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RoutesChoice {
    /// Its own: Envoy answers 404 to what no rule takes
    Own,
    /// Its own in front of those of a running Istio: the filter answers 404 itself, and leaves other hosts alone
    Shared,
}

impl From<RoutesChoice> for Routes {
    fn from(choice: RoutesChoice) -> Self {
        match choice {
            RoutesChoice::Own => Self::Own,
            RoutesChoice::Shared => Self::Shared,
        }
    }
}

/// Where a WasmPlugin stands among filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Phase {
    /// Before Istio authenticates
    Authn,
    /// After that, before Istio authorizes
    Authz,
    /// After that, before Istio gathers statistics
    Stats,
}

impl Phase {
    /// As Istio spells it.
    pub(super) fn name(self) -> String {
        match self {
            Self::Authn => "AUTHN",
            Self::Authz => "AUTHZ",
            Self::Stats => "STATS",
        }
        .to_owned()
    }
}

/// The options of `mainsheet export`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ExportArgs {
    /// What to write it for.
    #[command(flatten)]
    pub input: InputArgs,

    /// What to write
    #[arg(long, value_name = "FORM")]
    pub to: Form,

    /// Where to: a directory for `envoy` and `envoy-native`, else a file; `-` is standard output
    #[arg(short, long, value_name = "OUT", default_value = "-")]
    pub output: PathBuf,

    /// Write into a directory that holds other files
    #[arg(long)]
    pub force: bool,

    /// For the gateway workload that serves this Gateway, as NAMESPACE/NAME; can be repeated. Without --gateway and
    /// --sidecar for all Gateways
    #[arg(long = "gateway", value_name = "NAMESPACE/NAME")]
    pub gateways: Vec<String>,

    /// For the outbound side of a workload; can be repeated. Without --gateway and --sidecar for that of namespace
    /// default
    #[arg(long = "sidecar", value_name = "NAMESPACE[/LABEL=VALUE,…]")]
    pub sidecars: Vec<SidecarChoice>,

    /// Match the values of a repeated header joined with commas, as Envoy before 1.39 and so Istio up to 1.30
    #[arg(long)]
    pub joined_headers: bool,

    /// Let the filter explain each decision in its filter state
    #[arg(long)]
    pub trace: bool,

    /// Where proxies find the filter: a path in their containers, or a URL with http://, https:// or oci://; for
    /// `envoy` a path, else it is written into the directory
    #[arg(long, value_name = "PLACE")]
    pub wasm: Option<String>,

    /// The SHA-256 of what --wasm names, of a file or of an image's manifest [default: that of this build]
    #[arg(long, value_name = "HEX", value_parser = sha256)]
    pub sha256: Option<String>,

    /// Where a WasmPlugin or TrafficExtension stands; without it behind all phases
    #[arg(long)]
    pub phase: Option<Phase>,

    /// Whose routes stand behind the filter, for `plugin-config` [default: shared]
    #[arg(long)]
    pub routes: Option<RoutesChoice>,

    /// What is observed.
    #[command(flatten)]
    pub telemetry: TelemetryArgs,

    /// What concerns an Envoy of one's own.
    #[command(flatten)]
    pub envoy: EnvoyArgs,
}

/// What concerns an Envoy of one's own.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Options of --to envoy and --to envoy-native")]
pub struct EnvoyArgs {
    /// Where Envoy finds the directory, such as in a container [default: where it is written]
    #[arg(long, value_name = "DIR")]
    pub mount: Option<String>,

    /// The address to listen on [default: 127.0.0.1]
    #[arg(long, value_name = "IP")]
    pub bind: Option<IpAddr>,

    /// Listen on another port than a Gateway says: 80=8080; can be repeated
    #[arg(long = "port", value_name = "PORT=PORT", value_parser = port_pair)]
    pub ports: Vec<(u16, u16)>,

    /// The port for outbound requests of sidecars [default: 15001]
    #[arg(long, value_name = "PORT")]
    pub outbound_port: Option<u16>,

    /// The port of Envoy's administration, on 127.0.0.1 [default: 15000]
    #[arg(long, value_name = "PORT")]
    pub admin_port: Option<u16>,
}

impl ExportArgs {
    /// Refuses options that another form has, and asks for what this one needs.
    pub(super) fn check(&self) -> Result<()> {
        let (form, envoy) = (self.to, &self.envoy);
        let own = form.is_directory();
        let filter = form != Form::EnvoyNative;
        let plugin = matches!(form, Form::WasmPlugin | Form::TrafficExtension);
        for (option, is_given, has_effect) in [
            ("--force", self.force, own),
            ("--access-log", self.telemetry.access_log.is_some(), own),
            ("--durations", self.telemetry.durations, form == Form::Envoy),
            ("--mount", envoy.mount.is_some(), own),
            ("--bind", envoy.bind.is_some(), own),
            ("--port", !envoy.ports.is_empty(), own),
            ("--outbound-port", envoy.outbound_port.is_some(), own),
            ("--admin-port", envoy.admin_port.is_some(), own),
            ("--trace", self.trace, filter),
            (
                "--wasm",
                self.wasm.is_some(),
                form == Form::Envoy || form.is_for_istio(),
            ),
            ("--sha256", self.sha256.is_some(), form.is_for_istio()),
            ("--phase", self.phase.is_some(), plugin),
            ("--routes", self.routes.is_some(), form == Form::PluginConfig),
        ] {
            if is_given && !has_effect {
                return Err(Error::Usage(format!(
                    "{option} means nothing to --to {}",
                    name(form)
                )));
            }
        }
        if form.is_for_istio() {
            self.module()?;
        }
        match &self.wasm {
            Some(place) if own && place.contains("://") => Err(Error::Usage(format!(
                "--wasm {place}: an Envoy of your own reads a file"
            ))),
            _ => Ok(()),
        }
    }

    /// Where proxies of a running Istio find the filter.
    pub(super) fn module(&self) -> Result<ModuleSource> {
        let missing = || {
            Error::Usage(
                "say where proxies find the filter: --wasm /path/in/the/container, or --wasm oci://…"
                    .to_owned(),
            )
        };
        let place = self.wasm.as_ref().ok_or_else(missing)?;
        place
            .parse()
            .map_err(|error| Error::Usage(format!("--wasm {place}: {error}")))
    }
}

fn name(form: Form) -> String {
    output::name_of(&form)
}

fn sha256(text: &str) -> std::result::Result<String, String> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    let is_hash = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash
        .then(|| digits.to_ascii_lowercase())
        .ok_or_else(|| "expected 64 hexadecimal digits".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_have_64_digits() {
        let hash = "A".repeat(64);
        assert_eq!(sha256(&format!("sha256:{hash}")), Ok("a".repeat(64)));
        assert!(sha256("abc").is_err() && sha256(&"g".repeat(64)).is_err());
    }
}
