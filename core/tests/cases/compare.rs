//! Expectations and what is otherwise, as data.

use super::World;

#[test]
fn differences_are_those_of_the_table() {
    let world = World::new(include_str!("compare.test.yaml"));
    let mut wrong = Vec::new();
    for test in &world.file.suite.tests {
        // What is otherwise stands in the name, behind the arrow.
        let (_, expected) = test.name.split_once(" => ").unwrap();
        for case in test.cases().unwrap() {
            let found = world.differences(test, &case);
            let found: Vec<String> = found
                .iter()
                .map(|difference| {
                    format!(
                        "{}: {} / {}",
                        difference.field, difference.expected, difference.got
                    )
                })
                .collect();
            let found = if found.is_empty() {
                "none".to_owned()
            } else {
                found.join("; ")
            };
            if found != expected {
                wrong.push(format!("{}\n  found {found}", test.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
