//! Every cluster of every fact.

use mainsheet_tests::envoy::fixed_bootstrap;
use serde_json::{Value, json};

use self::row::rows;
use crate::judge::Judge;

#[path = "../../../core/tests/clusters/row.rs"]
#[expect(dead_code, reason = "the core's own tests compare them")]
mod row;

/// Every cluster of every row, with a name of its own, and its endpoints in place.
fn all_clusters() -> Vec<Value> {
    let mut all = Vec::new();
    for (number, row) in rows().into_iter().enumerate() {
        let mut bootstrap = fixed_bootstrap(&row.made());
        for cluster in bootstrap["static_resources"]["clusters"].as_array_mut().unwrap() {
            let name = cluster["name"].as_str().unwrap();
            cluster["name"] = json!(format!("{number} {name}"));
            all.push(cluster.take());
        }
    }
    all
}

#[test]
fn envoy_takes_every_cluster() {
    let clusters = all_clusters();
    assert!(clusters.len() > 100, "only {} clusters", clusters.len());
    let bootstrap = json!({"static_resources": {"clusters": clusters}});
    let said = Judge::new().judge(bootstrap).unwrap();
    // Fields that Envoy is going to drop are said, and nothing more.
    assert!(!said.contains("deprecated"), "{said}");
}
