//! Tests that are written for rules hold for these rules.

use mainsheet_core::cases::generate;

use super::World;

const RULES: &str = r#"
resources:
- {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{name: http, port: 9080}]}}
- apiVersion: networking.istio.io/v1
  kind: VirtualService
  metadata: {name: a}
  spec:
    hosts: [a]
    http:
    - match:
      - {uri: {exact: /exact}, method: {exact: POST}}
      - {uri: {prefix: /prefix/}, headers: {x-user: {prefix: j}}}
      - {uri: {regex: "/v[0-9]+/.*"}, queryParams: {q: {exact: "1"}}}
      - {uri: {prefix: /without}, withoutHeaders: {x-not: {}}}
      route: [{destination: {host: a}}]
    - match: [{uri: {prefix: /old}}]
      redirect: {uri: /new}
    - match: [{uri: {prefix: /split}}]
      route: [{destination: {host: a}, weight: 1}, {destination: {host: b.example}, weight: 3}]
      timeout: 1.5s
      fault: {abort: {percentage: {value: 50}, httpStatus: 503}}
    - match: [{uri: {exact: /gone}}]
      directResponse: {status: 410}
tests: [{name: none, request: {host: a}, expect: {noRoute: true}}]
"#;

#[test]
fn all_of_them_pass() {
    let world = World::new(RULES);
    let suite = generate(&world.mesh);
    let names: Vec<&str> = suite.tests.iter().map(|test| test.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "a http[0] match[0]",
            "a http[0] match[0], just after /exact",
            "a http[0] match[1]",
            "a http[0] match[1], just inside /prefix/",
            "a http[0] match[1], just outside /prefix/",
            "a http[0] match[1], without x-user",
            "a http[0] match[2]",
            "a http[0] match[3]",
            "a http[0] match[3], just inside /without",
            "a http[0] match[3], just outside /without",
            "a http[0] match[3], with x-not any",
            "a http[1] match[0]",
            "a http[1] match[0], just inside /old",
            "a http[1] match[0], just outside /old",
            "a http[2] match[0]",
            "a http[2] match[0], just inside /split",
            "a http[2] match[0], just outside /split",
            "a http[3] match[0]",
            "a http[3] match[0], just after /gone",
        ]
    );
    for test in &suite.tests {
        let case = test.cases().unwrap().remove(0);
        assert_eq!(world.differences(test, &case), [], "{}", test.name);
        assert!(!test.expect.is_empty(), "{}", test.name);
    }
    let split = suite
        .tests
        .iter()
        .find(|test| test.name == "a http[2] match[0]")
        .unwrap();
    assert_eq!((split.expect.weights.len(), split.expect.status), (2, None));
}
