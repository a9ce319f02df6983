//! Requests as people write them, and as nobody does.
#![cfg(test)]

use mainsheet_core::sent::SentRequest;
use proptest::prelude::*;

use super::{access_log, curl, list, raw};

/// `METHOD url | name: value | …`, or what is wrong.
fn shown(request: Result<SentRequest, String>) -> String {
    match request {
        Err(why) => format!("error: {why}"),
        Ok(request) => {
            let host = request.headers.get("host").and_then(|host| host.iter().next());
            let host = host.map(|host| format!(" | host: {host}")).unwrap_or_default();
            let headers = request.plain_headers();
            let headers: String = headers
                .iter()
                .map(|(name, value)| format!(" | {name}: {value}"))
                .collect();
            format!("{} {}{host}{headers}", request.method(), request.url)
        }
    }
}

fn check(cases: &[(&str, &str)], parse: impl Fn(&str) -> Result<SentRequest, String>) {
    for (written, expected) in cases {
        assert_eq!(shown(parse(written)), *expected, "{written}");
    }
}

#[test]
fn curl_is_understood() {
    const OWN: &str = " | accept: */* | user-agent: curl/8";
    let own = |text: &str| format!("{text}{OWN}");
    let cases = [
        ("curl http://a/b", own("GET http://a/b")),
        ("curl a:80/b?c#d", own("GET http://a:80/b?c")),
        ("/usr/bin/curl -sSL -k -v a", own("GET http://a")),
        ("curl -XPOST a", own("POST http://a")),
        ("curl -sXDELETE a", own("DELETE http://a")),
        ("curl --request PUT --url http://a", own("PUT http://a")),
        ("curl -H 'end-user: jason' -H 'X: a: b' a", "GET http://a | accept: */* | end-user: jason | user-agent: curl/8 | x: a: b".to_owned()),
        ("curl -H'Host: reviews' http://10.0.0.1/", "GET http://10.0.0.1/ | host: reviews | accept: */* | user-agent: curl/8".to_owned()),
        ("curl -H 'Accept: text/html' -A me a", "GET http://a | accept: text/html | user-agent: me".to_owned()),
        ("curl -H 'Accept:' -H 'User-Agent:' -H 'X;' a", "GET http://a | x: ".to_owned()),
        ("curl -d a=b a", "POST http://a | accept: */* | content-type: application/x-www-form-urlencoded | user-agent: curl/8".to_owned()),
        ("curl --data-raw a --data-binary b -H 'content-type: x' a", "POST http://a | accept: */* | content-type: x | user-agent: curl/8".to_owned()),
        ("curl --json '{}' a", "POST http://a | accept: application/json | content-type: application/json | user-agent: curl/8".to_owned()),
        ("curl -G -d a=b -d c a?x", own("GET http://a?x&a=b&c")),
        ("curl -I a", own("HEAD http://a")),
        ("curl -T file a", own("PUT http://a")),
        ("curl -e http://b -b 'a=1; b=2' -u me:secret a", "GET http://a | accept: */* | authorization: Basic bWU6c2VjcmV0 | cookie: a=1; b=2 | referer: http://b | user-agent: curl/8".to_owned()),
        ("curl -b jar.txt --compressed a", "GET http://a | accept: */* | accept-encoding: deflate, gzip, br, zstd | user-agent: curl/8".to_owned()),
        ("curl --resolve a:80:127.0.0.1 --connect-to ::b: --http2 -o /dev/null -w '%{http_code}' --max-time 3 a", own("GET http://a")),
        ("curl -s \\\n  -X POST \\\n  a", own("POST http://a")),
        ("curl http://me:secret@a:80/b", own("GET http://a:80/b")),
        ("curl -- a", own("GET http://a")),
        ("GET a -H x:1", "GET http://a | x: 1".to_owned()),
        ("post http://a", "POST http://a".to_owned()),
        ("https://a/", "GET https://a/".to_owned()),
        ("curl", "error: there is no URL".to_owned()),
        ("curl a b", "error: a request has one URL".to_owned()),
        ("GET a b", "error: a request has one URL".to_owned()),
        ("curl --frobnicate a", "error: `--frobnicate` is no option of curl that is known here".to_owned()),
        ("curl -! a", "error: `-!` is no option of curl that is known here".to_owned()),
        ("curl a -H", "error: `-H` has no argument".to_owned()),
        ("curl a -H novalue", "error: `novalue` is not `name: value`".to_owned()),
        ("curl a --next b", "error: `--next` begins a second request: ask for one at a time".to_owned()),
        ("curl 'a", "error: the quotes of the command line do not match".to_owned()),
        ("ftp://a/", "error: `ftp` is no scheme of a request: write http or https".to_owned()),
        ("a:99999/", "error: `a:99999` has no port from 0 to 65535".to_owned()),
        ("GET ''", "error: `http://` names no host".to_owned()),
    ];
    let cases: Vec<(&str, &str)> = cases
        .iter()
        .map(|(written, expected)| (*written, expected.as_str()))
        .collect();
    check(&cases, curl::from_line);
}

#[test]
fn requests_on_the_wire_are_understood() {
    check(
        &[
            (
                "GET /a?b HTTP/1.1\r\nHost: c:80\r\nX: 1\r\nx: 2\r\n\r\n",
                "GET http://c:80/a?b | x: 1 | x: 2",
            ),
            (
                "POST / HTTP/1.1\nhost: c\ncontent-length: 2\n\n{}",
                "POST http://c/ | content-length: 2",
            ),
            ("\n\nGET / HTTP/2\nHost: c", "GET http://c/"),
            ("GET http://c/d HTTP/1.1\r\nHost: e\r\n\r\n", "GET http://c/d"),
            ("GET /\nHost: c\n", "GET http://c/"),
            (
                "GET / HTTP/1.1\r\n\r\n",
                "error: the request has no header `host`",
            ),
            ("hello", "error: this is no request of HTTP: invalid token"),
            (
                "GET / HTTP/1.1\nno header\n\n",
                "error: this is no request of HTTP: invalid header name",
            ),
        ],
        |text| raw::parse(text.as_bytes()),
    );
}

#[test]
fn lists_have_one_request_a_line() {
    let many = list::parse("# these\n\nhttp://a/\ncurl -X POST \\\n  b\nGET c d\n");
    let read: Vec<String> = many
        .requests
        .iter()
        .map(|written| format!("{} {}", written.line, written.request.url))
        .collect();
    assert_eq!(read, ["3 http://a/", "4 http://b"]);
    assert_eq!(
        many.unread.iter().map(|unread| unread.line).collect::<Vec<_>>(),
        [6]
    );
}

/// `METHOD url | headers | port status cluster`.
fn logged(line: &str) -> String {
    let many = access_log::parse(line);
    match (many.requests.as_slice(), many.unread.as_slice()) {
        ([written], []) => {
            let logged = written.logged.clone().unwrap();
            format!(
                "{} | {:?} {:?} {:?}",
                shown(Ok(written.request.clone())),
                logged.port,
                logged.status,
                logged.cluster
            )
        }
        ([], [unread]) => format!("error: {}", unread.why),
        other => panic!("{other:?}"),
    }
}

#[test]
fn access_logs_are_understood() {
    let cases = [
        // Envoy's format.
        (
            r#"[2026-01-01T00:00:00.000Z] "GET /a?b HTTP/1.1" 200 - 0 379 5 4 "10.0.0.7" "curl/8" "id" "c:9080" "10.0.0.9:9080""#,
            r#"GET http://c:9080/a?b | user-agent: curl/8 | x-forwarded-for: 10.0.0.7 | x-request-id: id | None Some(200) None"#,
        ),
        // Istio's.
        (
            r#"[2026-01-01T00:00:00.000Z] "POST /a HTTP/2" 503 UF upstream_reset - "delayed connect error: 111" 0 379 5 - "-" "a "quoted" agent" "-" "c" "10.0.0.9:80" outbound|9080|v1|c 10.0.0.1:4242 10.96.0.2:9080 10.0.0.1:5151 - default"#,
            r#"POST http://c/a | user-agent: a "quoted" agent | Some(9080) Some(503) Some("outbound|9080|v1|c")"#,
        ),
        (
            r#"[pod/web-1/istio-proxy] [2026-01-01T00:00:00.000Z] "GET / HTTP/1.1" 404 NR route_not_found - "-" 0 0 0 - "-" "-" "-" "c" "-" - - [::1]:80 10.0.0.1:5151 - -"#,
            r#"GET http://c/ | Some(80) Some(404) None"#,
        ),
        (
            r#"{"method":"GET","path":"/a","authority":"c","response_code":200,"upstream_cluster":"outbound|80||c","downstream_local_address":"10.0.0.1:80","user_agent":"x","request_id":null}"#,
            r#"GET http://c/a | user-agent: x | Some(80) Some(200) Some("outbound|80||c")"#,
        ),
        (
            r#"2026-01-01T00:00:00Z {":method":"GET","uri":"a","host":"c","status":"301"}"#,
            r#"GET http://c/a | None Some(301) None"#,
        ),
        (
            r#"[2026-01-01T00:00:00.000Z] "- - -" 0 - - - "-" 0 0 5 - "-" "-" "-" "-" "10.0.0.9:9080" outbound|3306||m 10.0.0.1:1 10.0.0.2:3306 10.0.0.1:2 - -"#,
            "error: the line is about no request of HTTP",
        ),
        (
            r#"{"method":"GET","path":"/a","authority":"c","upstream_cluster":"inbound|80||"}"#,
            "error: the request has come in: rules decide those that go out",
        ),
        (
            r#"{"method":"GET","path":"/a"}"#,
            "error: the line has no authority",
        ),
        (
            "2026-01-01 info Envoy proxy is ready",
            "error: this is no line of Envoy's or Istio's format",
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(logged(line), expected, "{line}");
    }
}

proptest! {
    /// Nothing that is written makes a reader stumble.
    #[test]
    fn nobody_stumbles(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = curl::from_line(&text);
        let _ = raw::parse(&bytes);
        let _ = list::parse(&text);
        let _ = access_log::parse(&text);
    }

    /// The same for what looks nearly right.
    #[test]
    fn nobody_stumbles_over_nearly_right_words(
        words in prop::collection::vec(prop::sample::select(vec![
            "curl", "-X", "-H", "-sX", "--", "-", "--data", "-d", "http://", "a:b@c", "'", "\"", "\\", "[", "]", "{", "}",
            "\"GET / HTTP/1.1\"", "200", "\"-\"", ":", ";", "?", "#", "\n", "\r\n", "HTTP/1.1", "host: é", "{\"path\":1}", "é",
        ]), 0..20),
        separator in prop::sample::select(vec![" ", "", "\n"]),
    ) {
        let text = words.join(separator);
        let _ = curl::from_line(&text);
        let _ = curl::from_words(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        let _ = raw::parse(text.as_bytes());
        let _ = list::parse(&text);
        let _ = access_log::parse(&text);
    }
}
