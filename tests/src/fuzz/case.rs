//! A disagreement in the form of the corpus.

use std::collections::BTreeMap;
use std::fmt::Write;

use mainsheet_core::sent::SentRequest;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::configuration::Setting;
use super::run::Found;
use super::trial::{Draws, ask};

/// A case file, its keys in the order of the corpus.
#[derive(Serialize)]
struct File<'f> {
    description: String,
    #[serde(skip_serializing_if = "is_empty")]
    proxy: &'f Value,
    #[serde(skip_serializing_if = "is_empty")]
    mesh: &'f Value,
    resources: &'f [Value],
    cases: Vec<Case>,
}

#[derive(Serialize)]
struct Case {
    name: String,
    request: Value,
    expect: Value,
}

/// The case file of a disagreement. Its cases expect what the reference decides.
///
/// # Errors
/// When it has no form in YAML.
pub fn print(found: &Found) -> Result<String, serde_saphyr::ser::Error> {
    let trial = &found.trial;
    let mut text = String::new();
    for disagreement in &found.verdict.disagreements {
        // Writing to a text does not fail.
        let _ = writeln!(text, "# {} differs in {disagreement}", found.verdict.decider);
    }
    if trial.seed != 1 {
        let _ = writeln!(
            text,
            "# with the draws of seed {}; the corpus draws with seed 1",
            trial.seed
        );
    }
    let setting = trial.configuration.compile(trial.seed).ok();
    let mut draws = Draws::new(trial.seed);
    let case = |(index, request): (usize, &SentRequest)| Case {
        name: format!("request {}", index + 1),
        request: without_nulls(serde_json::to_value(request).unwrap_or_default()),
        expect: setting
            .as_ref()
            .map_or(json!({}), |setting| expectation(setting, request, &mut draws)),
    };
    let file = File {
        description: format!("{} agrees with the reference.", found.verdict.decider),
        proxy: &trial.configuration.proxy,
        mesh: &trial.configuration.mesh,
        resources: &trial.configuration.resources,
        cases: trial.requests.iter().enumerate().map(case).collect(),
    };
    text.push_str(&serde_saphyr::to_string(&file)?);
    Ok(text)
}

/// What the reference decides, in the words of case files.
fn expectation(setting: &Setting, request: &SentRequest, draws: &mut Draws) -> Value {
    let Some((view, _)) = ask(setting, &mut [], request, draws) else {
        return json!({"status": 400});
    };
    let mut expect = json!({"outcome": view.outcome});
    let upstream = view.upstream.as_ref();
    let several = view.destinations.len() > 1;
    let shares = view.destinations.iter().filter(|_| several);
    let shares: BTreeMap<_, _> = shares.map(|share| (&share.cluster, share.weight)).collect();
    let parts = [
        ("status", json!(view.status)),
        ("route", json!(view.route)),
        // Of several, each subject of the corpus may draw its own.
        (
            "cluster",
            json!(view.cluster.as_ref().filter(|_| shares.is_empty())),
        ),
        ("destinations", json!((!shares.is_empty()).then_some(&shares))),
        ("location", json!(view.location)),
        ("body", json!(view.body)),
        ("authority", json!(upstream.map(|upstream| &upstream.authority))),
        ("path", json!(upstream.map(|upstream| &upstream.path))),
        ("timeoutMs", json!(view.timeout_ms)),
        ("delayMs", json!(view.delay_ms)),
    ];
    if let Value::Object(fields) = &mut expect {
        let said = parts.into_iter().filter(|(_, value)| !value.is_null());
        fields.extend(said.map(|(key, value)| (key.to_owned(), value)));
    }
    expect
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let said = fields
                .into_iter()
                .filter(|(_, value)| !value.is_null() && *value != json!({}));
            Value::Object(said.collect::<Map<_, _>>())
        }
        other => other,
    }
}

fn is_empty(value: &&Value) -> bool {
    value.is_null() || **value == json!({})
}
