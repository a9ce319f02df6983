//! A running Envoy with its upstreams, that takes one configuration after the other.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mainsheet_core::export::ListenerAddress;
use mainsheet_core::mesh::Mesh;
use mainsheet_tests::artifact;
use mainsheet_tests::envoy::{Envoy, EnvoyOptions, XdsDirectory};
use mainsheet_tests::upstream::Workload;
use tempfile::TempDir;

use super::apply;
use super::confirm::{self, Seen};
use super::generate::{Draft, Generated, WASM_FILE};
use super::options::SessionOptions;
use super::stage::Files;
use super::upstreams::Upstreams;
use crate::error::{Error, Result};
use crate::findings::Findings;
use crate::input::InputFile;

/// Envoy's log, among its files.
pub(crate) const LOG_FILE: &str = "envoy.log";

/// What became of a configuration that was applied.
#[derive(Debug)]
pub struct Applied {
    /// The files of Envoy that changed, in the order in which they were written.
    pub changed: Vec<String>,
    /// From the first written file until Envoy used the last one.
    pub confirmed_after: Duration,
    /// What was noticed; no errors among it.
    pub findings: Findings,
}

/// A running Envoy. Dropping it stops everything that it has started.
pub struct Session {
    // The order matters: Envoy stops before its upstreams and its files go.
    envoy: Envoy,
    upstreams: Upstreams,
    directory: XdsDirectory,
    options: SessionOptions,
    addresses: Vec<ListenerAddress>,
    mesh: Mesh,
    files: Files,
    _temporary: Option<TempDir>,
}

impl Session {
    /// Starts Envoy and what it needs on this input, and waits until it serves.
    pub async fn start(options: SessionOptions, input: &[InputFile]) -> Result<(Self, Applied)> {
        let (directory, temporary) = directory(options.directory.as_deref())?;
        let mut upstreams = Upstreams::default();
        let generated = generate(&options, &mut upstreams, directory.path(), input).await?;
        let mut files = files(&generated);
        let started = Instant::now();
        let changed = directory.write(&files)?;
        directory.write(&Files::from([(
            WASM_FILE.to_owned(),
            artifact::FILTER_WASM.to_vec(),
        )]))?;
        let envoy = start_envoy(&options, directory.path()).await?;
        files.remove("bootstrap.json");
        let Generated {
            mesh,
            findings,
            export,
        } = generated;
        let mut session = Self {
            envoy,
            upstreams,
            directory,
            options,
            addresses: export.addresses,
            mesh,
            files,
            _temporary: temporary,
        };
        session.check_start().await?;
        session.learn_ports().await?;
        Ok((
            session,
            Applied {
                changed,
                confirmed_after: started.elapsed(),
                findings,
            },
        ))
    }

    /// Replaces the configuration. An error leaves the one before it in place.
    pub async fn apply(&mut self, input: &[InputFile]) -> Result<Applied> {
        let directory = self.directory.path().to_owned();
        let generated = generate(&self.options, &mut self.upstreams, &directory, input).await?;
        let mut files = files(&generated);
        files.remove("bootstrap.json");
        let started = Instant::now();
        let changed = apply::apply(&self.envoy, &self.directory, &self.files, &files).await?;
        let confirmed_after = started.elapsed();
        self.files = files;
        self.mesh = generated.mesh;
        self.addresses = generated.export.addresses;
        self.learn_ports().await?;
        Ok(Applied {
            changed,
            confirmed_after,
            findings: generated.findings,
        })
    }

    /// Where the listeners are.
    pub fn addresses(&self) -> &[ListenerAddress] {
        &self.addresses
    }

    /// Where requests of the sidecar go: the first one.
    pub fn outbound(&self) -> Option<SocketAddr> {
        self.addresses
            .iter()
            .find(|address| address.logical_port.is_none())
            .map(socket)
    }

    /// Where a gateway serves the port that its Gateway names.
    pub fn gateway(&self, port: u16) -> Option<SocketAddr> {
        self.addresses
            .iter()
            .find(|address| address.logical_port == Some(port))
            .map(socket)
    }

    /// The echo upstreams.
    pub fn workloads(&self) -> impl Iterator<Item = (&Workload, SocketAddr)> {
        self.upstreams.list()
    }

    /// What is served.
    pub fn mesh(&self) -> &Mesh {
        &self.mesh
    }

    /// The Envoy.
    pub fn envoy(&self) -> &Envoy {
        &self.envoy
    }

    /// Where the files of Envoy are.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Ports that the system has chosen are known only to Envoy.
    async fn learn_ports(&mut self) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(5);
        loop {
            let bound = self.envoy.listeners().await?;
            for address in &mut self.addresses {
                if let Some(bound) = bound.get(&address.name) {
                    address.port = bound.port();
                }
            }
            let known = self
                .addresses
                .iter()
                .all(|address| bound.contains_key(&address.name));
            if known || Instant::now() >= end {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn check_start(&self) -> Result<()> {
        if Seen::ask(&self.envoy).await?.refuses_anything() {
            let reason = confirm::reason(&self.envoy);
            return Err(Error::rejected("the configuration", reason));
        }
        Ok(())
    }
}

/// The address of a listener.
pub fn socket(listener: &ListenerAddress) -> SocketAddr {
    SocketAddr::new(listener.address, listener.port)
}

async fn generate(
    options: &SessionOptions,
    upstreams: &mut Upstreams,
    directory: &Path,
    input: &[InputFile],
) -> Result<Generated> {
    let draft = Draft::read(input, &options.mesh)?;
    if !options.echo {
        return draft.generate(options, directory, &BTreeMap::new());
    }
    upstreams.start_missing(&draft.standins).await?;
    draft.generate(options, directory, upstreams.addresses())
}

fn files(generated: &Generated) -> Files {
    let files = generated.export.files().into_iter();
    files.map(|(name, text)| (name, text.into_bytes())).collect()
}

/// Envoy follows renames in the real directory only.
fn directory(wanted: Option<&Path>) -> Result<(XdsDirectory, Option<TempDir>)> {
    let (path, temporary) = match wanted {
        Some(path) => (path.to_owned(), None),
        None => {
            let temporary = tempfile::Builder::new().prefix("mainsheet-").tempdir();
            let temporary = temporary.map_err(Error::io("creating a temporary directory"))?;
            (temporary.path().to_owned(), Some(temporary))
        }
    };
    XdsDirectory::new(&path)?;
    let real: PathBuf = path
        .canonicalize()
        .map_err(Error::io(format!("finding {}", path.display())))?;
    Ok((XdsDirectory::new(real)?, temporary))
}

async fn start_envoy(options: &SessionOptions, directory: &Path) -> Result<Envoy> {
    let envoy_options = EnvoyOptions {
        concurrency: options.concurrency,
        log_file: Some(directory.join(LOG_FILE)),
        ..EnvoyOptions::default()
    };
    Ok(Envoy::start(&options.envoy, &directory.join("bootstrap.json"), envoy_options).await?)
}
