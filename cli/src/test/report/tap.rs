//! Test Anything Protocol, version 14.

use std::fmt::Write;

use serde_json::Value;

use super::{plain, reasons};
use crate::test::outcome::Results;

/// A line for each case; a file that cannot be used is one, too.
pub(super) fn report(results: &Results) -> String {
    let mut text = String::new();
    let total = results.cases().count() + results.broken();
    let _ = writeln!(text, "TAP version 14\n1..{total}");
    let mut number = 0;
    for file in &results.files {
        match &file.cases {
            Ok(cases) => {
                for case in cases {
                    number += 1;
                    let name = format!("{}: {}", file.name, case.name);
                    let why = (!case.passed).then(|| reasons(case));
                    line(&mut text, number, &name, why);
                }
            }
            Err(findings) => {
                number += 1;
                let why = plain(&findings.to_string())
                    .lines()
                    .map(ToOwned::to_owned)
                    .collect();
                line(&mut text, number, &file.name, Some(why));
            }
        }
    }
    text
}

fn line(text: &mut String, number: usize, name: &str, why: Option<Vec<String>>) {
    let result = if why.is_none() { "ok" } else { "not ok" };
    let name = name.replace('\\', "\\\\").replace('#', "\\#");
    let _ = writeln!(text, "{result} {number} - {name}");
    if let Some(why) = why {
        let _ = writeln!(text, "  ---\n  reasons:");
        for reason in why {
            // A text in JSON is one in YAML.
            let _ = writeln!(text, "    - {}", Value::from(reason));
        }
        let _ = writeln!(text, "  ...");
    }
}
