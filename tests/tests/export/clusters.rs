//! Every cluster of every fact.

use mainsheet_tests::envoy::fixed_bootstrap;
use serde_json::{Value, json};

use self::row::rows;
use crate::judge::Judge;

#[path = "../../../core/tests/clusters/row.rs"]
#[expect(dead_code, reason = "the core's own tests compare them")]
mod row;

/// Every cluster of every row, with a name of its own, and its endpoints in place.
fn all_clusters(judge: &Judge) -> Vec<Value> {
    let mut all = Vec::new();
    for (number, row) in rows().into_iter().enumerate() {
        let made = row.made();
        judge.add_secrets(&made);
        let mut bootstrap = fixed_bootstrap(&made);
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
    let mut judge = Judge::new();
    let clusters = all_clusters(&judge);
    assert!(clusters.len() > 100, "only {} clusters", clusters.len());
    let internal = "type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener";
    let bootstrap = json!({
        "node": {"id": "judge", "cluster": "judge"},
        "bootstrap_extensions": [
            {"name": "envoy.bootstrap.internal_listener", "typed_config": {"@type": internal}},
        ],
        "static_resources": {"clusters": clusters},
    });
    let said = judge.judge(bootstrap).unwrap();
    // Fields that Envoy is going to drop are said, and nothing more.
    assert!(!said.contains("deprecated"), "{said}");
}
