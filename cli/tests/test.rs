//! `mainsheet test` and `mainsheet init`, as people run them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::{mainsheet, run, stderr, stdout};
use expect_test::{Expect, expect};
use tempfile::TempDir;

const RULES: &str = r#"
apiVersion: v1
kind: Service
metadata: {name: reviews}
spec: {ports: [{name: http, port: 9080}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews}
spec:
  hosts: [reviews]
  http:
  - match:
    - headers: {end-user: {exact: jason}}
    - uri: {prefix: /next}
    route:
    - destination: {host: reviews, subset: v2}
  - route:
    - destination: {host: reviews, subset: v1}
"#;

const PASSING: &str = r"
resources: ['*.yaml']
tests:
- name: jason
  request: {url: http://reviews:9080/, headers: {end-user: jason}}
  expect: {destination: {subset: v2}}
- name: others
  request: {host: reviews:9080, path: [/, /a], headers: {end-user: [alice, []]}}
  expect: {destination: {subset: v1}}
";

/// A directory with these files, and `rules.yaml`.
fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("rules.yaml"), RULES).unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

/// Runs the command inside of a directory.
fn inside(directory: &Path, arguments: &[&str]) -> Output {
    let mut command: Command = mainsheet();
    command
        .current_dir(directory)
        .args(arguments)
        .stdin(Stdio::null());
    command.output().unwrap()
}

/// Exit code and output, without what differs from run to run.
fn check(files: &[(&str, &str)], arguments: &[&str], code: i32, expected: &Expect) {
    let directory = directory(files);
    let output = inside(directory.path(), arguments);
    let text = stdout(&output);
    let stable = text.lines().map(|line| match line.split_once("  in ") {
        Some((counts, _)) => counts,
        None if line.starts_with("subject") => "subject",
        None => line,
    });
    let stable: String = stable.map(|line| format!("{line}\n")).collect();
    expected.assert_eq(&stable);
    assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
}

#[test]
fn what_passes_is_counted_with_its_coverage() {
    check(
        &[("a.test.yaml", PASSING)],
        &["test", ".", "--coverage"],
        0,
        &expect![[r#"
            ✓ ./a.test.yaml  5 cases

            coverage 83.3 %: 2 of 2 rules, 1 of 2 matches, 2 of 2 destinations
              ✗ default/reviews spec.http[0].match[1]  rules.yaml:15:7
            5 passed, 0 failed
            subject
        "#]],
    );
}

#[test]
fn coverage_can_be_too_low() {
    let directory = directory(&[("a.test.yaml", PASSING)]);
    let code = |limit| {
        inside(directory.path(), &["test", ".", "--fail-under", limit])
            .status
            .code()
    };
    assert_eq!([code("83"), code("84"), code("101")], [Some(0), Some(1), Some(2)]);
}

#[test]
fn what_fails_is_shown_with_its_reason() {
    let failing = "resources: [rules.yaml]\ntests:\n- name: alice\n  \
                   request: {url: http://reviews:9080/, headers: {end-user: alice}}\n  \
                   expect: {destination: {subset: v2}, timeout: 1s}\n- name: unknown\n  \
                   request: {url: http://ratings:9080/}\n  expect: {noRoute: true}\n- name: jason\n  \
                   request: {url: http://reviews:9080/, headers: {end-user: jason}}\n  \
                   expect: {destination: {subset: v2}}\n";
    check(
        &[("a.test.yaml", failing)],
        &["test", "a.test.yaml"],
        1,
        &expect![[r#"
            ✗ a.test.yaml  2 of 3 cases failed
              ✗ alice  a.test.yaml:3:3
                GET http://reviews:9080/  end-user: alice
                destination
                  - subset v2
                  + subset v1
                timeout
                  - 1s
                  + 0s
                decided by VirtualService default/reviews spec.http[1]  rules.yaml:18:5
                nearly by VirtualService default/reviews spec.http[0].match[0]  rules.yaml:14:7
                  ✗ headers["end-user"] exact "jason", but there is "alice"
              ✗ unknown  a.test.yaml:6:3
                GET http://ratings:9080/
                noRoute
                  - true
                  + 200 from PassthroughCluster
                decided by no rule

            coverage 83.3 %: 2 of 2 rules, 1 of 2 matches, 2 of 2 destinations
              --coverage lists what no test has asked for
            1 passed, 2 failed
            subject
        "#]],
    );
}

#[test]
fn a_rule_that_comes_too_late_is_named() {
    let late = "resources: [rules.yaml]\ntests:\n- name: late\n  \
                request: {url: http://reviews:9080/next, headers: {end-user: jason}}\n  \
                expect: {destination: {subset: v1}}\n";
    check(
        &[("a.test.yaml", late)],
        &["test", "a.test.yaml"],
        1,
        &expect![[r#"
            ✗ a.test.yaml  1 of 1 case failed
              ✗ late  a.test.yaml:3:3
                GET http://reviews:9080/next  end-user: jason
                destination
                  - subset v1
                  + subset v2
                decided by VirtualService default/reviews spec.http[0].match[0]  rules.yaml:14:7
                the expected rule takes it too, but comes later: VirtualService default/reviews spec.http[1]  rules.yaml:18:5

            coverage 50.0 %: 1 of 2 rules, 1 of 2 matches, 1 of 2 destinations
              --coverage lists what no test has asked for
            0 passed, 1 failed
            subject
        "#]],
    );
}

#[test]
fn a_broken_file_does_not_hide_the_others() {
    let broken = "tests:\n- name: a\n  reqest: {url: http://a/}\n  expect: {status: 200}\n";
    check(
        &[("a.test.yaml", broken), ("b.test.yaml", PASSING)],
        &["test", "a.test.yaml", "b.test.yaml"],
        1,
        &expect![[r#"
            ✗ a.test.yaml
              a.test.yaml:2:3: error[missing-host]: this request says neither `url` nor `host`
                2 | - name: a
                  |   ^^^^
                at tests[0].request
                help: write `url: http://reviews:9080/`
              a.test.yaml:3:3: error[unknown-field]: unknown field `reqest`
                3 |   reqest: {url: http://a/}
                  |   ^^^^^^
                at tests[0].reqest
                help: did you mean `request`?
              2 errors, 0 warnings
            ✓ b.test.yaml  5 cases

            coverage 83.3 %: 2 of 2 rules, 1 of 2 matches, 2 of 2 destinations
              --coverage lists what no test has asked for
            5 passed, 0 failed, 1 file cannot be used
            subject
        "#]],
    );
}

#[test]
fn exit_codes_tell_what_is_wrong() {
    let directory = directory(&[("a.test.yaml", PASSING)]);
    let code = |arguments: &[&str]| inside(directory.path(), arguments).status.code();
    assert_eq!(code(&["test", "a.test.yaml"]), Some(0));
    assert_eq!(code(&["test"]), Some(2));
    assert_eq!(code(&["test", "none.test.yaml"]), Some(3));
    assert_eq!(code(&["test", "a.test.yaml", "--input", "icv"]), Some(2));
    assert_eq!(code(&["test", "--schema"]), Some(0));
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(inside(empty.path(), &["test", "."]).status.code(), Some(2));
}

#[test]
fn some_tests_can_be_chosen() {
    let directory = directory(&[("a.test.yaml", PASSING)]);
    let output = inside(
        directory.path(),
        &["test", ".", "--filter", "no end-user", "--verbose"],
    );
    let text = stdout(&output);
    assert!(
        text.contains("others [/a no end-user]") && text.contains("2 passed"),
        "{text}"
    );
}

#[test]
fn reference_table_and_filter_agree() {
    let directory = directory(&[("a.test.yaml", PASSING)]);
    for subject in ["reference", "table", "wasm"] {
        let output = inside(directory.path(), &["test", ".", "--subject", subject]);
        assert!(
            stdout(&output).contains("5 passed, 0 failed"),
            "{subject}: {}",
            stdout(&output)
        );
    }
}

#[test]
fn machines_can_read_the_results() {
    let failing = PASSING.replace("subset: v2", "subset: \"<v3>\"");
    let directory = directory(&[("a.test.yaml", failing.as_str())]);
    let of = |format| stdout(&inside(directory.path(), &["test", ".", "--format", format]));

    let json: serde_json::Value = serde_json::from_str(&of("json")).unwrap();
    assert_eq!((&json["passed"], &json["failed"]), (&4.into(), &1.into()));
    let case = &json["files"][0]["cases"][0];
    assert_eq!(case["differences"][0]["got"], "subset v2");
    assert_eq!(case["rule"]["location"]["line"], 14);
    assert_eq!(json["coverage"]["uncovered"][0]["location"]["line"], 15);

    let junit = quick_junit::Report::deserialize_from_str(&of("junit")).unwrap();
    assert_eq!((junit.tests, junit.failures, junit.errors), (5, 1, 0));

    let tap = of("tap");
    assert!(
        tap.starts_with("TAP version 14\n1..5\nnot ok 1 - ./a.test.yaml: jason\n"),
        "{tap}"
    );
    assert_eq!(tap.lines().filter(|line| line.starts_with("ok ")).count(), 4);

    let github = of("github");
    assert!(
        github.starts_with("::error file=./a.test.yaml,line=4,col=3,title=jason::"),
        "{github}"
    );
}

#[test]
fn tests_can_come_from_standard_input() {
    let directory = directory(&[("a.test.yaml", PASSING)]);
    let mut command = mainsheet();
    command.current_dir(directory.path()).args(["test", "-"]);
    let file = fs::File::open(directory.path().join("a.test.yaml")).unwrap();
    let output = command.stdin(file).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
}

#[test]
fn what_init_writes_passes_at_once() {
    let directory = directory(&[]);
    let output = inside(directory.path(), &["init", "."]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = inside(directory.path(), &["test", ".", "--fail-under", "100"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let written = || fs::read_to_string(directory.path().join("mainsheet.test.yaml")).unwrap();
    fs::write(directory.path().join("mainsheet.test.yaml"), "mine").unwrap();
    assert_eq!(inside(directory.path(), &["init", "."]).status.code(), Some(2));
    assert_eq!(written(), "mine");
    assert_eq!(
        inside(directory.path(), &["init", ".", "--force"]).status.code(),
        Some(0)
    );
    assert!(written().contains("without end-user"), "{}", written());
    // From elsewhere, resources are named as seen from there.
    fs::create_dir(directory.path().join("tests")).unwrap();
    let arguments = ["init", "rules.yaml", "--output", "tests/a.test.yaml"];
    assert_eq!(inside(directory.path(), &arguments).status.code(), Some(0));
    assert_eq!(
        inside(directory.path(), &["test", "tests"]).status.code(),
        Some(0)
    );
}

const ICV: &str = r#"
testCases:
- description: anchors
  wantMatch: true
  request: {authority: [example.com], method: [GET], uri: [/abc, /a]}
  route: [{destination: {host: alternatives.example.com}}]
---
testCases:
- description: others
  wantMatch: false
  request: {authority: [example.com], method: [GET, PUT], uri: [/, /c]}
  route: [{destination: {host: alternatives.example.com}}]
"#;

const ICV_RULES: &str = r#"
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: example}
spec:
  gateways: [edge]
  hosts: [example.com]
  http:
  - match: [{uri: {regex: /a|/b}}]
    route: [{destination: {host: alternatives.example.com}}]
  - route: [{destination: {host: rest.example.com}}]
"#;

#[test]
fn files_of_istio_config_validator_are_read_as_they_are() {
    check(
        &[("icv_test.yml", ICV), ("icv.yml", ICV_RULES)],
        &["test", "--input", "icv", ".", "--resources", "icv.yml"],
        1,
        &expect![[r#"
            ✗ ./icv_test.yml  1 of 6 cases failed
              ✗ anchors [GET example.com/abc]  ./icv_test.yml:3:3
                GET http://example.com/abc  host: example.com
                route
                  - [{"destination":{"host":"alternatives.example.com"}}]
                  + [{"destination":{"host":"rest.example.com"}}]
                decided by VirtualService default/example spec.http[1]  icv.yml:11:5
                nearly by VirtualService default/example spec.http[0].match[0]  icv.yml:9:13
                  ✗ uri regex "/a|/b", but there is "/abc"
                istio-config-validator passes this test: it takes default/example spec.http[0] (icv.yml:9:5); Istio does not: a regex matches as a whole there, with `|` on the inside

            coverage 100.0 %: 2 of 2 rules, 1 of 1 match, 2 of 2 destinations
            5 passed, 1 failed
            subject
        "#]],
    );
}

#[test]
fn the_example_passes() {
    let example = format!(
        "{}/examples/bookinfo/bookinfo.test.yaml",
        env!("CARGO_MANIFEST_DIR")
    );
    let output = run(&["test", &example, "--fail-under", "100"]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}{}",
        stdout(&output),
        stderr(&output)
    );
}
