//! Servers of a Gateway that share a port and end TLS: the name that the client asks for says whose routes they are.
#![cfg(test)]

use mainsheet_core::attributes::GivenAttributes;
use mainsheet_core::compile::{Proxy, compile};
use mainsheet_core::entropy::Entropy;
use mainsheet_core::input::load_json;
use mainsheet_core::request::{Header, Request};
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::table::{PathCache, RouteTable};
use mainsheet_core::view::{DecisionView, OutcomeKind};
use serde_json::{Value, json};

fn server(name: &str, port: u16, hosts: &[&str]) -> Value {
    json!({
        "port": {"number": port, "name": name, "protocol": "HTTPS"},
        "hosts": hosts,
        "tls": {"mode": "SIMPLE", "credentialName": name},
    })
}

fn gateway(name: &str, servers: &[Value]) -> Value {
    json!({
        "apiVersion": "networking.istio.io/v1", "kind": "Gateway", "metadata": {"name": name},
        "spec": {"selector": {"istio": "gateway"}, "servers": servers},
    })
}

/// Answers every request with a status.
fn answers(gateway: &str, host: &str, status: u16) -> Value {
    let name = format!("{gateway}-{status}");
    json!({
        "apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": name},
        "spec": {"hosts": [host], "gateways": [gateway], "http": [{"directResponse": {"status": status}}]},
    })
}

fn table() -> RouteTable {
    let (bundle, findings) = load_json(&[
        gateway(
            "first",
            &[
                server("one", 443, &["a.test", "*.wild.test"]),
                server("alone", 8443, &["a.test"]),
            ],
        ),
        gateway("second", &[server("two", 443, &["b.test", "*.deep.wild.test"])]),
        answers("first", "*", 201),
        answers("second", "*", 202),
    ]);
    assert!(findings.is_empty(), "{findings:?}");
    let proxy = Proxy::gateway("default", [("istio".into(), "gateway".into())].into());
    compile(&bundle, &MeshConfig::default(), &proxy).unwrap().table
}

fn ask(table: &RouteTable, port: u16, name: Option<&str>, authority: &str) -> (OutcomeKind, String) {
    ask_at(table, port, None, name, authority)
}

fn ask_at(
    table: &RouteTable,
    port: u16,
    address: Option<&str>,
    name: Option<&str>,
    authority: &str,
) -> (OutcomeKind, String) {
    let headers: [Header; 2] =
        [(":authority", authority), (":path", "/")].map(|(name, value)| (name.into(), value.into()));
    let attributes = GivenAttributes {
        server_name: name.map(Into::into),
        ..GivenAttributes::default()
    };
    let request = Request::new(port, &headers)
        .with_address(address.map(str::as_bytes))
        .with_attributes(&attributes);
    let mut entropy = Entropy::new(1);
    let decision = table.decide(&request, &mut entropy, &mut PathCache::default(), &mut ());
    let linear = table.decide_linear(&request, &mut Entropy::new(1));
    let view = DecisionView::new(&decision, &request);
    assert_eq!(view, DecisionView::new(&linear, &request), "{name:?} {authority}");
    (view.outcome, view.route_config.unwrap_or_default())
}

#[test]
fn the_name_that_the_client_asks_for_says_whose_routes_they_are() {
    let table = table();
    let (first, second) = ("https.443.one.first.default", "https.443.two.second.default");
    for (name, authority, outcome, routes) in [
        (Some("a.test"), "a.test", OutcomeKind::Respond, first),
        (Some("A.TEST"), "a.test", OutcomeKind::Respond, first),
        (Some("b.test"), "b.test", OutcomeKind::Respond, second),
        // The connection counts: the routes of that server do not have the host.
        (Some("b.test"), "a.test", OutcomeKind::NoVirtualHost, second),
        (Some("x.wild.test"), "x.wild.test", OutcomeKind::Respond, first),
        (
            Some("x.deep.wild.test"),
            "x.deep.wild.test",
            OutcomeKind::Respond,
            second,
        ),
        // Envoy has no filter chain for them.
        (Some("c.test"), "a.test", OutcomeKind::NoListener, ""),
        (Some(""), "a.test", OutcomeKind::NoListener, ""),
        // Where the name is not known, clients ask for the host.
        (None, "b.test:443", OutcomeKind::Respond, second),
        (None, "c.test", OutcomeKind::NoListener, ""),
    ] {
        let expected = (outcome, routes.to_owned());
        assert_eq!(
            ask(&table, 443, name, authority),
            expected,
            "{name:?} {authority}"
        );
    }
}

#[test]
fn a_single_server_has_whatever_its_listener_lets_through() {
    let routes = "https.8443.alone.first.default";
    let found = ask(&table(), 8443, Some("other.test"), "a.test");
    assert_eq!(found, (OutcomeKind::Respond, routes.to_owned()));
}

/// A server in the clear that is bound to an address, or to none.
fn bound(bind: &str, port: u16, host: &str) -> Value {
    json!({"port": {"number": port, "name": "http", "protocol": "HTTP"}, "bind": bind, "hosts": [host]})
}

#[test]
fn the_address_that_a_client_connects_to_says_whose_routes_they_are() {
    let mut tls = server("at", 443, &["a.test"]);
    tls["bind"] = json!("10.0.0.2");
    let (bundle, findings) = load_json(&[
        gateway("any", &[bound("", 80, "a.test"), server("tls", 443, &["a.test"])]),
        gateway(
            "at",
            &[
                bound("10.0.0.2", 80, "a.test"),
                tls,
                bound("10.0.0.2", 81, "a.test"),
            ],
        ),
        gateway(
            "pipe",
            &[
                bound("unix:///run/a", 0, "a.test"),
                bound("unix:///run/b", 0, "a.test"),
            ],
        ),
        answers("any", "*", 201),
        answers("at", "*", 202),
        answers("pipe", "*", 203),
    ]);
    assert!(findings.is_empty(), "{findings:?}");
    let proxy = Proxy::gateway("default", [("istio".into(), "gateway".into())].into());
    let table = compile(&bundle, &MeshConfig::default(), &proxy).unwrap().table;
    let at = "https.443.at.at.default.10.0.0.2";
    for (port, address, name, routes) in [
        (80, Some("10.0.0.1"), None, "http.80"),
        (80, Some("10.0.0.2"), None, "http.80.10.0.0.2"),
        // Nobody knows the address: it is that of most clients.
        (80, None, None, "http.80"),
        (443, Some("10.0.0.1"), Some("a.test"), "https.443.tls.any.default"),
        (443, Some("10.0.0.2"), Some("a.test"), at),
        (443, Some("10.0.0.2"), Some("b.test"), ""),
        // Where all of a port are at one address there is nothing to tell apart.
        (81, Some("10.0.0.2"), None, "http.81.10.0.0.2"),
        (0, Some("/run/b"), None, "http.0.unix:///run/b"),
        (0, Some("/run/c"), None, ""),
        (0, None, None, "http.0.unix:///run/a"),
    ] {
        let (outcome, found) = ask_at(&table, port, address, name, "a.test");
        assert_eq!(found, routes, "{port} {address:?} {name:?}");
        let served = if routes.is_empty() {
            OutcomeKind::NoListener
        } else {
            OutcomeKind::Respond
        };
        assert_eq!(outcome, served, "{port} {address:?} {name:?}");
    }
}
