//! A stock Envoy with the filter, its rules delivered by the files that it watches. Every cluster leads to
//! a backend of its own; every answer tells which cluster it was, and how the filter has decided.

mod backends;
mod certificate;
mod instruments;
mod token;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use mainsheet_core::compile::PASSTHROUGH_CLUSTER;
use mainsheet_core::export::{CertificateFiles, Export, ExportOptions, ListenerAddress, ProxyExport, export};
use mainsheet_core::view::{DecisionView, Explanation, OutcomeKind, Upstream};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::time::sleep;

use self::backends::Backends;
use self::wire::{Connections, Reply, Target};
use super::observation::texts;
use super::{Decided, Observation, Question, Subject, World};
use crate::artifact::FILTER_WASM;
use crate::envoy::{Envoy, EnvoyBinary, EnvoyOptions, XdsDirectory};

type Failure = Box<dyn Error + Send + Sync>;

/// How long Envoy may take to take over a configuration.
const RELOAD_LIMIT: Duration = Duration::from_secs(30);
/// How long copies of a request may take that its answer does not wait for.
const COPIES_LIMIT: Duration = Duration::from_secs(5);
/// How long listeners of the last world stay. Each holds files that it watches, of which Linux allows a
/// user 128 at a time.
const DRAIN_TIME: Duration = Duration::from_secs(1);
/// How often is looked.
const POLL: Duration = Duration::from_millis(1);

/// The subject.
pub struct RealEnvoy {
    runtime: Runtime,
    directory: TempDir,
    files: XdsDirectory,
    binary: EnvoyBinary,
    certificate: CertificateFiles,
    connections: Connections,
    backends: Backends,
    envoy: Option<Envoy>,
    loaded: Loaded,
}

/// What the world loaded last has.
#[derive(Default)]
struct Loaded {
    /// Listeners by the port that rules know; `None` is the one for all ports.
    listeners: Vec<(Option<u16>, ListenerAddress)>,
    /// The clusters that exist, in the order of their backends.
    clusters: Vec<String>,
}

impl RealEnvoy {
    /// Finds or fetches Envoy.
    ///
    /// # Errors
    /// When there is no Envoy, or no file can be written.
    pub fn new() -> Result<Self, Failure> {
        let directory = tempfile::tempdir()?;
        let files = XdsDirectory::new(directory.path().join("xds"))?;
        std::fs::write(wasm_path(directory.path()), FILTER_WASM)?;
        let (certificate, client) = certificate::create(directory.path())?;
        Ok(Self {
            runtime: Runtime::new()?,
            binary: EnvoyBinary::find(None)?,
            directory,
            files,
            certificate,
            connections: Connections::new(client),
            backends: Backends::default(),
            envoy: None,
            loaded: Loaded::default(),
        })
    }

    fn options(&self, world: &World) -> Result<ExportOptions, Failure> {
        let mut free = free_ports(world.ports.len() + 1)?.into_iter();
        let outbound_port = free.next().unwrap_or_default();
        let servers = world
            .bundle
            .gateways
            .iter()
            .flat_map(|gateway| &gateway.spec.servers);
        let credentials = servers.filter_map(|server| Some(server.tls.as_ref()?.credential_name.clone()));
        Ok(ExportOptions {
            proxies: vec![ProxyExport {
                name: world.name.clone(),
                proxy: world.proxy.clone(),
            }],
            wasm: wasm_path(self.directory.path()),
            directory: self.files.path().display().to_string(),
            port_map: world.ports.iter().copied().zip(free).collect(),
            outbound_port,
            redirected: true,
            certificates: credentials.map(|name| (name, self.certificate.clone())).collect(),
            trace: true,
            seed: Some(1),
            ..ExportOptions::default()
        })
    }

    /// Writes clusters before filters before listeners, and waits until the new listeners serve.
    fn reload(&mut self, world: &World) -> Result<(), Failure> {
        let options = self.options(world)?;
        let exported = instrumented(export(&world.mesh, &world.bundle, &options));
        let clusters = existing(world);
        let addresses = self.backends.take(clusters.len(), &self.runtime)?;
        let backends = clusters.iter().zip(addresses.iter().copied());
        let hashing = world.compiled.table.hashing_clusters();
        let discovery = instruments::clusters(backends, &hashing, &world.name);
        self.write([("cds.json".to_owned(), &discovery)])?;
        self.write(exported.routes.iter().map(|(name, value)| (name.clone(), value)))?;
        self.write(exported.filters.iter().map(|(name, value)| (name.clone(), value)))?;
        self.write(exported.secrets.iter().map(|(name, value)| (name.clone(), value)))?;
        self.write([("lds.json".to_owned(), &exported.listeners)])?;
        if self.envoy.is_none() {
            let bootstrap = self.directory.path().join("bootstrap.json");
            std::fs::write(&bootstrap, exported.bootstrap.to_string())?;
            let options = EnvoyOptions {
                drain_time: Some(DRAIN_TIME),
                ..EnvoyOptions::default()
            };
            let start = Envoy::start(&self.binary, &bootstrap, options);
            self.envoy = Some(self.runtime.block_on(start)?);
        }
        let envoy = self.envoy.as_ref().ok_or("Envoy is gone")?;
        self.runtime
            .block_on(wait_for_listeners(envoy, &exported.addresses))?;
        self.connections.clear();
        let logical = |listener: &ListenerAddress| {
            let mut mapped = options.port_map.iter();
            let port = mapped.find(|(_, bound)| **bound == listener.port);
            let port = port.map_or(listener.port, |(port, _)| *port);
            listener.logical_port.map(|_| port)
        };
        let listeners = exported.addresses.into_iter();
        self.loaded = Loaded {
            listeners: listeners.map(|listener| (logical(&listener), listener)).collect(),
            clusters,
        };
        Ok(())
    }

    fn write<'v>(&self, files: impl IntoIterator<Item = (String, &'v Value)>) -> Result<(), Failure> {
        let files = files
            .into_iter()
            .map(|(name, value)| (name, value.to_string().into_bytes()))
            .collect();
        self.files.write(&files)?;
        Ok(())
    }

    /// Where a client ends up that connects as the question says; `None` where nobody listens.
    fn target(&self, question: &Question) -> Option<Target> {
        let serves = |port: &Option<u16>| port.is_none_or(|port| port == question.port);
        let mut listeners = self.loaded.listeners.iter();
        let (_, listener) = listeners.find(|(port, _)| serves(port))?;
        let destination = question.address.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        Some(Target {
            address: SocketAddr::new(listener.address, listener.port),
            destination: SocketAddr::new(destination, question.port),
            tls: listener.tls,
            sni: question.sni.clone(),
        })
    }

    /// What has arrived where: the request itself, and its copies.
    fn arrivals(&self, chosen: Option<&str>, expected: usize) -> (Option<Upstream>, Vec<(String, Upstream)>) {
        let deadline = Instant::now() + COPIES_LIMIT;
        let mut arrivals = self.backends.arrivals();
        while arrivals.len() <= expected && !arrivals.is_empty() && Instant::now() < deadline {
            std::thread::sleep(POLL);
            arrivals = self.backends.arrivals();
        }
        let mut itself = None;
        let mut copies = Vec::new();
        for arrival in arrivals {
            let cluster = self.loaded.clusters.get(arrival.backend).cloned();
            let cluster = cluster.unwrap_or_default();
            if itself.is_none() && chosen == Some(cluster.as_str()) {
                itself = Some(arrival.request);
            } else if arrival.attempt == 1 {
                copies.push((cluster, arrival.request));
            }
        }
        (itself, copies)
    }

    fn observe(&self, question: &Question, reply: &Reply) -> Result<Observation, Failure> {
        let Some(json) = reply.header(instruments::EXPLANATION) else {
            // The connection manager has answered before any filter was asked.
            return Ok(match reply.status {
                400 => Observation::bad_request(),
                status => Observation {
                    status,
                    ..Observation::default()
                },
            });
        };
        let explanation: Explanation = serde_json::from_str(&json)?;
        let used = reply.header(instruments::CLUSTER);
        let asked = reply.header(instruments::ASKED_CLUSTER);
        let (upstream, copies) = self.arrivals(used.as_deref(), self.copies(&explanation.decision));
        let mut cluster = used.or(asked);
        if explanation.decision.outcome == OutcomeKind::Blackhole {
            // Nothing goes there, so it shows nowhere else.
            cluster.clone_from(&explanation.decision.cluster);
        }
        let exists = cluster.as_ref().is_some_and(|cluster| self.has(cluster));
        let mut response_headers = texts(&reply.headers);
        response_headers.retain(|(name, _)| !name.starts_with(instruments::PREFIX));
        Ok(Observation {
            status: reply.status,
            location: reply.header("location"),
            body: if upstream.is_some() {
                String::new()
            } else {
                String::from_utf8_lossy(&reply.body).into_owned()
            },
            response_headers,
            cluster,
            upstream,
            copies: Some(copies),
            decided: Some(Decided::of_explanation(explanation, question.port, exists)),
        })
    }

    /// How many copies of the request are certain.
    fn copies(&self, decision: &DecisionView) -> usize {
        let certain = decision.mirrors.iter().filter(|mirror| mirror.percent >= 100.0);
        certain.filter(|mirror| self.has(&mirror.cluster)).count()
    }

    fn has(&self, cluster: &String) -> bool {
        self.loaded.clusters.contains(cluster)
    }
}

impl Subject for RealEnvoy {
    fn name(&self) -> &'static str {
        "envoy"
    }

    fn load(&mut self, world: &World) -> Result<(), Failure> {
        self.reload(world)
    }

    fn ask(&mut self, question: &Question) -> Result<Observation, Failure> {
        let Some(target) = self.target(question) else {
            return Ok(Observation {
                decided: Some(Decided::default()),
                ..Observation::default()
            });
        };
        self.backends.expect(&question.answer);
        let token = token::sign(&question.claims);
        let request = wire::request(question, token.as_deref().map(|token| (token::HEADER, token)));
        let reply = self
            .connections
            .send(&target, &request, question.method == "HEAD")?;
        self.observe(question, &reply)
    }
}

/// The clusters that lead somewhere.
fn existing(world: &World) -> Vec<String> {
    let passthrough = [PASSTHROUGH_CLUSTER.to_owned()];
    let all: BTreeSet<String> = world.clusters.iter().cloned().chain(passthrough).collect();
    all.into_iter().collect()
}

fn instrumented(mut exported: Export) -> Export {
    for (_, routes) in &mut exported.routes {
        instruments::routes(routes);
    }
    instruments::listeners(&mut exported.listeners);
    exported
}

async fn wait_for_listeners(
    envoy: &Envoy,
    wanted: &[ListenerAddress],
) -> Result<BTreeMap<String, SocketAddr>, Failure> {
    let deadline = Instant::now() + RELOAD_LIMIT;
    loop {
        let serving = envoy.listeners().await;
        let serving = serving.map_err(|error| format!("{error}\n{}", envoy.log_tail()))?;
        if wanted.iter().all(|listener| serving.contains_key(&listener.name)) {
            return Ok(serving);
        }
        if Instant::now() > deadline {
            return Err(format!("Envoy does not take the configuration:\n{}", envoy.log_tail()).into());
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// Ports that nobody uses now. Envoy could find its own, but a listener on port 0 takes over the socket of
/// one that drains on port 0, whichever port that has.
fn free_ports(count: usize) -> std::io::Result<Vec<u16>> {
    let bound: Vec<TcpListener> = (0..count)
        .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .collect::<Result<_, _>>()?;
    bound
        .iter()
        .map(|listener| Ok(listener.local_addr()?.port()))
        .collect()
}

fn wasm_path(directory: &Path) -> String {
    directory.join("mainsheet.wasm").display().to_string()
}
