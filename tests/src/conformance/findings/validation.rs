//! The tables of Istio's own tests of its validation.

use mainsheet_core::check::validation::validate;
use mainsheet_core::diagnostic::{Diagnostic, Severity};
use mainsheet_core::input::load_json;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Wanted, fragments};
use crate::conformance::run::Verdict;
use crate::conformance::skips;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(rename = "id")]
    _id: String,
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
    #[serde(default, rename = "note")]
    _note: Option<String>,
    #[serde(default, rename = "origin")]
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

/// The name of a case, and whether we agree with Istio.
pub fn run(case: &Value) -> (String, Verdict) {
    let id = super::id(case);
    let verdict = serde_json::from_value(case.clone()).map_or_else(
        |error| Verdict::broken("case", error),
        |case: Case| case.verdict(),
    );
    (id, verdict)
}

impl Case {
    fn verdict(&self) -> Verdict {
        if !self.skip.is_empty() {
            return skips::verdict(&self.skip);
        }
        let Some(found) = self.found() else {
            return Verdict::broken("function", format!("{} of such a fragment", self.function));
        };
        let Expect { valid, warning, .. } = self.expect;
        let errors = [&self.expect.error_contains, &self.expect.error];
        let mut wanted = Wanted::new(&found, valid);
        errors.into_iter().flatten().for_each(|words| wanted.error(words));
        if let Some(warning) = warning {
            wanted.warning(warning);
        }
        if let Some(words) = &self.expect.warning_contains {
            wanted.words(Severity::Warning, words);
        }
        wanted.verdict()
    }

    /// The findings of the loader and of the validation.
    fn found(&self) -> Option<Vec<Diagnostic>> {
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
        Some(found)
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
