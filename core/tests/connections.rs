//! Connections that are passed on as they are: which rule takes them, and that the index changes nothing.
#![cfg(test)]
#![cfg(feature = "yaml")]

use std::net::IpAddr;
use std::path::Path;

use mainsheet_core::action::Split;
use mainsheet_core::compile::{Proxy, compile};
use mainsheet_core::entropy::Entropy;
use mainsheet_core::input::load_json;
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::table::{
    Connection, ConnectionRule, ConnectionRules, ConnectionTable, PortConnections, Subnet, UnknownPort,
};
use mainsheet_core::view::ConnectionView;
use mainsheet_core::yaml;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

/// Resources, a proxy, and what becomes of its connections.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    description: String,
    #[serde(default)]
    mesh: MeshConfig,
    proxy: Proxy,
    resources: Vec<Value>,
    /// Parts of all findings.
    #[serde(default)]
    findings: Vec<String>,
    /// Whether they are refused.
    #[serde(default)]
    refused: bool,
    #[serde(default)]
    connections: Vec<Expected>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    port: u16,
    address: Option<IpAddr>,
    #[serde(default)]
    name: String,
    /// The clusters that can be drawn, in their order, weights behind them where there are several.
    clusters: Vec<String>,
    /// The rule that decides; empty where none does.
    #[serde(default)]
    rule: String,
}

fn check(case: &Case) {
    let title = &case.description;
    let (bundle, mut findings) = load_json(&case.resources);
    let compiled = compile(&bundle, &case.mesh, &case.proxy);
    assert_eq!(compiled.is_err(), case.refused, "{title}: {compiled:?}");
    let table = match compiled {
        Ok(compiled) => {
            findings.extend(compiled.diagnostics);
            compiled.table.connections
        }
        Err(errors) => {
            findings.extend(errors);
            ConnectionTable::default()
        }
    };
    let found: Vec<String> = findings.iter().map(ToString::to_string).collect();
    let mut pairs = found.iter().zip(&case.findings);
    assert!(
        found.len() == case.findings.len() && pairs.all(|(found, part)| found.contains(part)),
        "{title}: {found:#?}"
    );
    for (number, expected) in case.connections.iter().enumerate() {
        let connection = Connection {
            port: expected.port,
            address: expected.address,
            server_name: expected.name.as_bytes(),
        };
        let decision = table.decide(&connection, &mut Entropy::new(1));
        let view = ConnectionView::from(&decision);
        let source = view.source.as_ref();
        let rule = source.map(|source| {
            format!(
                "{} {}/{} {}",
                source.kind, source.namespace, source.name, source.path
            )
        });
        let clusters: Vec<String> = match view.destinations.as_slice() {
            [] => vec![view.cluster.clone()],
            [only] => vec![only.cluster.clone()],
            several => {
                let shares = several.iter();
                shares
                    .map(|share| format!("{} {}", share.cluster, share.weight))
                    .collect()
            }
        };
        let title = format!("{title}: connection {number}");
        assert_eq!(clusters, expected.clusters, "{title}");
        assert_eq!(rule.unwrap_or_default(), expected.rule, "{title}");
        let linear = table.decide_linear(&connection, &mut Entropy::new(1));
        assert_eq!(view, ConnectionView::from(&linear), "{title}");
    }
}

#[test]
fn rules_decide_connections() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/connections.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let cases: Vec<Case> = yaml::read("connections.yaml".to_owned(), text).unwrap();
    assert!(!cases.is_empty());
    cases.iter().for_each(check);
}

fn rules() -> impl Strategy<Value = Vec<ConnectionRule>> {
    let subnets = prop::collection::vec(
        prop::sample::select(vec!["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "0.0.0.0/0", "::/0"]),
        0..3,
    );
    let names = prop::collection::vec(
        prop::sample::select(vec!["*", "*.b", "a.b", "*.a.b", "x.a.b"]),
        1..3,
    );
    prop::collection::vec((subnets, names), 0..6).prop_map(|rules| {
        let rules = rules.into_iter().enumerate();
        rules
            .map(|(number, (subnets, names))| ConnectionRule {
                source: None,
                subnets: subnets.into_iter().filter_map(Subnet::parse).collect(),
                names: names.into_iter().map(Into::into).collect(),
                split: Split::to_cluster(number.to_string()),
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn the_index_changes_nothing(
        rules in rules(),
        address in prop::sample::select(vec!["10.1.2.3", "10.1.9.9", "10.9.9.9", "11.0.0.1", "::1", ""]),
        name in prop::sample::select(vec!["", "a.b", "x.a.b", "y.a.b", "c"]),
    ) {
        let others = ConnectionRules::new(rules);
        let port = PortConnections { others, ..PortConnections::default() };
        let table = ConnectionTable { ports: [(1, port)].into(), unknown: UnknownPort::Passthrough };
        let connection = Connection {
            port: 1,
            address: address.parse().ok(),
            server_name: name.as_bytes(),
        };
        let found = table.decide(&connection, &mut Entropy::new(0)).cluster();
        let linear = table.decide_linear(&connection, &mut Entropy::new(0)).cluster();
        prop_assert_eq!(found, linear);
    }
}
