//! A running Envoy.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde::Deserialize;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::error::{EnvoyError, Result};
use super::locate::EnvoyBinary;
use super::watchdog::Watchdog;
use crate::client::{Client, Request, Response};

/// How Envoy is run.
#[derive(Clone, Debug)]
pub struct EnvoyOptions {
    /// Worker threads.
    pub concurrency: u32,
    /// Such as `info` or `warning`.
    pub log_level: String,
    /// Levels of single components, such as `wasm:debug`.
    pub component_log_level: Option<String>,
    /// Where the log goes; a temporary file if not set.
    pub log_file: Option<PathBuf>,
    /// How long Envoy may take to become ready.
    pub ready_within: Duration,
    /// How long connections may go on that a listener has when it is replaced; Envoy's 600 s unless said.
    pub drain_time: Option<Duration>,
}

impl Default for EnvoyOptions {
    fn default() -> Self {
        Self {
            concurrency: 1,
            log_level: "info".to_owned(),
            component_log_level: None,
            log_file: None,
            ready_within: Duration::from_secs(60),
            drain_time: None,
        }
    }
}

/// A running Envoy. It ends when this is dropped, and when this process dies.
pub struct Envoy {
    // The order matters: the watchdog goes before the process whose number it holds.
    watchdog: Option<Watchdog>,
    child: Child,
    admin: SocketAddr,
    client: Client,
    log: PathBuf,
    _files: TempDir,
}

const POLL: Duration = Duration::from_millis(20);

impl Envoy {
    /// Starts Envoy, and waits until it is ready. The bootstrap needs an admin address; port 0 is fine,
    /// there and in listeners.
    pub async fn start(binary: &EnvoyBinary, bootstrap: &Path, options: EnvoyOptions) -> Result<Self> {
        let files = TempDir::new().map_err(EnvoyError::io("creating a temporary directory"))?;
        let log = options
            .log_file
            .clone()
            .unwrap_or_else(|| files.path().join("envoy.log"));
        let admin_file = files.path().join("admin");
        let child = spawn(binary, bootstrap, &options, &admin_file, &log)?;
        let watchdog = Some(Watchdog::over(child.id()));
        let unknown = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut envoy = Self {
            watchdog,
            child,
            admin: unknown,
            client: Client::new(),
            log,
            _files: files,
        };
        envoy.wait_until_ready(&admin_file, options.ready_within).await?;
        Ok(envoy)
    }

    /// Lets Envoy read a bootstrap, and nothing more, and gives what it says about it. It blocks.
    pub fn validate(binary: &EnvoyBinary, bootstrap: &Path) -> Result<String> {
        let mut command = Command::new(binary.path());
        command
            .args(["--mode", "validate", "--disable-hot-restart", "-c"])
            .arg(bootstrap);
        let output = command.output().map_err(EnvoyError::io("running Envoy"))?;
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            return Ok(said.into_owned());
        }
        let output = last_lines(&said);
        Err(EnvoyError::Invalid {
            bootstrap: bootstrap.to_owned(),
            output,
        })
    }

    /// The admin endpoint.
    pub fn admin_address(&self) -> SocketAddr {
        self.admin
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where the log is.
    pub fn log_file(&self) -> &Path {
        &self.log
    }

    /// The last lines of the log.
    pub fn log_tail(&self) -> String {
        last_lines(&String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()))
    }

    /// What the admin endpoint answers to a GET.
    pub async fn admin(&self, path: &str) -> Result<String> {
        self.ask("GET", path).await
    }

    /// What the admin endpoint answers to a POST, such as `/logging?wasm=debug`.
    pub async fn admin_post(&self, path: &str) -> Result<String> {
        self.ask("POST", path).await
    }

    /// A counter or gauge; 0 while Envoy has none of that name.
    pub async fn stat(&self, name: &str) -> Result<u64> {
        Ok(self.stats().await?.get(name).copied().unwrap_or(0))
    }

    /// All counters and gauges.
    pub async fn stats(&self) -> Result<BTreeMap<String, u64>> {
        let text = self.admin("/stats").await?;
        let pairs = text.lines().filter_map(|line| line.split_once(": "));
        Ok(pairs
            .filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?)))
            .collect())
    }

    /// Waits until a counter or gauge is at least this.
    pub async fn wait_for_stat(&self, name: &str, at_least: u64, within: Duration) -> Result<u64> {
        let end = Instant::now() + within;
        loop {
            let value = self.stat(name).await?;
            if value >= at_least {
                return Ok(value);
            }
            if Instant::now() >= end {
                let answer = format!("{name}: {value}, and never {at_least}");
                return Err(EnvoyError::AdminAnswer {
                    path: "/stats".to_owned(),
                    answer,
                });
            }
            sleep(POLL).await;
        }
    }

    /// The addresses on which Envoy listens, by the name of the listener.
    pub async fn listeners(&self) -> Result<BTreeMap<String, SocketAddr>> {
        let path = "/listeners?format=json";
        let text = self.admin(path).await?;
        let listeners: Listeners = serde_json::from_str(&text).map_err(|error| EnvoyError::AdminAnswer {
            path: path.to_owned(),
            answer: format!("{error}: {text}"),
        })?;
        let addresses = listeners.listener_statuses.into_iter();
        Ok(addresses
            .filter_map(|status| Some((status.name, status.local_address.socket()?)))
            .collect())
    }

    async fn ask(&self, method: &str, path: &str) -> Result<String> {
        let mut request = Request::get("admin", path);
        request.method = method.to_owned();
        let response = self.client.send(self.admin, &request).await?;
        if response.status == 200 {
            return Ok(response.text());
        }
        Err(EnvoyError::AdminAnswer {
            path: path.to_owned(),
            answer: describe(&response),
        })
    }

    async fn wait_until_ready(&mut self, admin_file: &Path, within: Duration) -> Result<()> {
        let end = Instant::now() + within;
        while !self.is_ready(admin_file).await {
            let ended = self
                .child
                .try_wait()
                .map_err(EnvoyError::io("waiting for Envoy"))?;
            if let Some(status) = ended {
                return Err(EnvoyError::Ended {
                    status: status.to_string(),
                    log: self.log_tail(),
                });
            }
            if Instant::now() >= end {
                return Err(EnvoyError::NotReady {
                    seconds: within.as_secs(),
                    log: self.log_tail(),
                });
            }
            sleep(POLL).await;
        }
        Ok(())
    }

    async fn is_ready(&mut self, admin_file: &Path) -> bool {
        let text = fs::read_to_string(admin_file).unwrap_or_default();
        let Ok(address) = text.trim().parse() else {
            return false;
        };
        self.admin = address;
        self.admin("/ready").await.is_ok()
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        drop(self.watchdog.take());
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(
    binary: &EnvoyBinary,
    bootstrap: &Path,
    options: &EnvoyOptions,
    admin_file: &Path,
    log: &Path,
) -> Result<Child> {
    let log = File::create(log).map_err(EnvoyError::io(format!("creating {}", log.display())))?;
    let mut command = Command::new(binary.path());
    command.arg("-c").arg(bootstrap);
    command.arg("--admin-address-path").arg(admin_file);
    command.args([
        "--disable-hot-restart",
        "--concurrency",
        &options.concurrency.to_string(),
    ]);
    command.args(["--log-level", &options.log_level]);
    if let Some(levels) = &options.component_log_level {
        command.args(["--component-log-level", levels]);
    }
    if let Some(time) = options.drain_time {
        command.args(["--drain-time-s", &time.as_secs().to_string()]);
    }
    let output = log.try_clone().map_err(EnvoyError::io("sharing the log"))?;
    command.stdin(Stdio::null()).stdout(output).stderr(log);
    command
        .spawn()
        .map_err(EnvoyError::io(format!("starting {}", binary.path().display())))
}

/// The last lines but those of stack traces, which say little without symbols.
fn last_lines(text: &str) -> String {
    let telling = text.lines().rev().filter(|line| !line.contains("] #"));
    let lines: Vec<&str> = telling.take(20).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}

fn describe(response: &Response) -> String {
    format!("{} {}", response.status, response.text().trim())
}

#[derive(Deserialize)]
struct Listeners {
    #[serde(default)]
    listener_statuses: Vec<ListenerStatus>,
}

#[derive(Deserialize)]
struct ListenerStatus {
    name: String,
    local_address: Address,
}

#[derive(Deserialize)]
struct Address {
    socket_address: Option<SocketAddress>,
}

#[derive(Deserialize)]
struct SocketAddress {
    address: String,
    port_value: u16,
}

impl Address {
    fn socket(self) -> Option<SocketAddr> {
        let socket = self.socket_address?;
        Some(SocketAddr::new(socket.address.parse().ok()?, socket.port_value))
    }
}
