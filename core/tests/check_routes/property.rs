//! What is called unreachable is never reached, and what is never reached is called so: small rules, and every kind of
//! request that they can tell apart.

use std::collections::BTreeSet;

use mainsheet_core::check::routes::{Limits, findings, unreachable};
use mainsheet_core::compile::{Proxy, compile};
use mainsheet_core::diagnostic::{Diagnostic, DocumentId};
use mainsheet_core::entropy::Entropy;
use mainsheet_core::input::load_json;
use mainsheet_core::request::{Header, Request};
use mainsheet_core::resources::{Bundle, MeshConfig};
use mainsheet_core::table::{PathCache, RouteTable};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const PORT: u16 = 80;

fn uri() -> impl Strategy<Value = Value> {
    let text = "/[ab]{0,2}";
    let patterns = ["/a.*", "/(a|b)", "/[ab]+", ".*", "/.?", "/a|/b.*", "(?i)/A"];
    prop_oneof![
        2 => Just(Value::Null),
        3 => text.prop_map(|text| json!({"exact": text})),
        4 => text.prop_map(|text| json!({"prefix": text})),
        3 => prop::sample::select(patterns.to_vec()).prop_map(|pattern| json!({"regex": pattern})),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!({}),
        json!({"exact": "a"}),
        json!({"exact": "b"}),
        json!({"prefix": "a"}),
        json!({"regex": "a|b"}),
        json!({"regex": ".*"}),
        json!({"regex": ".+"}),
        json!({"regex": "[^a].*|"}),
    ])
}

fn one_in(times: u32, strategy: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop_oneof![times - 1 => Just(Value::Null), 1 => strategy]
}

fn block() -> impl Strategy<Value = Value> {
    let method = prop::sample::select(vec![
        json!({"exact": "GET"}),
        json!({"regex": "GET|POST"}),
        json!({"regex": "P.*"}),
    ]);
    (
        uri(),
        one_in(3, value()),
        one_in(3, value()),
        one_in(4, method),
        one_in(4, value()),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(uri, header, without, method, query, ignore_case)| {
            let mut block = Map::new();
            let map = |value: Value| json!({"x": value});
            for (key, value) in [
                ("uri", uri),
                ("method", method),
                ("headers", header),
                ("withoutHeaders", without),
                ("queryParams", query),
            ] {
                match (key, value) {
                    (_, Value::Null) => {}
                    ("uri" | "method", value) => drop(block.insert(key.into(), value)),
                    (_, value) => drop(block.insert(key.into(), map(value))),
                }
            }
            if ignore_case {
                block.insert("ignoreUriCase".into(), true.into());
            }
            Value::Object(block)
        })
}

fn rules() -> impl Strategy<Value = Vec<Vec<Value>>> {
    prop::collection::vec(prop::collection::vec(block(), 0..3), 1..6)
}

/// The rules of each VirtualService, oldest first; at a gateway they are joined.
type Services = Vec<Vec<Vec<Value>>>;

fn bundle(services: &Services, gateway: bool) -> Bundle {
    let mut documents = vec![if gateway {
        json!({"apiVersion": "networking.istio.io/v1", "kind": "Gateway", "metadata": {"name": "edge"},
            "spec": {"selector": {"app": "edge"}, "servers": [
                {"port": {"number": PORT, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}]}})
    } else {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"},
            "spec": {"ports": [{"name": "http", "port": PORT}]}})
    }];
    for (number, rules) in services.iter().enumerate() {
        let http: Vec<Value> = rules
            .iter()
            .map(|blocks| json!({"match": blocks, "route": [{"destination": {"host": "a"}}]}))
            .collect();
        let (host, gateways) = if gateway {
            ("a.test", vec!["edge"])
        } else {
            ("a", vec![])
        };
        documents.push(json!({
            "apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
            "metadata": {"name": format!("v{number}"), "creationTimestamp": format!("2026-01-0{}T00:00:00Z", number + 1)},
            "spec": {"hosts": [host], "gateways": gateways, "http": http},
        }));
    }
    let (bundle, findings) = load_json(&documents);
    assert!(findings.is_empty(), "{findings:?}");
    bundle
}

/// Paths, values of the header, values of the parameter, and methods: one of each kind. `z` is in no condition.
fn requests(host: &'static str) -> impl Iterator<Item = Vec<Header>> {
    let mut paths = vec!["/".to_owned()];
    let mut longest = vec!["/".to_owned()];
    for letters in [
        &["a", "b", "z", "A", "B"][..],
        &["a", "b", "z", "A", "B"],
        &["a", "b", "z"],
    ] {
        let longer = |path: &String| {
            letters
                .iter()
                .map(|letter| format!("{path}{letter}"))
                .collect::<Vec<_>>()
        };
        longest = longest.iter().flat_map(longer).collect();
        // No condition has more than two letters.
        longest.truncate(30);
        paths.extend(longest.iter().cloned());
    }
    let values = ["", "a", "b", "az", "z"];
    let mut states: Vec<Vec<&str>> = vec![vec![]];
    for (number, value) in values.iter().enumerate() {
        states.push(vec![value]);
        states.extend(values.iter().take(number).map(|other| vec![*value, *other]));
    }
    let parameters = ["", "?x", "?x=a", "?x=b", "?x=az", "?x=z"];
    let methods = ["GET", "POST", "PUT", "HEAD"];
    paths.into_iter().flat_map(move |path| {
        let states = states.clone();
        states.into_iter().flat_map(move |state| {
            let path = path.clone();
            parameters.into_iter().flat_map(move |parameter| {
                let (path, state) = (path.clone(), state.clone());
                methods
                    .into_iter()
                    .map(move |method| request(host, &format!("{path}{parameter}"), method, &state))
            })
        })
    })
}

fn request(host: &str, target: &str, method: &str, values: &[&str]) -> Vec<Header> {
    let pseudo = [
        (":authority", host),
        (":path", target),
        (":method", method),
        (":scheme", "http"),
    ];
    let values = values.iter().map(|value| ("x", *value));
    let headers = pseudo.into_iter().chain(values);
    headers
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}

/// A block: VirtualService, rule, and number if the rule has several.
type Place = (String, usize, Option<usize>);

fn reached(table: &RouteTable, host: &'static str) -> BTreeSet<Place> {
    let mut cache = PathCache::default();
    let mut reached = BTreeSet::new();
    for headers in requests(host) {
        let request = Request::new(PORT, &headers);
        let decision = table.decide(&request, &mut Entropy::new(0), &mut cache, &mut ());
        let source = decision.route.and_then(|route| route.source.as_ref());
        reached.extend(source.map(|source| (source.resource.name.clone(), source.rule, source.block)));
    }
    reached
}

/// Whether a block, or the whole of its rule, is reported.
fn is_reported(findings: &[Diagnostic], document: DocumentId, rule: usize, block: Option<usize>) -> bool {
    let whole = format!("spec.http[{rule}]");
    let block = block.map(|block| format!("{whole}.match[{block}]"));
    unreachable(findings).iter().any(|(within, path)| {
        let of_block = block.as_ref().is_some_and(|block| path.starts_with(block));
        *within == document && (*path == whole || of_block)
    })
}

/// Blocks that are reported and reached, and those that are neither.
fn mistakes(services: &Services, gateway: bool) -> Vec<Place> {
    let bundle = bundle(services, gateway);
    let config = MeshConfig::default();
    let (proxy, host) = if gateway {
        let labels = [("app".to_owned(), "edge".to_owned())].into();
        (Proxy::gateway("default", labels), "a.test")
    } else {
        (Proxy::default(), "a")
    };
    let reached = reached(&compile(&bundle, &config, &proxy).unwrap().table, host);
    let found = findings(&bundle, &config, Limits::default());
    let mut mistakes = Vec::new();
    for (object, rules) in bundle.virtual_services.iter().zip(services) {
        for (rule, blocks) in rules.iter().enumerate() {
            let blocks = if blocks.is_empty() {
                vec![None]
            } else {
                (0..blocks.len()).map(Some).collect()
            };
            for block in blocks {
                let place = (object.metadata.name.clone(), rule, block);
                if is_reported(&found, object.document, rule, block) == reached.contains(&place) {
                    mistakes.push(place);
                }
            }
        }
    }
    mistakes
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn unreachable_is_what_no_request_reaches(rules in rules()) {
        prop_assert_eq!(mistakes(&vec![rules], false), []);
    }

    #[test]
    fn also_behind_the_rules_of_older_virtual_services(services in prop::collection::vec(rules(), 2..4)) {
        prop_assert_eq!(mistakes(&services, true), []);
    }
}
