//! What is wrong with test files, and where.

use expect_test::{Expect, expect};
use mainsheet_core::cases::TestFile;

fn check(text: &str, expected: &Expect) {
    let file = TestFile::read("a.test.yaml", text);
    let lines: String = file
        .diagnostics
        .iter()
        .map(|finding| format!("{finding}\n"))
        .collect();
    expected.assert_eq(&lines);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    check(
        "tests:\n- name: a\n  request: {host: a, headres: {}}\n  expect: {destinaton: {}, status: 200}\n",
        &expect![[r#"
            a.test.yaml:3:22: error[unknown-field]: tests[0].request.headres: unknown field `headres` (help: did you mean `headers`?)
            a.test.yaml:4:12: error[unknown-field]: tests[0].expect.destinaton: unknown field `destinaton` (help: did you mean `destination`?)
        "#]],
    );
    check(
        "tests:\n- request: {path: /}\n- {name: b, request: {url: 'ftp://a'}, expect: {weights: [{weight: 0}]}, draws: {count: 1}}\n",
        &expect![[r#"
            a.test.yaml:2:3: error[missing-name]: tests[0].name: this test has no name (help: write `name`)
            a.test.yaml:2:3: error[missing-host]: tests[0].request: this request says neither `url` nor `host` (help: write `url: http://reviews:9080/`)
            a.test.yaml:2:3: error[nothing-expected]: tests[0].expect: this test expects nothing (help: write `expect: {destination: {host: reviews}}`)
            a.test.yaml:3:13: error[invalid-request]: tests[1].request: `ftp` is no scheme of a request: write http or https
            a.test.yaml:3:40: error[no-weight]: tests[1].expect: these weights have no sum
            a.test.yaml:3:74: error[no-draws]: tests[1].draws: draws need a `count` and a `tolerance` (help: write `draws: {count: 1000, tolerance: 5}`)
        "#]],
    );
    check(
        "tests: []\nmeshConfig: {outboundTrafficPolicy: {mode: NEVER}, other: 1}\n",
        &expect![[r#"
            a.test.yaml:1:1: error[no-tests]: this file has no tests (help: write `tests:` with `name`, `request` and `expect`)
            a.test.yaml:2:44: error[unknown-value]: meshConfig.outboundTrafficPolicy.mode: expected one of the values of this field, found the text `NEVER` (help: possible here: `REGISTRY_ONLY`, `ALLOW_ANY`, `ALLOW_ANY_DYNAMIC_DNS`)
        "#]],
    );
}

#[test]
fn objects_and_patterns_are_told_apart() {
    let text = "resources:\n- ../k8s/*.yaml\n- kind: VirtualService\n  apiVersion: networking.istio.io/v1\n  \
                metadata: {name: a}\n  spec:\n    htp: []\n";
    let file = TestFile::read("t/a.test.yaml", text);
    assert_eq!(
        (file.patterns.len(), &*file.patterns[0].text),
        (1, "../k8s/*.yaml")
    );
    let other = "apiVersion: v1\nkind: Service\nmetadata: {name: b}\n";
    let loaded = file.resources([("b.yaml", other)]);
    assert_eq!(
        (loaded.bundle.services.len(), loaded.bundle.virtual_services.len()),
        (1, 1)
    );
    let finding = loaded.diagnostics[0].to_string();
    assert!(
        finding.starts_with("t/a.test.yaml:7:5: error[unknown-field]"),
        "{finding}"
    );
}
