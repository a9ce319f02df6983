//! `mainsheet explain`, as people run it on Bookinfo.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use common::{mainsheet, stderr, stdout};
use expect_test::{Expect, expect};
use serde_json::Value;

const BASE: [&str; 3] = ["bookinfo.yaml", "destination-rules.yaml", "gateway.yaml"];

/// Runs it beside the examples, so that places are short.
fn explain(rules: &str, arguments: &[&str]) -> Output {
    explain_with(rules, arguments, "")
}

fn explain_with(rules: &str, arguments: &[&str], input: &str) -> Output {
    let mut command = mainsheet();
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/bookinfo"));
    command.arg("explain").args(BASE).arg(rules).args(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn check(output: &Output, expected: &Expect) {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    expected.assert_eq(&stdout(output));
}

#[test]
fn a_rule_that_nearly_matched() {
    let arguments = ["--", "http://reviews:9080/reviews/1", "-H", "end-user: Jason"];
    check(
        &explain("reviews-jason-v2.yaml", &arguments),
        &expect![[r#"
            GET http://reviews:9080/reviews/1  sidecar of namespace default, port 9080
              → outbound|9080|v1|reviews.default.svc.cluster.local
                by VirtualService default/reviews spec.http[1]  reviews-jason-v2.yaml:14:5
                the upstream sees GET /reviews/1 at reviews:9080

              Why
                port 9080 has the routes 9080
                host "reviews" is a domain of virtual host reviews.default.svc.cluster.local:9080
                ✗ VirtualService default/reviews spec.http[0].match[0]  reviews-jason-v2.yaml:10:7
                  ✗ headers["end-user"] exact "jason", but there is "Jason"  reviews-jason-v2.yaml:11:9
                ✓ VirtualService default/reviews spec.http[1]  reviews-jason-v2.yaml:14:5
                  ✓ uri prefix "/"

              What would have matched
                spec.http[0].match[0]  reviews-jason-v2.yaml:10:7
                  header `end-user: Jason` differs from `jason` in case only: send header `end-user: jason`, or write `end-user: {regex: "(?i)jason"}` in the rule

              Not looked at
                VirtualService default/bookinfo: its `gateways` are `default/bookinfo-gateway` without `mesh`, and so it is not for sidecars  gateway.yaml:19:3
                  hint: add `mesh` to `gateways`, or ask a gateway: `default/bookinfo-gateway`

              What happens then
                0 ms           the request goes to outbound|9080|v1|reviews.default.svc.cluster.local
                0 ms           2 retries on connect-failure, refused-stream, unavailable, cancelled, retriable-status-codes
                from 0 ms      if that fails, a pause of 0 to 24 ms
                from 0 ms      retry 1
                from 0 ms      if that fails, a pause of 0 to 49 ms
                from 0 ms      retry 2
        "#]],
    );
}

#[test]
fn a_port_that_is_missing() {
    check(
        &explain("reviews-v1.yaml", &["http://reviews/reviews/1"]),
        &expect![[r#"
            GET http://reviews/reviews/1  sidecar of namespace default, port 80
              → PassthroughCluster: where the client wanted, by no rule
                the upstream sees GET /reviews/1 at reviews

              Why
                no service of the mesh speaks HTTP on port 80
                HTTP is routed on port 9080
                hint: `reviews` is known on port 9080, and the request arrives on port 80: write http://reviews:9080/

              Not looked at
                VirtualService default/bookinfo: its `gateways` are `default/bookinfo-gateway` without `mesh`, and so it is not for sidecars  gateway.yaml:19:3
                  hint: add `mesh` to `gateways`, or ask a gateway: `default/bookinfo-gateway`
                VirtualService default/reviews: its hosts are not served on port 80  reviews-v1.yaml:8:3

              What happens then
                0 ms           the request goes to PassthroughCluster
        "#]],
    );
}

#[test]
fn a_host_that_nobody_knows() {
    check(
        &explain("reviews-v1.yaml", &["http://reveiws:9080/"]),
        &expect![[r#"
            GET http://reveiws:9080/  sidecar of namespace default, port 9080
              → PassthroughCluster: where the client wanted, by no rule
                the upstream sees GET / at reveiws:9080

              Why
                port 9080 has the routes 9080
                no virtual host of the port has the domain "reveiws"
                hint: there is a host `reviews`
                it has details.default.svc.cluster.local, productpage.default.svc.cluster.local, ratings.default.svc.cluster.local, reviews.default.svc.cluster.local

              Not looked at
                VirtualService default/bookinfo: its `gateways` are `default/bookinfo-gateway` without `mesh`, and so it is not for sidecars  gateway.yaml:19:3
                  hint: add `mesh` to `gateways`, or ask a gateway: `default/bookinfo-gateway`
                VirtualService default/reviews: its host is `reviews.default.svc.cluster.local`, and the request asks for `reveiws.default.svc.cluster.local`  reviews-v1.yaml:7:3

              What happens then
                0 ms           the request goes to PassthroughCluster
        "#]],
    );
}

#[test]
fn a_gateway_and_a_path_in_the_wrong_case() {
    let arguments = [
        "--gateway",
        "default/bookinfo-gateway",
        "--curl",
        "curl -s http://bookinfo.test/ProductPage",
    ];
    check(
        &explain("reviews-v1.yaml", &arguments),
        &expect![[r#"
            GET http://bookinfo.test/ProductPage  gateway default/bookinfo-gateway, port 8080
              → 404: no rule matches

              Why
                port 8080 has the routes http.8080
                host "bookinfo.test" is left to the domain "*" of virtual host *:8080
                ✗ VirtualService default/bookinfo spec.http[0].match[0]  gateway.yaml:22:7
                  ✗ uri exact "/productpage", but there is "/ProductPage"
                ✗ VirtualService default/bookinfo spec.http[0].match[1]  gateway.yaml:23:7
                  ✗ uri prefix "/static", but there is "/ProductPage"
                ✗ VirtualService default/bookinfo spec.http[0].match[2]  gateway.yaml:24:7
                  ✗ uri exact "/login", but there is "/ProductPage"
                ✗ VirtualService default/bookinfo spec.http[0].match[3]  gateway.yaml:25:7
                  ✗ uri exact "/logout", but there is "/ProductPage"
                ✗ VirtualService default/bookinfo spec.http[0].match[4]  gateway.yaml:26:7
                  ✗ uri prefix "/api/v1/products", but there is "/ProductPage"
                no rule is left

              What would have matched
                spec.http[0].match[0]  gateway.yaml:22:7
                  path `/ProductPage` differs from `/productpage` in case only: ask for path `/productpage`, or write `ignoreUriCase: true` in the rule

              Not looked at
                for other hosts: default/reviews

              What happens then
                0 ms           the proxy answers 404
        "#]],
    );
}

#[test]
fn a_fault_with_a_timeout() {
    check(
        &explain(
            "ratings-delay.yaml",
            &[
                "--",
                "GET",
                "http://ratings:9080/ratings/1",
                "-H",
                "end-user: jason",
            ],
        ),
        &expect![[r#"
            GET http://ratings:9080/ratings/1  sidecar of namespace default, port 9080
              → outbound|9080|v1|ratings.default.svc.cluster.local
                by VirtualService default/ratings spec.http[0].match[0]  ratings-delay.yaml:10:7
                the upstream sees GET /ratings/1 at ratings:9080

              Why
                port 9080 has the routes 9080
                host "ratings" is a domain of virtual host ratings.default.svc.cluster.local:9080
                ✓ VirtualService default/ratings spec.http[0].match[0]  ratings-delay.yaml:10:7
                  ✓ headers["end-user"] exact "jason"
                ○ VirtualService default/ratings spec.http[1]: would also match, but spec.http[0].match[0] comes first  ratings-delay.yaml:18:5
                  ✓ uri prefix "/"

              Not looked at
                VirtualService default/bookinfo: its `gateways` are `default/bookinfo-gateway` without `mesh`, and so it is not for sidecars  gateway.yaml:19:3
                  hint: add `mesh` to `gateways`, or ask a gateway: `default/bookinfo-gateway`

              What happens then
                0 ms           the rule's fault holds the request back for 2000 ms, as 100 % of the requests
                2000 ms        the request goes to outbound|9080|v1|ratings.default.svc.cluster.local
                2000 ms        2 retries on connect-failure, refused-stream, unavailable, cancelled, retriable-status-codes
                from 2000 ms   if that fails, a pause of 0 to 24 ms
                from 2000 ms   retry 1
                from 2000 ms   if that fails, a pause of 0 to 49 ms
                from 2000 ms   retry 2
        "#]],
    );
}

#[test]
fn a_subset_that_is_missing() {
    check(
        &explain("reviews-no-such-subset.yaml", &["--", "http://reviews:9080/"]),
        &expect![[r#"
            GET http://reviews:9080/  sidecar of namespace default, port 9080
              → outbound|9080|v9|reviews.default.svc.cluster.local
                503: no service has the host and port, or no DestinationRule the subset, of outbound|9080|v9|reviews.default.svc.cluster.local
                by VirtualService default/reviews spec.http[0]  reviews-no-such-subset.yaml:9:5
                the upstream sees GET / at reviews:9080

              Why
                port 9080 has the routes 9080
                host "reviews" is a domain of virtual host reviews.default.svc.cluster.local:9080
                ✓ VirtualService default/reviews spec.http[0]  reviews-no-such-subset.yaml:9:5
                  ✓ uri prefix "/"

              Not looked at
                VirtualService default/bookinfo: its `gateways` are `default/bookinfo-gateway` without `mesh`, and so it is not for sidecars  gateway.yaml:19:3
                  hint: add `mesh` to `gateways`, or ask a gateway: `default/bookinfo-gateway`

              What happens then
                0 ms           the proxy answers 503, as there is no cluster outbound|9080|v9|reviews.default.svc.cluster.local
        "#]],
    );
}

#[test]
fn markdown_for_an_issue() {
    let arguments = [
        "--markdown",
        "--",
        "http://reviews:9080/reviews/1",
        "-H",
        "end-user: Jason",
    ];
    check(
        &explain("reviews-jason-v2.yaml", &arguments),
        &expect![[r####"
            ### **GET http://reviews:9080/reviews/1** `sidecar of namespace default, port 9080`

            - → **outbound\|9080\|v1\|reviews.default.svc.cluster.local**
              - by VirtualService default/reviews spec.http[1] `reviews-jason-v2.yaml:14:5`
              - the upstream sees GET /reviews/1 at reviews:9080

            **Why**

            - port 9080 has the routes 9080
            - host "reviews" is a domain of virtual host reviews.default.svc.cluster.local:9080
            - ✗ VirtualService default/reviews spec.http[0].match[0] `reviews-jason-v2.yaml:10:7`
              - ✗ headers["end-user"] exact "jason", but there is "Jason" `reviews-jason-v2.yaml:11:9`
            - ✓ VirtualService default/reviews spec.http[1] `reviews-jason-v2.yaml:14:5`
              - ✓ uri prefix "/"

            **What would have matched**

            - spec.http[0].match[0] `reviews-jason-v2.yaml:10:7`
              - header `end-user: Jason` differs from `jason` in case only: send header `end-user: jason`, or write `end-user: {regex: "(?i)jason"}` in the rule

            **Not looked at**

            - VirtualService default/bookinfo: its `gateways` are `default/bookinfo-gateway` without `mesh`, and so it is not for sidecars `gateway.yaml:19:3`
              - hint: add `mesh` to `gateways`, or ask a gateway: `default/bookinfo-gateway`

            **What happens then**

            - `0 ms` the request goes to outbound\|9080\|v1\|reviews.default.svc.cluster.local
            - `0 ms` 2 retries on connect-failure, refused-stream, unavailable, cancelled, retriable-status-codes
            - `from 0 ms` if that fails, a pause of 0 to 24 ms
            - `from 0 ms` retry 1
            - `from 0 ms` if that fails, a pause of 0 to 49 ms
            - `from 0 ms` retry 2
        "####]],
    );
}

#[test]
fn an_access_log() {
    let log = r#"[2026-01-01T00:00:00.000Z] "GET /reviews/1 HTTP/1.1" 200 - via_upstream - "-" 0 379 5 4 "-" "x" "id" "reviews:9080" "10.0.0.9:9080" outbound|9080|v3|reviews.default.svc.cluster.local 10.0.0.1:4242 10.96.0.2:9080 10.0.0.1:5151 - default
{"method":"GET","path":"/ratings/1","authority":"ratings:9080","response_code":200}
no line of a log
"#;
    let output = explain_with("reviews-jason-v2.yaml", &["--access-log-lines", "-"], log);
    check(
        &output,
        &expect![[r#"
        LINE   REQUEST                             DESTINATION                                          RULE                                          STATUS
        1      GET http://reviews:9080/reviews/1   outbound|9080|v1|reviews.default.svc.cluster.local   VirtualService default/reviews spec.http[1]   of the upstream
        2      GET http://ratings:9080/ratings/1   outbound|9080||ratings.default.svc.cluster.local     no rule: default                              of the upstream

          Requests of each rule
                 0  VirtualService default/reviews spec.http[0]  reviews-jason-v2.yaml:9:5
                 1  VirtualService default/reviews spec.http[1]  reviews-jason-v2.yaml:14:5
                 1  no rule: default

          The log says otherwise
            line 1: it went to outbound|9080|v3|reviews.default.svc.cluster.local
    "#]],
    );
    assert_eq!(
        stderr(&output),
        "line 3 is passed over: this is no line of Envoy's or Istio's format\n"
    );
    let output = explain_with(
        "reviews-jason-v2.yaml",
        &["--access-log-lines", "-", "--json"],
        log,
    );
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["requests"].as_array().unwrap().len(), 2);
    assert_eq!(value["rules"][1]["requests"], 1);
    assert_eq!(value["unread"][0]["line"], 3);
}

#[test]
fn json_has_the_fields_that_the_help_names() {
    let output = explain(
        "reviews-jason-v2.yaml",
        &["--json", "--", "http://reviews:9080/", "-H", "end-user: Jason"],
    );
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let fields = [
        "request",
        "proxy",
        "filter",
        "decision",
        "listener",
        "host",
        "rules",
        "bystanders",
        "timeline",
        "trace",
    ];
    let mut names: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    let mut sorted = fields;
    sorted.sort_unstable();
    assert_eq!(names, sorted);
    let help = stdout(&common::run(&["explain", "--help"]));
    assert!(
        fields.iter().all(|field| help.contains(&format!("\n  {field} "))),
        "{help}"
    );
    let condition = &value["rules"][0]["conditions"][1];
    assert_eq!(
        (&condition["matched"], &condition["at"]["line"]),
        (&Value::Bool(false), &Value::from(11))
    );
    assert_eq!(condition["hint"]["code"], "case");
    assert_eq!(condition["hint"]["request"]["setHeader"][1], "jason");
    assert_eq!(
        value["decision"]["cluster"],
        "outbound|9080|v1|reviews.default.svc.cluster.local"
    );
}

#[test]
fn every_way_to_ask_gives_the_same_answer() {
    let directory = tempfile::tempdir().unwrap();
    let raw = directory.path().join("raw");
    std::fs::write(
        &raw,
        "GET /reviews/1 HTTP/1.1\r\nHost: reviews:9080\r\nend-user: jason\r\n\r\n",
    )
    .unwrap();
    let ways: [&[&str]; 5] = [
        &[
            "--",
            "GET",
            "http://reviews:9080/reviews/1",
            "-H",
            "end-user: jason",
        ],
        &["http://reviews:9080/reviews/1", "-H", "end-user: jason"],
        &[
            "--curl",
            "curl -H 'end-user: jason' http://reviews:9080/reviews/1",
        ],
        &["--", "curl", "-Hend-user: jason", "reviews:9080/reviews/1"],
        &["--raw", raw.to_str().unwrap()],
    ];
    for way in ways {
        let mut arguments = vec!["--json"];
        arguments.extend(way);
        let output = explain("reviews-jason-v2.yaml", &arguments);
        let value: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{way:?}: {}", stderr(&output)));
        assert_eq!(
            value["decision"]["cluster"], "outbound|9080|v2|reviews.default.svc.cluster.local",
            "{way:?}"
        );
    }
    let list = "http://reviews:9080/\ncurl -H 'end-user: jason' http://reviews:9080/\n";
    let output = explain_with("reviews-jason-v2.yaml", &["--requests", "-", "--json"], list);
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&value["rules"][0]["requests"], &value["rules"][1]["requests"]),
        (&Value::from(1), &Value::from(1))
    );
}

#[test]
fn what_is_no_question_is_a_usage_error() {
    for (arguments, part) in [
        (&[][..], "there is no request"),
        (&["--curl", "curl a", "--", "b"], "more than one request"),
        (&["--", "ftp://a"], "`ftp` is no scheme"),
        (&["--curl", "curl --bogus a"], "`--bogus` is no option of curl"),
        (
            &["--gateway", "default/none", "http://a"],
            "the input has no Gateway `default/none`",
        ),
    ] {
        let output = explain("reviews-v1.yaml", arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            stderr(&output).contains(part) && stdout(&output).is_empty(),
            "{}",
            stderr(&output)
        );
    }
    assert_eq!(
        explain("reviews-v1.yaml", &["--raw", "nowhere"]).status.code(),
        Some(3)
    );
    assert_eq!(
        explain_with("reviews-v1.yaml", &["--requests", "-"], "\n")
            .status
            .code(),
        Some(1)
    );
}

#[test]
fn route_is_the_same_command() {
    let help = stdout(&common::run(&["--help"]));
    // Wherever the line is broken.
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("[alias: route]"), "{help}");
    let output = common::run(&["route", "--help"]);
    assert!(
        stdout(&output).contains("mainsheet explain k8s/"),
        "{}",
        stdout(&output)
    );
}
