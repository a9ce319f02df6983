//! The filter in the simulated host: how it takes over configurations, holds requests back, and bears a host
//! that fails.

#![expect(clippy::expect_used, reason = "helpers of tests")]

use std::time::Duration;

use mainsheet_tests::artifact::FILTER_WASM;
use mainsheet_tests::host::{ConnectionInfo, Fault, Headers, Host, Status, StreamState, Vm, VmOptions};
use serde_json::{Value, json};

fn service() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "reviews"},
        "spec": {"selector": {"app": "reviews"}, "ports": [{"name": "http", "port": 9080}]},
    })
}

fn virtual_service(http: &Value) -> Value {
    json!({
        "apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "reviews"},
        "spec": {"hosts": ["reviews"], "http": http},
    })
}

fn to_subset(subset: &str) -> Value {
    json!([{"destination": {"host": "reviews", "subset": subset}}])
}

/// A sidecar's configuration for port 9080 with these rules.
fn configuration(http: &Value) -> Value {
    json!({
        "proxy": {"kind": "sidecar", "namespace": "default"},
        "port": 9080,
        "seed": 1,
        "resources": [service(), virtual_service(http)],
    })
}

fn vm(configuration: &Value) -> Vm {
    let host = Host::new(FILTER_WASM).expect("the filter is a module");
    let vm = host.vm(VmOptions::default()).expect("the filter starts");
    assert!(
        vm.configure(configuration.to_string().as_bytes())
            .expect("it answers"),
        "{:?}",
        vm.logs()
    );
    vm
}

fn request(path: &str) -> Headers {
    let pairs = [
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", "reviews:9080"),
        (":path", path),
    ];
    pairs
        .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
        .into()
}

fn header(headers: &Headers, name: &str) -> Option<String> {
    let found = headers.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| String::from_utf8(value.clone()).expect("the header is text"))
}

fn cluster(vm: &Vm) -> Option<String> {
    let stream = vm.stream(ConnectionInfo::default()).expect("a stream opens");
    stream
        .request_headers(request("/"), true)
        .expect("the filter answers");
    header(&stream.request_header_map(), "x-mainsheet-cluster")
}

#[test]
fn a_plain_forward_takes_three_host_calls() {
    let vm = vm(&configuration(&json!([{"route": to_subset("v1")}])));
    let stream = vm.stream(ConnectionInfo::default()).unwrap();
    assert_eq!(
        stream.request_headers(request("/"), true).unwrap(),
        StreamState::Continued
    );
    let calls = stream.calls();
    assert!(calls.total() <= 3, "{:?}", calls.iter().collect::<Vec<_>>());
    assert_eq!(calls.get("proxy_get_header_map_pairs"), 1);
    assert_eq!(stream.route_cache_clears(), 1);
    stream
        .response_headers(vec![(":status".to_owned(), b"200".to_vec())], true)
        .unwrap();
    stream.done().unwrap();
    assert!(stream.calls().total() <= 3);
}

#[test]
fn a_wrong_configuration_is_refused_whole_and_the_one_before_serves() {
    let vm = vm(&configuration(&json!([{"route": to_subset("v1")}])));
    let wrong = json!([
        {"match": [{"uri": {"prefix": "/a"}}], "route": to_subset("v2")},
        {"match": [{"headers": {"x": {"regex": "a("}}}], "route": to_subset("v3")},
    ]);
    let text = serde_json::to_string_pretty(&configuration(&wrong)).unwrap();
    assert!(!vm.configure(text.as_bytes()).unwrap());
    assert_eq!(
        cluster(&vm).unwrap(),
        "outbound|9080|v1|reviews.default.svc.cluster.local"
    );

    let line = text.lines().position(|line| line.contains("\"regex\"")).unwrap() + 1;
    let log: Vec<String> = vm.logs().into_iter().map(|line| line.message).collect();
    let place = format!("configuration:{line}:");
    assert!(
        log.iter()
            .any(|entry| entry.contains(&place) && entry.contains("missing closing )")),
        "{log:?}"
    );
}

#[test]
fn configurations_that_are_no_configurations_are_refused() {
    let vm = vm(&configuration(&json!([{"route": to_subset("v1")}])));
    let unknown_field = configuration(&json!([{"route": to_subset("v2"), "tiemout": "1s"}]));
    for text in [
        "",
        "{",
        "[]",
        r#"{"proxy": {}}"#,
        r#"{"resources": [], "proxy": {"kind": "x"}}"#,
    ]
    .map(str::to_owned)
    .into_iter()
    .chain([unknown_field.to_string()])
    {
        assert!(!vm.configure(text.as_bytes()).unwrap(), "{text}");
    }
    assert!(!vm.is_dead());
    assert!(cluster(&vm).unwrap().contains("|v1|"));
}

#[test]
fn streams_keep_the_configuration_they_began_with() {
    let teapot = |status: u16| json!([{"directResponse": {"status": status}}]);
    let vm = vm(&configuration(&json!([{
        "route": to_subset("v1"), "headers": {"response": {"set": {"x-from": "old"}}},
    }])));
    let old = vm.stream(ConnectionInfo::default()).unwrap();
    old.request_headers(request("/"), true).unwrap();
    assert!(
        vm.configure(configuration(&teapot(418)).to_string().as_bytes())
            .unwrap()
    );
    old.response_headers(vec![(":status".to_owned(), b"200".to_vec())], true)
        .unwrap();
    assert_eq!(
        header(&old.response_header_map(), "x-from").as_deref(),
        Some("old")
    );
    let new = vm.stream(ConnectionInfo::default()).unwrap();
    let state = new.request_headers(request("/"), true).unwrap();
    assert!(matches!(state, StreamState::LocalReply(reply) if reply.status == 418));
}

fn delayed(abort: Option<u16>) -> Value {
    let mut fault = json!({"delay": {"fixedDelay": "200ms", "percentage": {"value": 100}}});
    if let (Some(status), Some(fields)) = (abort, fault.as_object_mut()) {
        fields.insert(
            "abort".to_owned(),
            json!({"httpStatus": status, "percentage": {"value": 100}}),
        );
    }
    configuration(&json!([{"fault": fault, "route": to_subset("v1")}]))
}

#[test]
fn without_the_native_fault_filter_the_filter_waits_itself() {
    let vm = vm(&delayed(None));
    let stream = vm.stream(ConnectionInfo::default()).unwrap();
    assert_eq!(
        stream.request_headers(request("/"), true).unwrap(),
        StreamState::Paused
    );
    vm.advance(Duration::from_millis(195)).unwrap();
    assert_eq!(stream.state(), StreamState::Paused);
    vm.advance(Duration::from_millis(10)).unwrap();
    assert_eq!(stream.state(), StreamState::Continued);
    assert!(cluster_of(&stream.request_header_map()).contains("|v1|"));
    assert_eq!(vm.violations(), Vec::<String>::new());
}

fn cluster_of(headers: &Headers) -> String {
    header(headers, "x-mainsheet-cluster").unwrap_or_default()
}

#[test]
fn an_abort_follows_its_delay() {
    let vm = vm(&delayed(Some(503)));
    let stream = vm.stream(ConnectionInfo::default()).unwrap();
    stream.request_headers(request("/"), true).unwrap();
    vm.advance(Duration::from_millis(210)).unwrap();
    let StreamState::LocalReply(reply) = stream.state() else {
        panic!("{:?}", stream.state())
    };
    assert_eq!(
        (reply.status, reply.body.as_slice()),
        (503, &b"fault filter abort"[..])
    );
    assert_eq!(vm.violations(), Vec::<String>::new());
}

#[test]
fn clients_that_leave_while_they_wait_are_forgotten() {
    let vm = vm(&delayed(Some(503)));
    let streams: Vec<_> = (0..100)
        .map(|_| vm.stream(ConnectionInfo::default()).unwrap())
        .collect();
    for stream in &streams {
        stream.request_headers(request("/"), true).unwrap();
        stream.done().unwrap();
    }
    vm.advance(Duration::from_secs(1)).unwrap();
    assert_eq!(vm.violations(), Vec::<String>::new());
    assert_eq!(vm.calls().get("proxy_send_local_response"), 0);
}

#[test]
fn counters_are_written_in_the_background() {
    let vm = vm(&configuration(&json!([
        {"match": [{"uri": {"prefix": "/here"}}], "route": to_subset("v1")},
        {"match": [{"uri": {"prefix": "/there"}}], "redirect": {"uri": "/here"}},
    ])));
    for path in ["/here", "/here", "/there", "/nowhere"] {
        vm.stream(ConnectionInfo::default())
            .unwrap()
            .request_headers(request(path), true)
            .unwrap();
    }
    vm.advance(Duration::from_secs(1)).unwrap();
    let metrics = vm.metrics();
    let counted = |name: &str| metrics.get(name).copied().unwrap_or_default();
    assert_eq!(counted("mainsheet.requests.forwarded"), 2);
    assert_eq!(counted("mainsheet.requests.redirected"), 1);
    assert_eq!(counted("mainsheet.requests.unrouted"), 1);
}

/// What becomes of a request.
fn fate(vm: &Vm, authority: &str, path: &str, more: &[(&str, &str)]) -> (StreamState, Headers) {
    let mut headers = request(path);
    headers.retain(|(name, _)| name != ":authority");
    let pairs = [(":authority", authority)]
        .into_iter()
        .chain(more.iter().copied());
    headers.extend(pairs.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())));
    let stream = vm.stream(ConnectionInfo::default()).expect("a stream opens");
    let state = stream.request_headers(headers, true).expect("the filter answers");
    (state, stream.request_header_map())
}

#[test]
fn among_the_routes_of_others_the_filter_answers_what_its_rules_refuse_and_leaves_the_rest() {
    let rules = json!([{"match": [{"uri": {"prefix": "/here"}}], "route": to_subset("v1")}]);
    let mut plain = service();
    plain["metadata"]["name"] = json!("ratings");
    let mut own = configuration(&rules);
    own["resources"] = json!([service(), plain, virtual_service(&rules)]);
    let mut shared = own.clone();
    shared["routes"] = json!("shared");

    // Authority, path, status of the answer, and the cluster: with routes of its own, and among others.
    let (v1, ratings) = (
        Some("outbound|9080|v1|reviews.default.svc.cluster.local"),
        Some("outbound|9080||ratings.default.svc.cluster.local"),
    );
    for (authority, path, alone, among) in [
        ("reviews:9080", "/here", (None, v1), (None, v1)),
        ("reviews:9080", "/nowhere", (None, None), (Some(404), None)),
        ("ratings:9080", "/here", (None, ratings), (None, None)),
        (
            "elsewhere",
            "/here",
            (None, Some("PassthroughCluster")),
            (None, None),
        ),
    ] {
        for (configuration, expected) in [(&own, alone), (&shared, among)] {
            let (state, headers) = fate(&vm(configuration), authority, path, &[]);
            let status = match &state {
                StreamState::LocalReply(reply) => Some(reply.status),
                _ => None,
            };
            let cluster = header(&headers, "x-mainsheet-cluster");
            assert_eq!(
                (status, cluster.as_deref()),
                expected,
                "{authority}{path} {}",
                configuration["routes"]
            );
        }
    }
}

#[test]
fn what_is_left_to_the_routes_of_others_keeps_its_headers_but_gives_no_orders() {
    let mut configuration = configuration(&json!([{"route": to_subset("v1")}]));
    configuration["routes"] = json!("shared");
    let vm = vm(&configuration);
    let sent = [
        ("x-mainsheet-cluster", "outbound|80||stolen"),
        ("x-envoy-fault-abort-request", "503"),
        ("x-envoy-max-retries", "7"),
    ];
    let (state, headers) = fate(&vm, "elsewhere", "/", &sent);
    assert_eq!(state, StreamState::Continued);
    let kept: Vec<bool> = sent
        .iter()
        .map(|(name, _)| header(&headers, name).is_some())
        .collect();
    assert_eq!(kept, [false, false, true]);
    vm.advance(Duration::from_secs(1)).unwrap();
    assert_eq!(vm.metrics().get("mainsheet.requests.left"), Some(&1));
    assert_eq!(vm.violations(), Vec::<String>::new());
}

/// Statuses that hosts answer, among them one that the SDK does not expect.
const STATUSES: [Status; 5] = [
    Status::NotFound,
    Status::BadArgument,
    Status::Empty,
    Status::InternalFailure,
    Status::Unimplemented,
];

#[test]
fn no_host_failure_stops_the_filter_or_lets_a_request_around_the_rules() {
    let rules = json!([{
        "headers": {"request": {"set": {"a": "1"}, "add": {"b": "2"}, "remove": ["c"]}},
        "rewrite": {"uri": "/new", "authority": "new.test"},
        "timeout": "1s", "retries": {"attempts": 3, "retryOn": "5xx,429", "perTryTimeout": "1s"},
        "route": to_subset("v1"),
    }]);
    let mut configuration = configuration(&rules);
    configuration["port"] = json!("destination");
    for call in [
        "proxy_get_property",
        "proxy_get_header_map_pairs",
        "proxy_replace_header_map_value",
        "proxy_add_header_map_value",
        "proxy_remove_header_map_value",
        "proxy_call_foreign_function",
    ] {
        for status in STATUSES {
            let vm = vm(&configuration);
            vm.inject(Fault::every(call, status));
            let stream = vm.stream(ConnectionInfo::to_port(9080)).unwrap();
            let state = stream
                .request_headers(request("/"), true)
                .expect("the filter survives");
            assert!(!vm.is_dead(), "{call} {status:?}");
            assert!(
                matches!(&state, StreamState::LocalReply(reply) if reply.status == 500),
                "{call} {status:?}: {state:?}"
            );
        }
    }
}
