//! From texts to the files of Envoy, without touching what runs.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use mainsheet_core::compile;
use mainsheet_core::diagnostic::{Diagnostic, Severity};
use mainsheet_core::export::{self, Export, ExportOptions};
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::yaml::{self, Loaded};

use super::options::SessionOptions;
use super::standins::{self, Standin, StandinKey};
use crate::error::{Error, Result};
use crate::findings::Findings;
use crate::input::InputFile;

/// Input that has been read and resolved.
pub(super) struct Draft {
    loaded: Loaded,
    config: MeshConfig,
    mesh: Mesh,
    /// What has to run before it can be served.
    pub(super) standins: Vec<Standin>,
}

/// A complete configuration.
pub(super) struct Generated {
    /// The mesh that it serves.
    pub(super) mesh: Mesh,
    /// What was noticed; no errors among it.
    pub(super) findings: Findings,
    /// What Envoy reads.
    pub(super) export: Export,
}

/// The file of the filter in Envoy's directory.
pub(crate) const WASM_FILE: &str = "mainsheet.wasm";

impl Draft {
    /// Reads the input. Errors in it are all reported at once.
    pub(super) fn read(files: &[InputFile], config: &MeshConfig) -> Result<Self> {
        let loaded = yaml::load(files.iter().map(|file| (file.name.clone(), file.text.clone())));
        let mut report = Report::default();
        let mesh = Mesh::new(&loaded.bundle, config, &mut report);
        let draft = Self {
            standins: standins::needed(&mesh),
            loaded,
            config: config.clone(),
            mesh,
        };
        draft.accept(draft.loaded.diagnostics.clone())?;
        if draft.loaded.bundle.is_empty() {
            return Err(Error::Usage(
                "the input holds no resources that rules could be in".to_owned(),
            ));
        }
        Ok(draft)
    }

    /// Compiles and writes out everything, with the stand-ins where they listen.
    pub(super) fn generate(
        mut self,
        options: &SessionOptions,
        directory: &Path,
        addresses: &BTreeMap<StandinKey, SocketAddr>,
    ) -> Result<Generated> {
        standins::register(&mut self.loaded.bundle, &self.mesh, &self.standins, addresses);
        let mut report = Report::default();
        let mesh = Mesh::new(&self.loaded.bundle, &self.config, &mut report);
        let mut diagnostics = self.loaded.diagnostics.clone();
        diagnostics.extend(report.into_diagnostics());
        let proxies = options.proxies.proxies(&mesh).map_err(Error::Usage)?;
        for proxy in &proxies {
            match compile::compile_mesh(&mesh, &proxy.proxy, Report::default()) {
                Ok(compiled) => diagnostics.extend(compiled.diagnostics),
                Err(errors) => diagnostics.extend(errors),
            }
        }
        self.accept(diagnostics.clone())?;
        let options = ExportOptions {
            proxies,
            wasm: directory.join(WASM_FILE).display().to_string(),
            directory: directory.display().to_string(),
            admin: SocketAddr::new(options.bind, options.admin_port),
            bind: options.bind,
            port_map: options.ports.clone(),
            outbound_port: options.outbound_port,
            trace: options.trace,
            durations: options.durations,
            seed: options.seed,
            endpoints: standins::overrides(&mesh, &self.standins, addresses),
            ..ExportOptions::default()
        };
        let export = export::export(&mesh, &self.loaded.bundle, &options);
        diagnostics.extend(export.diagnostics.clone());
        let findings = self.accept(diagnostics)?;
        Ok(Generated {
            mesh,
            findings,
            export,
        })
    }

    fn accept(&self, diagnostics: Vec<Diagnostic>) -> Result<Findings> {
        let refused = diagnostics
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error);
        let findings = Findings::new(diagnostics, &self.loaded.sources);
        if refused {
            Err(Error::Refused(Box::new(findings)))
        } else {
            Ok(findings)
        }
    }
}
