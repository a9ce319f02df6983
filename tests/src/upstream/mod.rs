//! Echo upstreams: workloads that answer with what reached them. For tests and demos only.
//!
//! The request steers the answer:
//!
//! | header | effect |
//! | --- | --- |
//! | `x-echo-status: 503` | answers this status |
//! | `x-echo-fail: 2` | the first two attempts with one `x-request-id` fail, with `x-echo-status` or 503 |
//! | `x-echo-delay: 500ms` | waits first (`ms` or `s`) |
//! | `x-echo-headers: a=1; b=2` | adds response headers |

mod answer;
mod attempts;
mod control;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::answer::answer;
use self::attempts::Attempts;

/// Who an upstream says it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workload {
    /// Its own name, such as `reviews-v2-0`.
    pub name: String,
    /// The service it belongs to.
    pub service: String,
    /// The namespace of the service.
    pub namespace: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// Running upstreams, HTTP/1.1 and HTTP/2 without TLS on the same ports.
pub struct Echo {
    addresses: Vec<(Workload, SocketAddr)>,
    stop: watch::Sender<bool>,
    servers: JoinSet<()>,
}

/// How long open connections may take to finish when the upstreams stop.
const GRACE: Duration = Duration::from_secs(2);

impl Echo {
    /// Starts one listener a workload on loopback, each on a port of its own.
    pub async fn start(workloads: Vec<Workload>) -> std::io::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let mut echo = Self {
            addresses: Vec::new(),
            stop,
            servers: JoinSet::new(),
        };
        let attempts = Arc::new(Attempts::default());
        for workload in workloads {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
            echo.addresses.push((workload.clone(), listener.local_addr()?));
            let server = Server {
                workload,
                attempts: Arc::clone(&attempts),
            };
            echo.servers
                .spawn(serve(listener, Arc::new(server), stopped.clone()));
        }
        Ok(echo)
    }

    /// The workloads in the order given, with their addresses.
    pub fn addresses(&self) -> &[(Workload, SocketAddr)] {
        &self.addresses
    }

    /// The address of a workload by its name.
    pub fn address(&self, name: &str) -> Option<SocketAddr> {
        self.addresses
            .iter()
            .find(|(workload, _)| workload.name == name)
            .map(|(_, address)| *address)
    }

    /// Takes no new connections, and lets open ones finish. Dropping stops at once instead.
    pub async fn stop(mut self) {
        // Nobody listens any more only if every server already ended.
        let _ = self.stop.send(true);
        while self.servers.join_next().await.is_some() {}
    }
}

struct Server {
    workload: Workload,
    attempts: Arc<Attempts>,
}

async fn serve(listener: TcpListener, server: Arc<Server>, mut stopped: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(connection(stream, Arc::clone(&server), graceful.watcher()))),
                // Out of descriptors, for instance: wait for one to come free.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
            _ = stopped.changed() => break,
        }
    }
    drop(listener);
    // Whatever is still open after the grace is cut off with the task set.
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
}

async fn connection(stream: TcpStream, server: Arc<Server>, watcher: hyper_util::server::graceful::Watcher) {
    let service = service_fn(move |request| answer(Arc::clone(&server), request));
    let builder = auto::Builder::new(TokioExecutor::new());
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    // A client that goes away is no error of the upstream.
    let _ = watcher.watch(connection.into_owned()).await;
}
