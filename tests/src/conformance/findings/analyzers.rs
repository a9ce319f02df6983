//! Istio's own cases for its analyzers.

use mainsheet_core::check::analysis::analyze_with;
use mainsheet_core::check::check;
use mainsheet_core::diagnostic::{Diagnostic, ResourceRef};
use mainsheet_core::resources::{Bundle, MeshConfig};
use mainsheet_core::yaml;
use serde::Deserialize;
use serde_json::Value;

use crate::conformance::run::Verdict;
use crate::conformance::skips;
use crate::corpus::Mismatch;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    analyzer: String,
    resources: String,
    mesh_config: Option<String>,
    expect: Vec<Expected>,
    #[serde(default)]
    skip: String,
}

#[derive(Debug, Deserialize)]
struct Expected {
    code: String,
    level: String,
    origin: String,
}

/// `code level origin`. The loader puts objects without a namespace into `default`.
fn expected(expected: &Expected) -> String {
    let (kind, name) = expected.origin.split_once(' ').unwrap_or_default();
    let name = if name.contains('/') {
        name.to_owned()
    } else {
        format!("default/{name}")
    };
    format!(
        "{} {} {kind} {name}",
        expected.code,
        expected.level.to_lowercase()
    )
}

fn found(diagnostic: &Diagnostic) -> String {
    let resource = diagnostic.resource.as_ref();
    let resource = resource.map(ResourceRef::to_string).unwrap_or_default();
    let mut codes = diagnostic.aliases.iter();
    let code = codes
        .find(|code| code.starts_with("IST"))
        .map_or("-", String::as_str);
    format!("{code} {} {resource}", diagnostic.severity)
}

/// What the analyzer of a case finds. Validation is an analyzer to Istio, and a part of its own here.
fn analyze(analyzer: &str, bundle: &Bundle, config: &MeshConfig) -> Option<Vec<Diagnostic>> {
    let Some(kind) = analyzer.strip_prefix("schema.ValidationAnalyzer.") else {
        return analyze_with(analyzer, bundle, config);
    };
    let is_validation = |found: &Diagnostic| {
        let codes = ["IST0106", "IST0133", "IST0130", "IST0131"];
        let of_kind = found
            .resource
            .as_ref()
            .is_some_and(|resource| resource.kind == kind);
        of_kind && found.aliases.iter().any(|code| codes.contains(&code.as_str()))
    };
    Some(check(bundle, config).into_iter().filter(is_validation).collect())
}

/// The name of a case, and whether its analyzer finds exactly what Istio's does, repetitions counted.
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
        let loaded = yaml::load([("case.yaml", self.resources.as_str())]);
        let mesh = self.mesh_config.clone().unwrap_or_else(|| "{}".into());
        let (config, _) = yaml::load_mesh_config("mesh.yaml", mesh);
        let Some(diagnostics) = analyze(&self.analyzer, &loaded.bundle, &config) else {
            return Verdict::broken("analyzer", &self.analyzer);
        };
        let mut found: Vec<String> = diagnostics.iter().map(found).collect();
        let mut expected: Vec<String> = self.expect.iter().map(expected).collect();
        found.sort();
        expected.sort();
        if found == expected {
            return Verdict::Passed;
        }
        Verdict::Failed(vec![Mismatch {
            key: "findings".to_owned(),
            expected: expected.join("; "),
            seen: found.join("; "),
        }])
    }
}
