//! Our own cases: a resource, and all that is found in it.

use mainsheet_core::check::validation::{other_kinds, validate};
use mainsheet_core::compile::{Proxy, compile};
use mainsheet_core::diagnostic::{Diagnostic, DocumentId, Severity};
use mainsheet_core::input::{Node, load_json};
use mainsheet_core::resources::{Bundle, MeshConfig};
use mainsheet_core::yaml;
use serde::Deserialize;
use serde_json::{Value, json};

/// The families, each a file.
const FILES: [(&str, &str); 9] = [
    ("virtual-service.yaml", include_str!("cases/virtual-service.yaml")),
    ("http-route.yaml", include_str!("cases/http-route.yaml")),
    ("actions.yaml", include_str!("cases/actions.yaml")),
    ("unused-rules.yaml", include_str!("cases/unused-rules.yaml")),
    (
        "destination-rule.yaml",
        include_str!("cases/destination-rule.yaml"),
    ),
    ("gateway.yaml", include_str!("cases/gateway.yaml")),
    ("service-entry.yaml", include_str!("cases/service-entry.yaml")),
    ("sidecar.yaml", include_str!("cases/sidecar.yaml")),
    ("other-kinds.yaml", include_str!("cases/other-kinds.yaml")),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Case {
    description: String,
    kind: String,
    /// `networking.istio.io/v1` where it is absent.
    #[serde(default)]
    api_version: Option<String>,
    #[serde(default)]
    metadata: Option<Value>,
    spec: Value,
    /// `severity code path` of each, in their order.
    #[serde(default)]
    findings: Vec<String>,
    /// Parts of their messages, in the same order, as far as they are told.
    #[serde(default)]
    messages: Vec<String>,
}

impl Case {
    fn resource(&self) -> Value {
        let metadata = self.metadata.clone().unwrap_or_else(|| json!({"name": "a"}));
        let api_version = self.api_version.as_deref().unwrap_or("networking.istio.io/v1");
        json!({"apiVersion": api_version, "kind": self.kind, "metadata": metadata, "spec": self.spec})
    }

    fn load(&self) -> (Bundle, Vec<Diagnostic>) {
        load_json(&[self.resource()])
    }

    /// What is found behind the loader.
    fn found(&self) -> Vec<Diagnostic> {
        let mut found = validate(&self.load().0);
        let root = Node::from_json(&self.resource()).unwrap();
        found.extend(other_kinds::check(&root, DocumentId::default()));
        found
    }
}

fn cases() -> Vec<Case> {
    let read = |(name, text): (&str, &str)| {
        yaml::read::<Vec<Case>>(name, text).unwrap_or_else(|findings| panic!("{findings:#?}"))
    };
    FILES.into_iter().flat_map(read).collect()
}

fn short(finding: &Diagnostic) -> String {
    format!("{} {} {}", finding.severity, finding.code, finding.path)
}

#[test]
fn everything_is_found_and_nothing_else() {
    let mut wrong = Vec::new();
    for case in cases() {
        let mut unread = case.load().1;
        unread.retain(|finding| finding.severity > Severity::Info);
        let found = case.found();
        let expected = &case.findings;
        let short: Vec<String> = unread.iter().chain(&found).map(short).collect();
        let told = case
            .messages
            .iter()
            .zip(&found)
            .all(|(part, finding)| finding.message.contains(part));
        if short != *expected || !told {
            let found: Vec<String> = unread.iter().chain(&found).map(ToString::to_string).collect();
            wrong.push(format!("{}:\n  {}", case.description, found.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}\n{} cases", wrong.join("\n"), wrong.len());
}

#[test]
fn every_finding_has_a_remedy_and_a_code_of_istio() {
    for case in cases() {
        for finding in case.found() {
            let help = finding.help.as_deref().unwrap_or_default();
            assert!(!help.is_empty() && !help.contains('\n'), "{finding}");
            assert!(
                finding.aliases.iter().all(|alias| alias.starts_with("IST01")),
                "{finding}"
            );
            assert_eq!(finding.aliases.len(), 1, "{finding}");
            assert!(finding.resource.is_some(), "{finding}");
        }
    }
}

#[test]
fn each_case_is_told_once() {
    let mut descriptions: Vec<String> = cases().into_iter().map(|case| case.description).collect();
    let count = descriptions.len();
    assert!(count >= 60);
    descriptions.sort();
    descriptions.dedup();
    assert_eq!(descriptions.len(), count);
}

#[test]
fn findings_are_underlined_where_they_are_written() {
    let text = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspec:\n  hosts: [a]\n  \
                http:\n  - match:\n    - headers:\n        end-user: {regex: \"*\"}\n    route:\n    - destination: {host: a_b}\n";
    let loaded = yaml::load([("a.yaml", text)]);
    let mut found = validate(&loaded.bundle);
    loaded.sources.resolve(&mut found);
    let places: Vec<String> = found
        .iter()
        .map(|finding| finding.location.as_ref().unwrap().to_string())
        .collect();
    assert_eq!(places, ["a.yaml:9:27", "a.yaml:11:27"]);
}

/// Parts of what the compiler says where Envoy would refuse what Istio takes.
const REFUSED_BY_ENVOY: [&str; 4] = [
    "empty-query-name",
    "invalid-redirect-code",
    "the format command",
    "HTTP status 600",
];

/// What the rules of the cases are for, so that they are compiled.
fn service() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop"},
        "spec": {"ports": [{"name": "http", "port": 80}]},
    })
}

#[test]
fn the_compiler_finds_nothing_else_wrong() {
    let mut wrong = Vec::new();
    for case in cases() {
        let (mut bundle, _) = case.load();
        let found = validate(&bundle);
        bundle.extend(load_json(&[service()]).0);
        let compiled = compile(&bundle, &MeshConfig::default(), &Proxy::sidecar("default"));
        let errors = compiled.map_or_else(|errors| errors, |compiled| compiled.diagnostics);
        let errors = errors
            .iter()
            .filter(|finding| finding.severity == Severity::Error);
        let istio_takes = |text: &str| REFUSED_BY_ENVOY.iter().any(|part| text.contains(part));
        for error in errors.filter(|error| !istio_takes(&error.to_string())) {
            let same = |finding: &&Diagnostic| finding.code == error.code && finding.path == error.path;
            if !found.iter().any(|finding| same(&finding)) {
                wrong.push(format!("{}: {error}", case.description));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
