//! A stock Envoy with the filter, its rules delivered by the files that it watches. Every cluster leads to
//! one echo upstream, and each answer says which cluster it was.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use mainsheet_core::export::{ExportOptions, ListenerAddress, ProxyExport, export};
use mainsheet_core::view::Upstream;
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep};

use super::observation::texts;
use super::{Observation, Question, Subject, World};
use crate::artifact::FILTER_WASM;
use crate::client::{Client, Request, Response};
use crate::envoy::{Envoy, EnvoyBinary, EnvoyOptions, XdsDirectory};
use crate::upstream::{Echo, Workload};

type Failure = Box<dyn Error + Send + Sync>;

/// Response header with the cluster that answered.
const CLUSTER: &str = "x-seen-cluster";
/// Response header with the cluster that the filter asked for, where Envoy did not get as far as using it.
const ASKED_CLUSTER: &str = "x-seen-asked-cluster";
/// How long Envoy may take to take over a configuration.
const RELOAD_LIMIT: Duration = Duration::from_secs(30);

/// The subject.
pub struct RealEnvoy {
    runtime: Runtime,
    directory: TempDir,
    files: XdsDirectory,
    binary: EnvoyBinary,
    echo: Echo,
    envoy: Option<Envoy>,
    /// Listeners of the world loaded last, by the port that rules know.
    listeners: Vec<(ListenerAddress, SocketAddr)>,
}

/// What an echo upstream answers.
#[derive(Deserialize)]
struct Echoed {
    method: String,
    path: String,
    authority: String,
    headers: Vec<(String, String)>,
}

impl RealEnvoy {
    /// Finds or fetches Envoy, and starts the upstream.
    ///
    /// # Errors
    /// When there is no Envoy, or no file can be written.
    pub fn new() -> Result<Self, Failure> {
        let runtime = Runtime::new()?;
        let directory = tempfile::tempdir()?;
        let files = XdsDirectory::new(directory.path().join("xds"))?;
        std::fs::write(wasm_path(directory.path()), FILTER_WASM)?;
        let workload = Workload {
            name: "backend".to_owned(),
            service: "backend".to_owned(),
            namespace: "default".to_owned(),
            labels: BTreeMap::new(),
        };
        let echo = runtime.block_on(Echo::start(vec![workload]))?;
        let binary = EnvoyBinary::find(None)?;
        Ok(Self {
            runtime,
            directory,
            files,
            binary,
            echo,
            envoy: None,
            listeners: Vec::new(),
        })
    }

    fn options(&self, world: &World) -> Result<ExportOptions, Failure> {
        let mut free = free_ports(world.ports.len() + 1)?.into_iter();
        let outbound_port = free.next().unwrap_or_default();
        Ok(ExportOptions {
            proxies: vec![ProxyExport {
                name: world.name.clone(),
                proxy: world.proxy.clone(),
            }],
            wasm: wasm_path(self.directory.path()),
            directory: self.files.path().display().to_string(),
            port_map: world.ports.iter().copied().zip(free).collect(),
            outbound_port,
            seed: Some(1),
            ..ExportOptions::default()
        })
    }

    /// Writes clusters before filters before listeners, and waits until the new listeners serve.
    fn reload(&mut self, world: &World) -> Result<(), Failure> {
        let mut exported = export(&world.mesh, &world.bundle, &self.options(world)?);
        exported
            .routes
            .iter_mut()
            .for_each(|(_, routes)| show_cluster(routes));
        let backend = self.echo.address("backend").ok_or("the upstream is gone")?;
        let clusters = clusters_to(backend, &world.clusters, &world.name);
        self.write([("cds.json".to_owned(), &clusters)])?;
        self.write(exported.routes.iter().map(|(name, value)| (name.clone(), value)))?;
        self.write(exported.filters.iter().map(|(name, value)| (name.clone(), value)))?;
        self.write([("lds.json".to_owned(), &exported.listeners)])?;
        if self.envoy.is_none() {
            let bootstrap = self.directory.path().join("bootstrap.json");
            std::fs::write(&bootstrap, exported.bootstrap.to_string())?;
            let start = Envoy::start(&self.binary, &bootstrap, EnvoyOptions::default());
            self.envoy = Some(self.runtime.block_on(start)?);
        }
        let envoy = self.envoy.as_ref().ok_or("Envoy is gone")?;
        let serving = self
            .runtime
            .block_on(wait_for_listeners(envoy, &exported.addresses))?;
        let address = |listener: ListenerAddress| {
            let serving = serving.get(&listener.name).copied()?;
            Some((listener, serving))
        };
        self.listeners = exported.addresses.into_iter().filter_map(address).collect();
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

    fn address(&self, port: u16) -> Option<SocketAddr> {
        let serves = |listener: &ListenerAddress| listener.logical_port.is_none_or(|known| known == port);
        self.listeners
            .iter()
            .find(|(listener, _)| serves(listener))
            .map(|(_, address)| *address)
    }
}

impl Subject for RealEnvoy {
    fn name(&self) -> &'static str {
        "envoy"
    }

    fn explains(&self) -> bool {
        false
    }

    fn load(&mut self, world: &World) -> Result<(), Failure> {
        self.reload(world)
    }

    fn ask(&mut self, question: &Question) -> Result<Observation, Failure> {
        let address = self.address(question.port).ok_or("no listener serves the port")?;
        let mut sent = Request::get(&question.authority, &question.target);
        question.method.clone_into(&mut sent.method);
        for (name, value) in &question.headers {
            sent = sent.header(name, value.clone());
        }
        let client = Client::new();
        let response = self.runtime.block_on(client.send(address, &sent))?;
        Ok(observe(&response))
    }
}

fn observe(response: &Response) -> Observation {
    let echoed: Option<Echoed> = serde_json::from_slice(&response.body).ok();
    let named = |name: &str| response.header(name).filter(|value| !matches!(*value, "" | "-"));
    Observation {
        status: response.status,
        cluster: named(CLUSTER).or_else(|| named(ASKED_CLUSTER)).map(str::to_owned),
        location: response.header("location").map(str::to_owned),
        body: if echoed.is_some() {
            String::new()
        } else {
            response.text()
        },
        upstream: echoed.map(|echoed| Upstream {
            method: echoed.method,
            authority: echoed.authority,
            path: echoed.path,
            headers: echoed.headers,
        }),
        response_headers: texts(&response.headers),
        ..Observation::default()
    }
}

async fn wait_for_listeners(
    envoy: &Envoy,
    wanted: &[ListenerAddress],
) -> Result<BTreeMap<String, SocketAddr>, Failure> {
    let deadline = Instant::now() + RELOAD_LIMIT;
    loop {
        let serving = envoy.listeners().await?;
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

/// Static clusters that all lead to one address.
fn clusters_to(address: SocketAddr, names: &BTreeSet<String>, version: &str) -> Value {
    let endpoint = json!({"endpoint": {"address": {"socket_address": {
        "address": address.ip().to_string(), "port_value": address.port()}}}});
    let cluster = |name: &String| {
        json!({
            "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
            "name": name,
            "type": "STATIC",
            "connect_timeout": "5s",
            "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
        })
    };
    json!({"version_info": version, "resources": names.iter().map(cluster).collect::<Vec<_>>()})
}

/// Makes every answer name its cluster.
fn show_cluster(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(show_cluster),
        Value::Object(fields) => {
            if fields.contains_key("virtual_hosts") {
                let header = |name: &str, format: &str| json!({"header": {"key": name, "value": format}});
                let headers = json!([
                    header(CLUSTER, "%UPSTREAM_CLUSTER%"),
                    header(ASKED_CLUSTER, "%REQ(x-mainsheet-cluster)%"),
                ]);
                fields.insert("response_headers_to_add".to_owned(), headers);
            }
            fields.values_mut().for_each(show_cluster);
        }
        _ => {}
    }
}
