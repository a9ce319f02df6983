//! A small HTTP/1.1 client that sends exactly what it is told, for tests and demos.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{HeaderName, HeaderValue};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A request as it goes on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The request target: `/path?query`, or `http://host/path` for the absolute form.
    pub target: String,
    /// Headers in order, names repeated as often as wanted; include `host` here.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body; it brings a `content-length` if it is not empty.
    pub body: Vec<u8>,
}

impl Request {
    /// A GET of this target at this host.
    pub fn get(host: &str, target: &str) -> Self {
        let headers = vec![("host".to_owned(), host.as_bytes().to_vec())];
        Self {
            method: "GET".to_owned(),
            target: target.to_owned(),
            headers,
            body: Vec::new(),
        }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// All headers, names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The whole body.
    pub body: Vec<u8>,
    /// From the first byte sent to the last one read.
    pub elapsed: Duration,
}

impl Response {
    /// The first value of a header, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self
            .headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok()
    }

    /// The body as text, with what is not UTF-8 replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens there.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The request cannot be written as HTTP.
    #[error("this is no valid HTTP request: {0}")]
    Invalid(#[from] hyper::http::Error),
    /// The connection broke, or what came back is no HTTP.
    #[error("the exchange with the server failed: {0}")]
    Exchange(#[from] hyper::Error),
}

type Sender = SendRequest<Full<Bytes>>;

/// A client. It keeps idle connections per address unless told not to.
#[derive(Debug, Default)]
pub struct Client {
    idle: Mutex<HashMap<SocketAddr, Vec<Sender>>>,
    fresh: bool,
}

impl Client {
    /// A client that keeps connections alive.
    pub fn new() -> Self {
        Self::default()
    }

    /// A client that makes a new connection for every request.
    pub fn without_keep_alive() -> Self {
        Self {
            fresh: true,
            ..Self::default()
        }
    }

    /// Sends a request, and reads the whole response.
    pub async fn send(&self, to: SocketAddr, request: &Request) -> Result<Response, ClientError> {
        let request = build(request)?;
        let started = Instant::now();
        let mut sender = match self.take_idle(to) {
            Some(sender) => sender,
            None => connect(to).await?,
        };
        let response = sender.send_request(request).await?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await?.to_bytes().to_vec();
        let elapsed = started.elapsed();
        self.keep(to, sender);
        let headers = parts.headers.iter();
        let headers = headers.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
        Ok(Response {
            status: parts.status.as_u16(),
            headers: headers.collect(),
            body,
            elapsed,
        })
    }

    fn take_idle(&self, to: SocketAddr) -> Option<Sender> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let senders = idle.get_mut(&to)?;
        senders.retain(|sender| !sender.is_closed());
        let ready = senders.iter().position(Sender::is_ready)?;
        Some(senders.swap_remove(ready))
    }

    fn keep(&self, to: SocketAddr, sender: Sender) {
        if self.fresh || sender.is_closed() {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.entry(to).or_default().push(sender);
    }
}

async fn connect(address: SocketAddr) -> Result<Sender, ClientError> {
    let stream = TcpStream::connect(address).await;
    let stream = stream.map_err(|source| ClientError::Connect { address, source })?;
    let builder = http1::Builder::new().preserve_header_case(true).clone();
    let (sender, connection) = builder.handshake(TokioIo::new(stream)).await?;
    // The connection ends with its sender; what breaks it is reported to the request.
    tokio::spawn(connection);
    Ok(sender)
}

fn build(request: &Request) -> Result<hyper::Request<Full<Bytes>>, ClientError> {
    let mut builder = hyper::Request::builder()
        .method(request.method.as_str())
        .uri(&request.target);
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(hyper::http::Error::from)?;
        let value = HeaderValue::from_bytes(value).map_err(hyper::http::Error::from)?;
        builder = builder.header(name, value);
    }
    Ok(builder.body(Full::new(Bytes::from(request.body.clone())))?)
}
