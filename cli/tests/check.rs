//! `mainsheet check` as CI runs it: the formats, the exit codes, and what comments allow.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

mod common;

use std::path::Path;
use std::process::{Output, Stdio};

use common::{mainsheet, stderr, stdout};
use serde_json::Value;
use tempfile::TempDir;

const SERVICE: &str = "\
---
apiVersion: v1
kind: Service
metadata: {name: reviews}
spec: {selector: {app: reviews}, ports: [{name: http, port: 9080}]}
";
const ERROR: &str = "\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews}
spec:
  hosts: [reviews]
  http:
  - timeout: 5
    route: [{destination: {host: reviews}}]
";
const WARNING: &str = "\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews}
spec:
  hosts: [reviews]
  http:
  - route: [{destination: {host: reviews}}]
  - match: [{uri: {prefix: /late}}]
    route: [{destination: {host: reviews}}]
";
const ALLOWED: &str = "\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews}
spec:
  hosts: [reviews]
  http:
  - route: [{destination: {host: reviews}}]
  # mainsheet-allow IST0130: it counts when the rule before it is gone
  - match: [{uri: {prefix: /late}}]
    route: [{destination: {host: reviews}}]
";
const FILTER: &str = "\
---
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: odd}
spec: {}
";

/// Runs the command on a file of these documents.
fn check(documents: &[&str], arguments: &[&str]) -> Output {
    let directory = TempDir::new().unwrap();
    std::fs::write(directory.path().join("a b.yaml"), documents.concat()).unwrap();
    run_in(directory.path(), &[&["a b.yaml"], arguments].concat())
}

fn run_in(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = mainsheet();
    command.arg("check").args(arguments).current_dir(directory);
    command.stdin(Stdio::null()).output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_str(&stdout(output)).unwrap_or_else(|error| panic!("{error}: {}", stdout(output)))
}

#[test]
fn exit_codes() {
    for (documents, arguments, code) in [
        ([SERVICE, ERROR], &[][..], 1),
        ([SERVICE, WARNING], &[], 0),
        ([SERVICE, WARNING], &["--deny", "warnings"], 1),
        ([SERVICE, ALLOWED], &["--deny", "warnings"], 0),
        ([SERVICE, ""], &["--deny", "warnings"], 0),
        ([SERVICE, ERROR], &["--deny", "errors"], 2),
    ] {
        let documents = [documents[1], documents[0]];
        let output = check(&documents, arguments);
        let all = stdout(&output) + &stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{all}");
    }
}

#[test]
fn a_file_that_is_not_there_is_no_finding() {
    let directory = TempDir::new().unwrap();
    let output = run_in(directory.path(), &["no.yaml"]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
}

#[test]
fn text_says_what_was_checked() {
    assert_eq!(stdout(&check(&[SERVICE], &[])), "nothing found in 1 resource\n");
    let output = check(&[ERROR, SERVICE], &[]);
    let text = stdout(&output);
    assert!(
        text.starts_with("a b.yaml:7:14: error[invalid-value]: VirtualService default/reviews: "),
        "{text}"
    );
    assert!(text.ends_with("\n1 error, 0 warnings\n"), "{text}");
}

#[test]
fn what_is_allowed_is_counted_and_shown() {
    let output = check(&[ALLOWED, SERVICE], &[]);
    let text = stdout(&output);
    assert!(
        text.contains("1 finding allowed by comments: --show-allowed"),
        "{text}"
    );
    let output = check(&[ALLOWED, SERVICE], &["--show-allowed"]);
    let text = stdout(&output);
    let line = "allowed: a b.yaml:9:5: unreachable-rule: ";
    assert!(
        text.contains(line) && text.contains("(it counts when the rule before it is gone)"),
        "{text}"
    );
}

#[test]
fn limits_are_said_on_demand() {
    let without = check(&[FILTER, SERVICE], &[]);
    assert_eq!(stdout(&without), "nothing found in 1 resource\n");
    let with = check(&[FILTER, SERVICE], &["--limits"]);
    assert!(stdout(&with).contains("info[not-routing]"), "{}", stdout(&with));
    assert_eq!(with.status.code(), Some(0));
}

#[test]
fn json_has_findings_and_their_number() {
    let found = json(&check(&[WARNING, SERVICE], &["--format", "json"]));
    assert_eq!(found["summary"]["warnings"], 1);
    let finding = &found["findings"][0];
    assert_eq!(finding["code"], "unreachable-rule");
    assert_eq!(finding["severity"], "warning");
    assert_eq!(finding["aliases"][0], "IST0130");
    assert_eq!(finding["path"], "spec.http[1]");
    assert_eq!(finding["location"]["file"], "a b.yaml");
    assert_eq!(finding["location"]["line"], 8);
    assert_eq!(finding["resource"]["kind"], "VirtualService");
    let allowed = json(&check(&[ALLOWED, SERVICE], &["--format", "json"]));
    assert_eq!(allowed["findings"].as_array().map(Vec::len), Some(0));
    assert_eq!(allowed["allowed"][0]["finding"]["code"], "unreachable-rule");
    assert_eq!(
        allowed["allowed"][0]["reason"],
        "it counts when the rule before it is gone"
    );
}

/// What the schema of SARIF 2.1.0 demands of what is used of it.
fn check_sarif(log: &Value) {
    assert_eq!(log["version"], "2.1.0");
    assert!(
        log["$schema"]
            .as_str()
            .is_some_and(|schema| schema.contains("sarif-2.1.0"))
    );
    let runs = log["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 1);
    let driver = &runs[0]["tool"]["driver"];
    assert_eq!(driver["name"], "mainsheet");
    let rules = driver["rules"].as_array().unwrap();
    let rules: Vec<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    for result in runs[0]["results"].as_array().unwrap() {
        assert!(rules.contains(&result["ruleId"].as_str().unwrap()), "{result:#}");
        assert!(
            ["error", "warning", "note"].contains(&result["level"].as_str().unwrap()),
            "{result:#}"
        );
        assert!(
            !result["message"]["text"].as_str().unwrap().is_empty(),
            "{result:#}"
        );
        let places = [&result["locations"], &result["relatedLocations"]];
        for place in places.into_iter().flat_map(|places| places.as_array().unwrap()) {
            let physical = &place["physicalLocation"];
            assert_eq!(physical["artifactLocation"]["uri"], "a%20b.yaml");
            let number = |name: &str| physical["region"][name].as_u64().unwrap();
            assert!(
                number("startLine") >= 1 && number("startColumn") >= 1,
                "{place:#}"
            );
        }
    }
}

#[test]
fn sarif_is_what_code_scanning_reads() {
    let log = json(&check(&[WARNING, SERVICE], &["--format", "sarif"]));
    check_sarif(&log);
    let result = &log["runs"][0]["results"][0];
    assert_eq!(
        (&result["ruleId"], &result["level"]),
        (&"unreachable-rule".into(), &"warning".into())
    );
    assert_eq!(
        result["locations"][0]["physicalLocation"]["region"]["startLine"],
        8
    );
    assert_eq!(
        result["relatedLocations"][0]["physicalLocation"]["region"]["startLine"],
        7
    );
    assert!(result.get("suppressions").is_none());
    let nothing = json(&check(&[SERVICE], &["--format", "sarif"]));
    check_sarif(&nothing);
    assert_eq!(nothing["runs"][0]["results"], Value::Array(Vec::new()));
}

#[test]
fn sarif_has_what_is_allowed_as_suppressed() {
    let log = json(&check(&[ALLOWED, SERVICE], &["--format", "sarif"]));
    check_sarif(&log);
    let suppression = &log["runs"][0]["results"][0]["suppressions"][0];
    assert_eq!(suppression["kind"], "inSource");
    assert_eq!(
        suppression["justification"],
        "it counts when the rule before it is gone"
    );
}

#[test]
fn github_gets_an_annotation_for_each_finding() {
    let output = check(&[ERROR, SERVICE], &["--format", "github"]);
    let text = stdout(&output);
    let expected =
        "::error file=a b.yaml,line=7,col=14,title=invalid-value::VirtualService default/reviews: ";
    assert!(text.starts_with(expected), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn standard_input_has_a_name() {
    let mut command = mainsheet();
    command.args(["check", "-"]).stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, ERROR.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(
        stdout(&output).contains("-:7:14: error[invalid-value]"),
        "{}",
        stdout(&output)
    );
}
