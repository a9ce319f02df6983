//! Whether the comparison sees everything: whatever is changed in a table makes it another one, except for
//! what is written down here.

use std::collections::BTreeSet;

use mainsheet_core::compile::Proxy;
use serde_json::{Value, json};

use crate::everything::{edge, everything};
use crate::{compact, difference, normal};

/// What the recordings leave out, as it is the same in all tables, and what follows from what is compared.
const NOT_COMPARED: [&str; 11] = [
    "ignore_port_in_host_matching",
    "max_direct_response_body_size_bytes",
    "validate_clusters",
    "virtual_hosts.include_request_attempt_count",
    "virtual_hosts.routes.route.request_mirror_policies.disable_shadow_host_suffix_append",
    "virtual_hosts.routes.route.request_mirror_policies.trace_sampled",
    "virtual_hosts.routes.route.retry_policy.retry_host_predicate.typed_config.@type",
    "virtual_hosts.routes.route.retry_policy.retry_priority.name",
    "virtual_hosts.routes.route.retry_policy.retry_priority.typed_config.@type",
    "virtual_hosts.routes.typed_per_filter_config.envoy.filters.http.cors.@type",
    "virtual_hosts.routes.typed_per_filter_config.envoy.filters.http.fault.@type",
];

#[test]
fn every_change_makes_another_table() {
    let mut unseen = BTreeSet::new();
    for table in [edge(), Proxy::default()].map(|proxy| everything(&proxy)) {
        let original = comparable(&table);
        for path in leaves(&table) {
            let mut changed = table.clone();
            change(changed.pointer_mut(&path).unwrap());
            if difference::first("", &original, &comparable(&changed)).is_none() {
                unseen.insert(without_indexes(&path));
            }
        }
    }
    assert_eq!(Vec::from_iter(unseen), NOT_COMPARED);
}

fn comparable(table: &Value) -> Value {
    let mut table = compact::route_config(table);
    normal::normalize(&mut table, &Value::Null);
    table
}

/// The paths of everything that is neither an object nor a list.
fn leaves(value: &Value) -> Vec<String> {
    let below = |name: String, value: &Value| {
        leaves(value)
            .into_iter()
            .map(move |path| format!("/{name}{path}"))
    };
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, field)| below(name.replace('~', "~0").replace('/', "~1"), field))
            .collect(),
        Value::Array(entries) => entries
            .iter()
            .enumerate()
            .flat_map(|(index, entry)| below(index.to_string(), entry))
            .collect(),
        _ => vec![String::new()],
    }
}

fn change(leaf: &mut Value) {
    *leaf = match leaf {
        Value::String(text) if text.ends_with('s') && text.as_bytes()[0].is_ascii_digit() => {
            json!(format!("1{text}"))
        }
        Value::String(text) => json!(format!("{text}x")),
        Value::Bool(flag) => json!(!*flag),
        Value::Number(number) => json!(number.as_u64().unwrap() + 1),
        other => panic!("{other}"),
    };
}

fn without_indexes(path: &str) -> String {
    let names = path.split('/').filter(|name| name.parse::<usize>().is_err());
    names.skip(1).collect::<Vec<_>>().join(".")
}
