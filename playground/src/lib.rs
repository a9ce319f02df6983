//! The core in a browser: JSON in, JSON out, nothing thrown.
//!
//! [`decide`] takes the plugin configuration of the filter and one request, and gives the decision with its
//! trace. There is no page around it yet, and resources are JSON objects; YAML comes with the page.
//!
//! ```
//! let answer = mainsheet_playground::decide(r#"{
//!     "settings": {"proxy": {"namespace": "default"}, "resources": [
//!         {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "reviews"},
//!          "spec": {"ports": [{"name": "http", "port": 9080}]}}
//!     ]},
//!     "request": {"url": "http://reviews:9080/reviews/1"}
//! }"#);
//! let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
//! assert_eq!(
//!     answer["ok"]["decision"]["cluster"],
//!     "outbound|9080||reviews.default.svc.cluster.local",
//! );
//!
//! let answer = mainsheet_playground::decide("{}");
//! assert!(answer.starts_with(r#"{"error":["#));
//! ```

use mainsheet_core::compile::compile;
use mainsheet_core::diagnostic::{Diagnostic, Severity};
use mainsheet_core::entropy::Entropy;
use mainsheet_core::input::load_json;
use mainsheet_core::request::Request;
use mainsheet_core::sent::SentRequest;
use mainsheet_core::settings::{PortSource, Settings};
use mainsheet_core::table::PathCache;
use mainsheet_core::trace::Trace;
use mainsheet_core::view::{DecisionView, Explanation};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wasm_bindgen::prelude::wasm_bindgen;

/// What [`decide`] takes.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    /// The plugin configuration, as the filter reads it.
    pub settings: Settings,
    /// The request.
    pub request: SentRequest,
}

/// What [`decide`] gives: one of the two, under its name.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// The decision.
    Ok(Box<Explained>),
    /// All findings, one of which at least is an error.
    Error(Vec<Diagnostic>),
}

/// A decision, how it came about, and what was noticed on the way.
#[derive(Clone, Debug, Serialize)]
pub struct Explained {
    /// Decision and trace.
    #[serde(flatten)]
    pub explanation: Explanation,
    /// Warnings about the resources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub diagnostics: Vec<Diagnostic>,
}

/// Decides one request: an [`Input`] as JSON in, an [`Answer`] as JSON out. Never throws.
#[wasm_bindgen]
pub fn decide(input_json: &str) -> String {
    let answer = answer(input_json).unwrap_or_else(Answer::Error);
    serde_json::to_string(&answer).unwrap_or_else(|error| unwritable(&error))
}

/// The same without JSON around it.
///
/// # Errors
/// All findings, when one of them is an error.
pub fn explain(input: &Input) -> Result<Explained, Vec<Diagnostic>> {
    let settings = &input.settings;
    let (bundle, mut diagnostics) = load_json(&settings.resources);
    if diagnostics
        .iter()
        .any(|finding| finding.severity == Severity::Error)
    {
        return Err(diagnostics);
    }
    let compiled = match compile(&bundle, &settings.mesh, &settings.proxy) {
        Ok(compiled) => compiled,
        Err(findings) => {
            diagnostics.extend(findings);
            return Err(diagnostics);
        }
    };
    diagnostics.extend(compiled.diagnostics);

    let headers = input
        .request
        .headers_at_filter(&settings.mesh, settings.proxy.kind)
        .ok_or_else(|| vec![bad_request()])?;
    let port = match settings.port {
        PortSource::Fixed(port) => port,
        PortSource::Authority | PortSource::Destination => input.request.port(),
    };
    let request = Request::new(port, &headers);
    let mut trace = Trace::default();
    let mut entropy = Entropy::new(settings.seed.unwrap_or_default());
    let decision = compiled
        .table
        .decide(&request, &mut entropy, &mut PathCache::default(), &mut trace);
    let decision = DecisionView::new(&decision, &request);
    Ok(Explained {
        explanation: Explanation { decision, trace },
        diagnostics,
    })
}

fn bad_request() -> Diagnostic {
    Diagnostic::error(
        "invalid-path",
        "Envoy answers 400 to this path, whatever the rules say",
    )
    .at("request.url")
}

fn answer(input_json: &str) -> Result<Answer, Vec<Diagnostic>> {
    let input: Input = serde_json::from_str(input_json)
        .map_err(|error| vec![Diagnostic::error("invalid-input", error.to_string())])?;
    explain(&input).map(|explained| Answer::Ok(Box::new(explained)))
}

/// The one answer that needs no serializer.
fn unwritable(error: &serde_json::Error) -> String {
    let message = Value::from(error.to_string());
    format!(r#"{{"error":[{{"severity":"error","code":"unwritable","message":{message}}}]}}"#)
}
