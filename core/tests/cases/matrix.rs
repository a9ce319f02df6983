//! The requests that lists stand for.

use mainsheet_core::cases::{LIMIT, TestFile, TooMany};

/// Name and request of each case of a request.
fn cases(request: &str) -> Vec<String> {
    let text = format!("tests: [{{name: t, request: {request}, expect: {{status: 200}}}}]");
    let file = TestFile::read("a.test.yaml", text);
    assert_eq!(file.diagnostics, [], "{request}");
    let cases = file.suite.tests[0].cases().unwrap();
    let line = |case: &mainsheet_core::cases::Case| {
        let request = &case.request;
        let headers: String = request
            .plain_headers()
            .iter()
            .map(|(name, value)| format!(" {name}={value}"))
            .collect();
        let (method, port, host) = (request.method(), request.port(), request.authority());
        format!(
            "{}: {method} {port} {host} {}{headers}",
            case.name,
            request.target()
        )
    };
    cases.iter().map(line).collect()
}

#[test]
fn each_list_is_multiplied_out() {
    let table: [(&str, &[&str]); 9] = [
        ("{url: 'http://a:9080/x?y'}", &["t: GET 9080 a:9080 /x?y"]),
        ("{host: a}", &["t: GET 80 a /"]),
        ("{host: a, scheme: https, path: x}", &["t: GET 443 a /x"]),
        ("{host: 'a:1', port: 9080}", &["t: GET 9080 a:1 /"]),
        (
            "{url: 'http://a:9080/x', host: b, path: /y}",
            &["t: GET 9080 b /y"],
        ),
        (
            "{host: [a, b], method: [GET, PUT]}",
            &[
                "t [GET a]: GET 80 a /",
                "t [GET b]: GET 80 b /",
                "t [PUT a]: PUT 80 a /",
                "t [PUT b]: PUT 80 b /",
            ],
        ),
        (
            "{host: a, path: [/, /x]}",
            &["t [/]: GET 80 a /", "t [/x]: GET 80 a /x"],
        ),
        (
            "{host: a, headers: {x: ['1', [], ['2', '3']], y: z}}",
            &[
                "t [x: 1]: GET 80 a / x=1 y=z",
                "t [no x]: GET 80 a / y=z",
                "t [x: 2, 3]: GET 80 a / x=2 x=3 y=z",
            ],
        ),
        (
            "{url: ['http://a/', 'http://b/']}",
            &["t [http://a/]: GET 80 a /", "t [http://b/]: GET 80 b /"],
        ),
    ];
    for (request, expected) in table {
        assert_eq!(cases(request), expected, "{request}");
    }
}

#[test]
fn a_product_without_end_is_refused() {
    let values: Vec<String> = (0..=100).map(|number| format!("/{number}")).collect();
    let list = values.join(", ");
    let text =
        format!("tests: [{{name: t, request: {{host: [{list}], path: [{list}]}}, expect: {{status: 200}}}}]");
    let file = TestFile::read("a.test.yaml", text);
    assert_eq!(file.suite.tests[0].cases().unwrap_err(), TooMany);
    assert!(file.diagnostics[0].message.contains(&LIMIT.to_string()));
}
