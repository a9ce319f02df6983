//! `mainsheet demo`: every figure as the rules say.

mod common;

use common::{run, stdout};

#[test]
fn all_figures_are_as_expected() {
    let output = run(&["demo", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(
        (report["passed"].as_bool(), output.status.code()),
        (Some(true), Some(0)),
        "{report:#}"
    );
    assert!(report["checks"].as_array().unwrap().len() >= 20);
}
