//! What stands behind the clusters: one address each, so that a copy of a request tells where it went.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mainsheet_core::view::Upstream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use crate::subject::Answer;

/// More headers than any request here has.
const MOST_HEADERS: usize = 256;

/// A request that has arrived.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    /// Which backend it has reached.
    pub(super) backend: usize,
    /// Which attempt it is, as Envoy counts them.
    pub(super) attempt: u32,
    /// What it looks like there.
    pub(super) request: Upstream,
}

#[derive(Default)]
struct Shared {
    answer: Mutex<Answer>,
    arrivals: Mutex<Vec<Arrival>>,
}

/// Servers on loopback that note what reaches them, and all give the same answer. They take any path: a
/// rewrite can make one that HTTP libraries refuse.
#[derive(Default)]
pub(super) struct Backends {
    shared: Arc<Shared>,
    addresses: Vec<SocketAddr>,
}

impl Backends {
    /// The addresses of the first `count`, which are started where they are not.
    pub(super) fn take(&mut self, count: usize, runtime: &Runtime) -> io::Result<&[SocketAddr]> {
        while self.addresses.len() < count {
            let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
            let backend = self.addresses.len();
            self.addresses.push(listener.local_addr()?);
            runtime.spawn(serve(listener, backend, Arc::clone(&self.shared)));
        }
        Ok(self.addresses.get(..count).unwrap_or_default())
    }

    /// Forgets what has arrived, and answers `answer` from now on.
    pub(super) fn expect(&self, answer: &Answer) {
        locked(&self.shared.answer).clone_from(answer);
        locked(&self.shared.arrivals).clear();
    }

    /// What has arrived since.
    pub(super) fn arrivals(&self) -> Vec<Arrival> {
        locked(&self.shared.arrivals).clone()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(listener: TcpListener, backend: usize, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            // Envoy ends connections when it drops a cluster.
            let _ = shared.connection(stream, backend).await;
        });
    }
}

impl Shared {
    /// Answers one request after the other, until the other side has no more.
    async fn connection(&self, mut stream: TcpStream, backend: usize) -> io::Result<()> {
        let mut read = Vec::new();
        loop {
            if let Some((arrival, length)) = parse(&read, backend)?
                && read.len() >= length
            {
                read.drain(..length);
                locked(&self.arrivals).push(arrival);
                let answer = written(&locked(&self.answer));
                stream.write_all(answer.as_bytes()).await?;
                continue;
            }
            if stream.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        }
    }
}

fn written(answer: &Answer) -> String {
    let mut text = format!("HTTP/1.1 {} \r\n", answer.status);
    for (name, value) in &answer.headers {
        text.extend([name, ": ", value, "\r\n"]);
    }
    if answer.status != 204 {
        text.push_str("content-length: 0\r\n");
    }
    text + "\r\n"
}

/// A request and its length with its body; `None` while its head is not complete.
fn parse(bytes: &[u8], backend: usize) -> io::Result<Option<(Arrival, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let head = match request.parse(bytes).map_err(io::Error::other)? {
        httparse::Status::Complete(head) => head,
        httparse::Status::Partial => return Ok(None),
    };
    let headers: Vec<(String, String)> = request
        .headers
        .iter()
        .map(|header| {
            let value = String::from_utf8_lossy(header.value).into_owned();
            (header.name.to_ascii_lowercase(), value)
        })
        .collect();
    let number = |name: &str| value(&headers, name).and_then(|text| text.parse::<usize>().ok());
    let body = number("content-length").unwrap_or_default();
    let attempt = number("x-envoy-attempt-count").and_then(|count| u32::try_from(count).ok());
    let arrival = Arrival {
        backend,
        attempt: attempt.unwrap_or(1),
        request: Upstream {
            method: request.method.unwrap_or_default().to_owned(),
            authority: value(&headers, "host").unwrap_or_default().to_owned(),
            path: request.path.unwrap_or_default().to_owned(),
            headers,
        },
    };
    Ok(Some((arrival, head + body)))
}

fn value<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    let (_, value) = headers.iter().find(|(key, _)| key == name)?;
    Some(value)
}
