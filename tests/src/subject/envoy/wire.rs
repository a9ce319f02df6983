//! A client that writes requests byte for byte, fragments and white space included, over connections that
//! look as if they had been redirected.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use crate::subject::Question;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// More headers than any answer here has.
const MOST_HEADERS: usize = 256;
/// The port that clients come from.
const SOURCE_PORT: u16 = 1;

/// Where a connection goes, and what it says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Target {
    /// The listener.
    pub(super) address: SocketAddr,
    /// Where the client wanted to go.
    pub(super) destination: SocketAddr,
    /// Whether it speaks TLS.
    pub(super) tls: bool,
    /// The name in its handshake.
    pub(super) sni: Option<String>,
}

impl Target {
    /// As the PROXY protocol, version 1, writes it.
    fn proxy_line(&self) -> String {
        let (family, source) = match self.destination.ip() {
            IpAddr::V4(_) => ("TCP4", IpAddr::V4(Ipv4Addr::LOCALHOST)),
            IpAddr::V6(_) => ("TCP6", IpAddr::V6(Ipv6Addr::LOCALHOST)),
        };
        let (to, port) = (self.destination.ip(), self.destination.port());
        format!("PROXY {family} {source} {to} {SOURCE_PORT} {port}\r\n")
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// Names in lower case.
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// The first value of a header; `None` also for the signs of an empty one.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let (_, value) = self.headers.iter().find(|(key, _)| key == name)?;
        let text = String::from_utf8_lossy(value).into_owned();
        (!matches!(text.as_str(), "" | "-")).then_some(text)
    }
}

/// A request as it goes on the wire. A token goes into the header that the JWT filter reads.
pub(super) fn request(question: &Question, token: Option<(&str, &str)>) -> Vec<u8> {
    let mut text = format!("{} {} HTTP/1.1\r\n", question.method, question.target);
    let mut header = |name: &str, value: &str| text.extend([name, ": ", value, "\r\n"]);
    header("host", &question.authority);
    for (name, value) in &question.headers {
        header(name, value);
    }
    if let Some((name, token)) = token {
        header(name, token);
    }
    if matches!(question.method.as_str(), "POST" | "PUT" | "PATCH") {
        header("content-length", "0");
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// Open connections.
pub(super) struct Connections {
    tls: Arc<ClientConfig>,
    open: HashMap<Target, Connection>,
}

impl Connections {
    pub(super) fn new(tls: Arc<ClientConfig>) -> Self {
        Self {
            tls,
            open: HashMap::new(),
        }
    }

    /// Closes all.
    pub(super) fn clear(&mut self) {
        self.open.clear();
    }

    /// Sends a request, on an open connection if there is one. `head` is whether the answer has no body.
    pub(super) fn send(&mut self, target: &Target, request: &[u8], head: bool) -> io::Result<Reply> {
        if let Some(mut connection) = self.open.remove(target)
            && let Ok(reply) = connection.exchange(request, head)
        {
            self.open.insert(target.clone(), connection);
            return Ok(reply);
        }
        let mut connection = self.connect(target)?;
        let reply = connection.exchange(request, head)?;
        self.open.insert(target.clone(), connection);
        Ok(reply)
    }

    fn connect(&self, target: &Target) -> io::Result<Connection> {
        let mut stream = TcpStream::connect(target.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(target.proxy_line().as_bytes())?;
        let stream: Box<dyn Stream> = if target.tls {
            let name = match &target.sni {
                Some(name) => ServerName::try_from(name.clone()).map_err(io::Error::other)?,
                None => ServerName::from(target.address.ip()),
            };
            let session = ClientConnection::new(Arc::clone(&self.tls), name).map_err(io::Error::other)?;
            Box::new(StreamOwned::new(session, stream))
        } else {
            Box::new(stream)
        };
        Ok(Connection {
            stream,
            read: Vec::new(),
        })
    }
}

trait Stream: Read + Write + Send {}

impl<T: Read + Write + Send> Stream for T {}

struct Connection {
    stream: Box<dyn Stream>,
    /// What has arrived and is not used up yet.
    read: Vec<u8>,
}

impl Connection {
    fn exchange(&mut self, request: &[u8], head: bool) -> io::Result<Reply> {
        self.stream.write_all(request)?;
        self.stream.flush()?;
        let mut reply = loop {
            if let Some((reply, length)) = parse(&self.read)? {
                self.read.drain(..length);
                break reply;
            }
            self.fill()?;
        };
        let length = if head || matches!(reply.status, 204 | 304) {
            0
        } else {
            content_length(&reply)?
        };
        while self.read.len() < length {
            self.fill()?;
        }
        reply.body = self.read.drain(..length).collect();
        Ok(reply)
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut buffer = [0; 16_384];
        let count = self.stream.read(&mut buffer)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.read.extend(buffer.iter().take(count));
        Ok(())
    }
}

/// The head of an answer and its length; `None` while it is not complete.
fn parse(bytes: &[u8]) -> io::Result<Option<(Reply, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(length) = response.parse(bytes).map_err(io::Error::other)? else {
        return Ok(None);
    };
    let headers = response.headers.iter();
    let reply = Reply {
        status: response.code.unwrap_or_default(),
        headers: headers
            .map(|header| (header.name.to_ascii_lowercase(), header.value.to_owned()))
            .collect(),
        body: Vec::new(),
    };
    Ok(Some((reply, length)))
}

fn content_length(reply: &Reply) -> io::Result<usize> {
    let text = reply.header("content-length");
    let number = text.and_then(|text| text.parse().ok());
    number.ok_or_else(|| io::Error::other("an answer without a length"))
}
