//! Route tables as Istio writes them: recordings, held against what is made of the compiled table.
#![cfg(test)]
#![cfg(all(feature = "yaml", feature = "export"))]

mod compact;
mod difference;
mod everything;
mod normal;
mod recordings;
mod sensitivity;
mod written;

use std::collections::BTreeMap;
use std::io::{self, Write};

use mainsheet_core::compile::compile_mesh;
use mainsheet_core::export::{cluster_names, native_routes};
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use serde_json::{Value, json};

use crate::recordings::{Configuration, Expected, Recorded, Suite};

/// Says something whether tests fail or not.
fn say(text: &str) {
    drop(writeln!(io::stderr(), "{text}"));
}

/// How many differences of a suite are shown.
const SHOWN: usize = 20;

#[test]
fn tables_written_by_hand() {
    check("istio-routes-golden.json", recordings::golden);
}

#[test]
fn tables_of_generated_configurations() {
    check("istio-routes-diff.json", recordings::generated);
}

/// Compares a suite, unless it is not there.
fn check(file: &str, load: impl Fn(&str) -> Option<Suite>) {
    let Some(suite) = load(file) else {
        say(&format!("{file} is not beside this repository: left out"));
        return;
    };
    // Whether resources are valid is asked of another command.
    let valid = suite
        .configurations
        .iter()
        .filter(|configuration| matches!(configuration.expected, Expected::Proxies(_)));
    let failures: Vec<String> = valid
        .clone()
        .filter_map(|configuration| {
            Some(format!(
                "{}: {}",
                configuration.id,
                failure(&suite, configuration)?
            ))
        })
        .collect();
    let total = valid.count();
    let left_out = suite.configurations.len() - total;
    say(&format!(
        "{file}: {} / {total}, {left_out} invalid left out",
        total - failures.len()
    ));
    let shown: Vec<&str> = failures.iter().take(SHOWN).map(String::as_str).collect();
    assert!(
        failures.is_empty(),
        "{} of {total} differ:\n{}",
        failures.len(),
        shown.join("\n")
    );
}

/// What is wrong with a configuration.
fn failure(suite: &Suite, configuration: &Configuration) -> Option<String> {
    let Expected::Proxies(proxies) = &configuration.expected else {
        return None;
    };
    proxies.iter().find_map(|recorded| {
        // A report belongs to one compilation, so each proxy loads the mesh again.
        match configuration.load() {
            Ok((mesh, report)) => of_proxy(suite, recorded, &mesh, report),
            Err(findings) => Some(findings),
        }
    })
}

fn of_proxy(suite: &Suite, recorded: &Recorded, mesh: &Mesh, report: Report) -> Option<String> {
    let table = match compile_mesh(mesh, &recorded.proxy, report) {
        Ok(compiled) => compiled.table,
        Err(findings) => return Some(format!("refused: {findings:?}")),
    };
    let tables = native_routes(&table);
    let exported = by_name(
        suite,
        tables.iter().map(|(_, table)| compact::route_config(table)),
    );
    let expected = by_name(suite, recorded.route_configs.iter().cloned());
    let clusters: Vec<String> = cluster_names(mesh, &recorded.proxy)
        .into_iter()
        .filter(|name| name.starts_with("outbound|"))
        .collect();
    let clusters = recorded
        .clusters
        .as_ref()
        .map(|names| difference::first("clusters", &json!(names), &json!(clusters)));
    difference::first("", &expected, &exported).or(clusters.flatten())
}

fn by_name(suite: &Suite, tables: impl Iterator<Item = Value>) -> Value {
    let normal = tables.map(|mut table| {
        normal::normalize(&mut table, &suite.default_retry);
        (table["name"].as_str().unwrap().to_owned(), table)
    });
    json!(normal.collect::<BTreeMap<_, _>>())
}
