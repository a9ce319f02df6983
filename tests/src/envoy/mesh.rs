//! An Envoy that serves resources, as `mainsheet up` would start it: for tests that send real traffic.

use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use mainsheet_core::export::{Export, ExportOptions, export};
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::yaml;
use tempfile::TempDir;

use super::{Envoy, EnvoyBinary, EnvoyOptions, XdsDirectory};
use crate::artifact::FILTER_WASM;

type Failure = Box<dyn Error + Send + Sync>;

/// How long listeners may take.
const LIMIT: Duration = Duration::from_secs(30);

/// A running Envoy with its files.
pub struct RunningMesh {
    // The order matters: Envoy stops before its files go.
    envoy: Envoy,
    files: XdsDirectory,
    options: ExportOptions,
    config: MeshConfig,
    exported: Export,
    _directory: TempDir,
}

impl RunningMesh {
    /// Starts Envoy on resources in YAML. `options` says which proxies it plays; its files are this one's business.
    ///
    /// # Errors
    /// When the resources have errors, or Envoy does not take them.
    pub async fn start(resources: &str, options: ExportOptions) -> Result<Self, Failure> {
        Self::start_with(resources, &MeshConfig::default(), options).await
    }

    /// The same with other settings of the mesh.
    ///
    /// # Errors
    /// When the resources have errors, or Envoy does not take them.
    pub async fn start_with(
        resources: &str,
        config: &MeshConfig,
        options: ExportOptions,
    ) -> Result<Self, Failure> {
        let directory = tempfile::tempdir()?;
        let files = XdsDirectory::new(directory.path().join("xds"))?;
        let wasm = directory.path().join("mainsheet.wasm");
        std::fs::write(&wasm, FILTER_WASM)?;
        let options = ExportOptions {
            wasm: wasm.display().to_string(),
            directory: files.path().display().to_string(),
            ..options
        };
        let exported = exported(resources, config, &options)?;
        write(&files, &exported)?;
        let bootstrap = files.path().join("bootstrap.json");
        let binary = EnvoyBinary::find(None)?;
        let envoy = Envoy::start(&binary, Path::new(&bootstrap), EnvoyOptions::default()).await?;
        let running = Self {
            envoy,
            files,
            options,
            config: config.clone(),
            exported,
            _directory: directory,
        };
        running.wait().await?;
        Ok(running)
    }

    /// Writes other resources. Envoy follows when it sees them.
    ///
    /// # Errors
    /// When they have errors, or cannot be written.
    pub fn change(&mut self, resources: &str) -> Result<(), Failure> {
        self.exported = exported(resources, &self.config, &self.options)?;
        write(&self.files, &self.exported)
    }

    /// The Envoy.
    pub fn envoy(&self) -> &Envoy {
        &self.envoy
    }

    /// Where the listener is that was planned for this port, as Envoy has bound it; the first one for `None`.
    ///
    /// # Errors
    /// When there is none.
    pub async fn address(&self, port: Option<u16>) -> Result<SocketAddr, Failure> {
        let mut planned = self.exported.addresses.iter();
        let listener = planned
            .find(|listener| port.is_none() || listener.logical_port == port)
            .ok_or("no such listener")?;
        let bound = self.envoy.listeners().await?;
        Ok(*bound
            .get(&listener.name)
            .ok_or("Envoy does not have the listener")?)
    }

    async fn wait(&self) -> Result<(), Failure> {
        let end = tokio::time::Instant::now() + LIMIT;
        loop {
            let bound = self.envoy.listeners().await?;
            let mut wanted = self.exported.addresses.iter();
            if wanted.all(|listener| bound.contains_key(&listener.name)) {
                return Ok(());
            }
            if tokio::time::Instant::now() > end {
                return Err(format!("Envoy does not serve:\n{}", self.envoy.log_tail()).into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn exported(resources: &str, config: &MeshConfig, options: &ExportOptions) -> Result<Export, Failure> {
    let loaded = yaml::load([("resources.yaml", resources)]);
    if loaded.has_errors() {
        return Err(format!("{:#?}", loaded.diagnostics).into());
    }
    let mesh = Mesh::new(&loaded.bundle, config, &mut Report::default());
    Ok(export(&mesh, &loaded.bundle, options))
}

fn write(files: &XdsDirectory, exported: &Export) -> Result<(), Failure> {
    let texts = exported.files().into_iter();
    files.write(&texts.map(|(name, text)| (name, text.into_bytes())).collect())?;
    Ok(())
}
