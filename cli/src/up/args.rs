//! The options of `mainsheet up`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;
use mainsheet_tests::envoy::EnvoyBinary;

use super::options::SessionOptions;
use super::proxies::{ProxyChoice, SidecarChoice};
use crate::error::Result;
use crate::input::InputArgs;
use crate::telemetry::TelemetryArgs;

const EXAMPLES: &str = "\
Examples:
  mainsheet up k8s/
      Every Gateway of k8s/ on its own ports, and the routes of a sidecar of namespace default on port 15001.
  mainsheet up app.yaml --port 80=8080 --port 443=8443
      The same without the right to bind low ports.
  mainsheet up app.yaml --sidecar shop,app=web
      Only what the sidecar of the workload app=web in namespace shop sees.
  kustomize build . | mainsheet up -
      Whatever writes YAML. Standard input cannot be followed for changes.

Workloads without address get echo upstreams, which answer with what reached them in JSON. Requests steer them:
x-echo-status: 503, x-echo-fail: 2 (the first two attempts fail), x-echo-delay: 500ms, x-echo-headers: a=1; b=2.";

/// The options of `mainsheet up`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct UpArgs {
    /// What to serve.
    #[command(flatten)]
    pub input: InputArgs,

    /// The Envoy to run; else MAINSHEET_ENVOY, PATH, the cache, or a download.
    #[arg(long, value_name = "FILE")]
    pub envoy: Option<PathBuf>,

    /// Serve this Gateway, as NAMESPACE/NAME; can be repeated. Without --gateway and --sidecar all Gateways are served.
    #[arg(long = "gateway", value_name = "NAMESPACE/NAME")]
    pub gateways: Vec<String>,

    /// Serve the outbound side of a workload; can be repeated. Without --gateway and --sidecar that of namespace
    /// default is served.
    #[arg(long = "sidecar", value_name = "NAMESPACE[/LABEL=VALUE,…]")]
    pub sidecars: Vec<SidecarChoice>,

    /// The address to listen on.
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    pub bind: IpAddr,

    /// Listen on another port than a Gateway says: 80=8080; can be repeated.
    #[arg(long = "port", value_name = "PORT=PORT", value_parser = port_pair)]
    pub ports: Vec<(u16, u16)>,

    /// The port for outbound requests of sidecars; 0 lets the system choose.
    #[arg(long, value_name = "PORT", default_value_t = 15001)]
    pub outbound_port: u16,

    /// The port of Envoy's administration; 0 lets the system choose.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub admin_port: u16,

    /// Where Envoy's files are written, and stay; else a temporary directory.
    #[arg(long, value_name = "DIR")]
    pub directory: Option<PathBuf>,

    /// Worker threads of Envoy.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub concurrency: u32,

    /// Start no echo upstreams for workloads without address.
    #[arg(long)]
    pub no_echo: bool,

    /// Let the filter explain each decision in its filter state.
    #[arg(long)]
    pub trace: bool,

    /// What is observed.
    #[command(flatten)]
    pub telemetry: TelemetryArgs,
}

impl UpArgs {
    /// How the session runs. Finds Envoy, and fetches it if need be.
    pub fn options(&self) -> Result<SessionOptions> {
        let envoy = EnvoyBinary::find(self.envoy.as_deref())?;
        Ok(SessionOptions {
            proxies: ProxyChoice {
                gateways: self.gateways.clone(),
                sidecars: self.sidecars.clone(),
            },
            mesh: self.telemetry.mesh(self.input.mesh_config()?),
            bind: self.bind,
            ports: self.ports.iter().copied().collect(),
            outbound_port: self.outbound_port,
            admin_port: self.admin_port,
            directory: self.directory.clone(),
            concurrency: self.concurrency,
            echo: !self.no_echo,
            trace: self.trace,
            durations: self.telemetry.durations,
            ..SessionOptions::new(envoy)
        })
    }
}

/// Reads `80=8080`.
pub(crate) fn port_pair(text: &str) -> std::result::Result<(u16, u16), String> {
    let (from, to) = text
        .split_once('=')
        .ok_or("expected PORT=PORT, such as 80=8080")?;
    let number = |text: &str| text.parse().map_err(|_| format!("`{text}` is no port"));
    Ok((number(from)?, number(to)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_come_in_pairs() {
        assert_eq!(port_pair("80=8080"), Ok((80, 8080)));
        assert!(port_pair("80").is_err() && port_pair("80=x").is_err());
    }
}
