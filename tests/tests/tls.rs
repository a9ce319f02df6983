//! TLS and TCP at gateways, seen in real traffic: with the filter, and with Envoy's own routes.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use mainsheet_core::compile::Proxy;
use mainsheet_core::export::{ExportOptions, ProxyExport, Routing};
use mainsheet_tests::client::{Client, Request};
use mainsheet_tests::envoy::RunningMesh;
use mainsheet_tests::tls::{Authority, Issued};
use mainsheet_tests::upstream::{Echo, Workload};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, ServerConfig, ServerConnection, StreamOwned};
use tokio::task::spawn_blocking;

/// The ports of the gateways, all bound elsewhere.
const PORTS: [u16; 4] = [80, 443, 8443, 9000];

fn gateway(routing: Routing) -> ExportOptions {
    let labels = [("istio".to_owned(), "ingressgateway".to_owned())];
    ExportOptions {
        proxies: vec![ProxyExport {
            name: "edge".to_owned(),
            proxy: Proxy::gateway("default", labels.into()),
        }],
        routing,
        port_map: PORTS.map(|port| (port, 0)).into(),
        seed: Some(7),
        ..ExportOptions::default()
    }
}

async fn start(resources: &str, routing: Routing) -> RunningMesh {
    RunningMesh::start(resources, gateway(routing))
        .await
        .expect("Envoy serves")
}

async fn address(mesh: &RunningMesh, port: u16) -> SocketAddr {
    mesh.address(Some(port)).await.expect("there is a listener")
}

/// A Gateway with these servers.
fn servers(servers: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {{name: edge}}\n\
         spec:\n  selector: {{istio: ingressgateway}}\n  servers: [{servers}]\n"
    )
}

/// A VirtualService at it.
fn rules(hosts: &str, rules: &str) -> String {
    format!(
        "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: rules}}\n\
         spec:\n  hosts: [{hosts}]\n  gateways: [edge]\n  {rules}\n"
    )
}

/// A service with one endpoint.
fn service(host: &str, protocol: &str, endpoint: SocketAddr) -> String {
    format!(
        "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {{name: {host}}}\nspec:\n  \
         hosts: [{host}]\n  ports: [{{number: 80, name: main, protocol: {protocol}}}]\n  resolution: STATIC\n  \
         endpoints: [{{address: {}, ports: {{main: {}}}}}]\n",
        endpoint.ip(),
        endpoint.port()
    )
}

/// A Secret with a certificate and the authority that clients must come from.
fn secret(name: &str, issued: &Issued, clients: &Authority) -> String {
    let encoded = |text: &str| BASE64_STANDARD.encode(text);
    format!(
        "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\ntype: kubernetes.io/tls\ndata:\n  \
         tls.crt: {}\n  tls.key: {}\n  ca.crt: {}\n",
        encoded(&issued.chain),
        encoded(&issued.key),
        encoded(&clients.pem())
    )
}

/// A server on loopback that reads a line, answers its own name and ends. It lasts as long as the process.
fn named_server(name: &'static str, tls: Option<Arc<ServerConfig>>) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let tls = tls.clone();
            // A client that breaks off is its own business.
            std::thread::spawn(move || drop(answer(name, stream, tls)));
        }
    });
    address
}

fn answer(name: &str, stream: TcpStream, tls: Option<Arc<ServerConfig>>) -> io::Result<()> {
    match tls {
        Some(config) => {
            let session = ServerConnection::new(config).map_err(io::Error::other)?;
            let mut stream = StreamOwned::new(session, stream);
            name_to(&mut stream, name)?;
            stream.conn.send_close_notify();
            stream.flush()
        }
        None => name_to(&mut { stream }, name),
    }
}

fn name_to(stream: &mut (impl Read + Write), name: &str) -> io::Result<()> {
    let mut byte = [0];
    while byte != *b"\n" {
        stream.read_exact(&mut byte)?;
    }
    stream.write_all(name.as_bytes())
}

/// Everything that comes back for `sent` on a new connection, or why nothing does.
async fn exchange(
    to: SocketAddr,
    tls: Option<(Arc<ClientConfig>, &'static str)>,
    sent: String,
) -> io::Result<String> {
    let work = move || {
        let mut stream = TcpStream::connect(to)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut read = Vec::new();
        match tls {
            Some((config, name)) => {
                let name = ServerName::try_from(name).map_err(io::Error::other)?;
                let session = ClientConnection::new(config, name).map_err(io::Error::other)?;
                let mut stream = StreamOwned::new(session, stream);
                stream.write_all(sent.as_bytes())?;
                stream.read_to_end(&mut read)?;
            }
            None => {
                stream.write_all(sent.as_bytes())?;
                stream.read_to_end(&mut read)?;
            }
        }
        Ok(String::from_utf8_lossy(&read).into_owned())
    };
    spawn_blocking(work).await.expect("nothing panics")
}

/// The status of a GET.
async fn status(to: SocketAddr, tls: Arc<ClientConfig>, host: &'static str) -> io::Result<String> {
    let request = format!("GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    let answer = exchange(to, Some((tls, host)), request).await?;
    Ok(answer.split(' ').nth(1).unwrap_or_default().to_owned())
}

#[tokio::test]
async fn certificates_of_clients() {
    let (known, stranger) = (authority("known"), authority("stranger"));
    let echo = Echo::start(vec![Workload::default()]).await.expect("it starts");
    let [(_, endpoint)] = echo.addresses() else {
        panic!("there is one upstream");
    };
    let server = |port: u16, mode: &str, host: &str| {
        format!(
            "{{port: {{number: {port}, name: https-{port}, protocol: HTTPS}}, hosts: [{host}], \
             tls: {{mode: {mode}, credentialName: edge}}}}"
        )
    };
    let resources = [
        servers(&format!(
            "{}, {}",
            server(443, "MUTUAL", "a.test"),
            server(8443, "OPTIONAL_MUTUAL", "a.test")
        )),
        rules("a.test", "http: [{route: [{destination: {host: up.test}}]}]"),
        service("up.test", "HTTP", *endpoint),
        secret("edge", &issue(&known, "a.test"), &known),
    ];
    for routing in [Routing::Filter, Routing::Native] {
        let mesh = start(&resources.concat(), routing).await;
        let (mutual, optional) = (address(&mesh, 443).await, address(&mesh, 8443).await);
        let right = client(&known, Some(&issue(&known, "client.test")));
        let wrong = client(&known, Some(&issue(&stranger, "client.test")));
        let missing = client(&known, None);
        let untrusting = client(&stranger, Some(&issue(&known, "client.test")));
        for (to, tls, expected, case) in [
            (mutual, &right, Some("200"), "right certificate"),
            (mutual, &wrong, None, "certificate of a stranger"),
            (mutual, &missing, None, "no certificate"),
            (
                mutual,
                &untrusting,
                None,
                "client that does not know the server's authority",
            ),
            (optional, &right, Some("200"), "optional, right certificate"),
            (optional, &wrong, None, "optional, certificate of a stranger"),
            (optional, &missing, Some("200"), "optional, no certificate"),
        ] {
            let got = status(to, Arc::clone(tls), "a.test").await.ok();
            assert_eq!(got.as_deref(), expected, "{routing:?}: {case}");
        }
        let unknown_name = status(mutual, Arc::clone(&right), "b.test").await;
        assert!(unknown_name.is_err(), "{routing:?}: {unknown_name:?}");
    }
}

#[tokio::test]
async fn names_choose_backends_that_end_tls_themselves() {
    let ours = authority("ours");
    let backend = |name: &'static str| {
        let config = issue(&ours, name).server().expect("the certificate is good");
        named_server(name, Some(config))
    };
    let (a, b) = (backend("a.test"), backend("b.test"));
    let route = |host: &str| {
        format!(
            "{{match: [{{port: 443, sniHosts: [{host}]}}], route: [{{destination: {{host: up-{host}, port: {{number: 80}}}}}}]}}"
        )
    };
    let resources = [
        servers(
            "{port: {number: 443, name: tls, protocol: TLS}, hosts: [a.test, b.test, c.test], tls: {mode: PASSTHROUGH}}",
        ),
        rules(
            "a.test, b.test, c.test",
            &format!("tls: [{}, {}]", route("a.test"), route("b.test")),
        ),
        service("up-a.test", "TLS", a),
        service("up-b.test", "TLS", b),
    ];
    for routing in [Routing::Filter, Routing::Native] {
        let mesh = start(&resources.concat(), routing).await;
        let to = address(&mesh, 443).await;
        for name in ["a.test", "b.test"] {
            // The handshake proves whose certificate it is.
            let answer = exchange(to, Some((client(&ours, None), name)), "?\n".to_owned()).await;
            assert_eq!(answer.expect("the backend answers"), name, "{routing:?}");
        }
        for name in ["c.test", "d.test"] {
            let answer = exchange(to, Some((client(&ours, None), name)), "?\n".to_owned()).await;
            assert!(answer.is_err(), "{routing:?}: {name} has no rule: {answer:?}");
        }
    }
}

#[tokio::test]
async fn weights_of_connections() {
    const CONNECTIONS: u32 = 400;
    let (a, b) = (named_server("a", None), named_server("b", None));
    let resources = [
        servers("{port: {number: 9000, name: tcp, protocol: TCP}, hosts: ['*']}"),
        rules(
            "'*'",
            "tcp: [{match: [{port: 9000}], route: [{destination: {host: a.test, port: {number: 80}}, weight: 80}, \
             {destination: {host: b.test, port: {number: 80}}, weight: 20}]}]",
        ),
        service("a.test", "TCP", a),
        service("b.test", "TCP", b),
    ];
    for routing in [Routing::Filter, Routing::Native] {
        let mesh = start(&resources.concat(), routing).await;
        let to = address(&mesh, 9000).await;
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        for _ in 0..CONNECTIONS {
            let name = exchange(to, None, "?\n".to_owned()).await;
            *seen.entry(name.expect("a backend answers")).or_default() += 1;
        }
        let share = f64::from(seen.get("a").copied().unwrap_or_default()) / f64::from(CONNECTIONS);
        // Five standard deviations: Envoy's own draws cannot be repeated.
        assert!((0.70..0.90).contains(&share), "{routing:?}: {seen:?}");
        assert_eq!(seen.len(), 2, "{routing:?}: {seen:?}");
    }
}

#[tokio::test]
async fn plain_requests_are_sent_to_https() {
    let resources = servers(
        "{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.test], tls: {httpsRedirect: true}}",
    );
    for routing in [Routing::Filter, Routing::Native] {
        let mesh = start(&resources, routing).await;
        let request = Request::get("a.test", "/x?y=1");
        let answer = Client::new().send(address(&mesh, 80).await, &request).await;
        let answer = answer.expect("there is an answer");
        assert_eq!(answer.status, 301, "{routing:?}");
        assert_eq!(
            answer.header("location"),
            Some("https://a.test/x?y=1"),
            "{routing:?}"
        );
    }
}

fn authority(name: &str) -> Authority {
    Authority::new(name).expect("an authority is made")
}

fn issue(authority: &Authority, name: &str) -> Issued {
    authority.issue(name).expect("a certificate is made")
}

fn client(trusted: &Authority, own: Option<&Issued>) -> Arc<ClientConfig> {
    trusted.client(own).expect("certificate and key fit")
}
