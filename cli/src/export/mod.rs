//! `mainsheet export`: the filter's configuration as files.

mod args;
mod directory;
mod istio;

use std::path::Path;

use mainsheet_core::compile::compile_mesh;
use mainsheet_core::export::ProxyExport;
use mainsheet_core::export::manifests::plugin_settings;
use mainsheet_core::matcher::RepeatedHeaders;
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::settings::Routes;
use mainsheet_core::yaml::Loaded;

pub use args::{EnvoyArgs, ExportArgs, Form, Phase, RoutesChoice};

use crate::error::{Error, Result};
use crate::output;
use crate::resolve::{accept, load};
use crate::up::{ProxyChoice, SidecarChoice, add_service_labels};

/// Runs `mainsheet export`.
pub fn run(args: &ExportArgs) -> Result<()> {
    args.check()?;
    if args.to.is_directory() && is_stdout(&args.output) {
        return Err(Error::Usage(
            "the files of an Envoy need a directory: --output DIR".to_owned(),
        ));
    }
    let (loaded, mut mesh) = load(&args.input)?;
    mesh.config = args.telemetry.mesh(mesh.config);
    let proxies = args.proxies(&mesh)?;
    // The filter would refuse what does not compile, but it knows no files and lines.
    let compiled = proxies
        .iter()
        .map(|proxy| compile_mesh(&mesh, &proxy.proxy, Report::default()));
    let findings =
        compiled.flat_map(|compiled| compiled.map_or_else(|findings| findings, |all| all.diagnostics));
    accept(&loaded, findings.collect())?;
    match args.to {
        Form::Envoy | Form::EnvoyNative => directory::write(args, &loaded, &mesh, proxies),
        Form::PluginConfig => plugin_config(args, &loaded, &mesh, &proxies),
        Form::EnvoyFilter | Form::WasmPlugin | Form::TrafficExtension => {
            istio::write(args, &loaded, &mesh, &proxies)
        }
    }
}

impl ExportArgs {
    fn proxies(&self, mesh: &Mesh) -> Result<Vec<ProxyExport>> {
        let nothing_named = self.gateways.is_empty() && self.sidecars.is_empty();
        let choice = ProxyChoice {
            gateways: self.gateways.clone(),
            sidecars: if nothing_named && self.to == Form::PluginConfig {
                vec![SidecarChoice::of_namespace("default")]
            } else {
                self.sidecars.clone()
            },
        };
        let mut proxies = choice.proxies(mesh).map_err(Error::Usage)?;
        for ProxyExport { proxy, .. } in &mut proxies {
            if self.joined_headers {
                proxy.repeated_headers = RepeatedHeaders::Joined;
            }
            if !self.to.is_directory() {
                add_service_labels(mesh, proxy);
            }
        }
        Ok(proxies)
    }
}

/// The configuration of one filter. By default that which the objects for Istio carry.
fn plugin_config(args: &ExportArgs, loaded: &Loaded, mesh: &Mesh, proxies: &[ProxyExport]) -> Result<()> {
    let [proxy] = proxies else {
        return Err(Error::Usage(
            "a configuration is that of one proxy: name one with --sidecar or --gateway".to_owned(),
        ));
    };
    let routes = args.routes.map_or(Routes::Shared, Routes::from);
    let settings = plugin_settings(mesh, &loaded.bundle, &proxy.proxy, routes, args.trace);
    let settings = settings.map_err(|error| Error::Failed(error.to_string()))?;
    put(&args.output, &format!("{settings:#}\n"))
}

fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Writes a text to a file, or to standard output.
fn put(path: &Path, text: &str) -> Result<()> {
    if is_stdout(path) {
        output::line(text.trim_end_matches('\n'));
        return Ok(());
    }
    std::fs::write(path, text).map_err(Error::io(format!("writing {}", path.display())))
}
