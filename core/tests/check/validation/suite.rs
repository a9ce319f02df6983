//! The tables of Istio's own tests.

use std::fmt::Write;

use mainsheet_core::check::validation::validate;
use mainsheet_core::diagnostic::{Diagnostic, Severity};
use mainsheet_core::input::load_json;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{fragments, has, read, says};

#[derive(Deserialize)]
struct Suite {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    kind: String,
    scope: Scope,
    function: String,
    #[serde(default)]
    metadata: Option<Value>,
    #[serde(default)]
    spec: Value,
    #[serde(default)]
    fragment: Value,
    #[serde(default)]
    args: Value,
    expect: Expect,
    #[serde(default)]
    skip: String,
    #[serde(rename = "note")]
    _note: Option<String>,
    #[serde(rename = "origin")]
    _origin: Value,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Scope {
    Resource,
    Fragment,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Expect {
    valid: bool,
    warning: Option<bool>,
    error_contains: Option<String>,
    error: Option<String>,
    warning_contains: Option<String>,
}

impl Case {
    /// The findings of the loader and of the validation.
    fn found(&self) -> Vec<Diagnostic> {
        if self.scope == Scope::Fragment {
            return fragments::check(&self.function, &expand(&self.fragment), &self.args);
        }
        let metadata = self.metadata.clone().unwrap_or_else(|| json!({"name": "foo"}));
        let resource = json!({
            "apiVersion": "networking.istio.io/v1",
            "kind": self.kind,
            "metadata": metadata,
            "spec": expand(&self.spec),
        });
        let (bundle, mut found) = load_json(&[resource]);
        found.extend(validate(&bundle));
        found
    }

    /// What is not as the source has it.
    fn differences(&self) -> Vec<String> {
        let found = self.found();
        let mut wrong = Vec::new();
        if has(&found, Severity::Error) == self.expect.valid {
            wrong.push(format!("valid is not {}", self.expect.valid));
        }
        if self
            .expect
            .warning
            .is_some_and(|warning| has(&found, Severity::Warning) != warning)
        {
            wrong.push(format!("warning is not {:?}", self.expect.warning));
        }
        let errors = [&self.expect.error_contains, &self.expect.error];
        for words in errors.into_iter().flatten() {
            if !says(&found, Severity::Error, words) {
                wrong.push(format!("no error says {words:?}"));
            }
        }
        if let Some(words) = &self.expect.warning_contains
            && !says(&found, Severity::Warning, words)
        {
            wrong.push(format!("no warning says {words:?}"));
        }
        if !wrong.is_empty() {
            wrong.extend(found.iter().map(|finding| format!("  {finding}")));
        }
        wrong
    }
}

/// Very long texts are written short: `{"$repeat": "a", "count": 3}`, or the beginning of a repeated text and its length.
fn expand(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(expand).collect(),
        Value::Object(fields) => long_text(fields).unwrap_or_else(|| {
            let fields = fields.iter().map(|(name, value)| (name.clone(), expand(value)));
            Value::Object(fields.collect())
        }),
        other => other.clone(),
    }
}

fn long_text(fields: &Map<String, Value>) -> Option<Value> {
    let length = |name: &str| usize::try_from(fields.get(name)?.as_u64()?).ok();
    if let Some(text) = fields.get("$repeat") {
        return Some(text.as_str()?.repeat(length("count")?).into());
    }
    let beginning = fields.get("$long")?.as_str()?;
    Some(
        beginning
            .chars()
            .cycle()
            .take(length("len")?)
            .collect::<String>()
            .into(),
    )
}

#[test]
fn the_verdicts_are_those_of_istio() {
    let Some(suite) = read::<Suite>("istio-validation.json") else {
        return;
    };
    let counted: Vec<&Case> = suite.cases.iter().filter(|case| case.skip.is_empty()).collect();
    let mut report = String::new();
    let mut failed = 0;
    for case in &counted {
        let wrong = case.differences();
        if !wrong.is_empty() {
            failed += 1;
            writeln!(report, "{}: {}", case.id, wrong.join("\n  ")).unwrap();
        }
    }
    assert_eq!(failed, 0, "{report}{failed} of {} cases differ", counted.len());
}
