//! What clusters are made of: facts about Istio's, each with resources that show it.
#![cfg(test)]
#![cfg(all(feature = "yaml", feature = "export"))]

mod row;

use row::{Row, rows};

#[test]
fn clusters_are_as_the_facts_say() {
    let mut wrong = Vec::new();
    for row in rows() {
        let made = row.made();
        wrong.extend(row.differences(&made));
    }
    assert!(
        wrong.is_empty(),
        "{}\n{} differences",
        wrong.join("\n"),
        wrong.len()
    );
}

#[test]
fn every_fact_is_told_once() {
    let mut facts: Vec<String> = rows().into_iter().map(|row: Row| row.fact).collect();
    assert!(facts.iter().all(|fact| !fact.is_empty()));
    facts.sort();
    let count = facts.len();
    facts.dedup();
    assert_eq!(facts.len(), count);
}
