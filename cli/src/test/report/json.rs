//! Everything, as JSON.

use mainsheet_tests::artifact;
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::test::coverage::{Item, What};
use crate::test::outcome::{FileResult, Results};

/// One object.
pub(super) fn report(results: &Results) -> Result<String> {
    let cases = results.cases().count();
    let count = |what| {
        let (covered, all) = results.coverage.count(what);
        json!({"covered": covered, "all": all})
    };
    let uncovered: Vec<&Item> = results.coverage.items().filter(|item| !item.covered).collect();
    let value = json!({
        "subject": results.subject,
        "filter": artifact::sha256(),
        "passed": cases - results.failed(),
        "failed": results.failed(),
        "seconds": results.seconds,
        "files": results.files.iter().map(file).collect::<Vec<_>>(),
        "coverage": {
            "percent": results.coverage.percent(),
            "rules": count(What::Rule),
            "matches": count(What::Match),
            "destinations": count(What::Destination),
            "uncovered": uncovered,
        },
    });
    serde_json::to_string_pretty(&value).map_err(|error| Error::Failed(error.to_string()))
}

fn file(file: &FileResult) -> Value {
    match &file.cases {
        Ok(cases) => json!({"file": file.name, "cases": cases}),
        Err(findings) => json!({"file": file.name, "findings": findings.diagnostics()}),
    }
}
