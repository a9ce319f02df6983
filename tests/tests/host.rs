//! The simulated host, with a filter on the real SDK that does what a header says.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use mainsheet_tests::host::{
    ConnectionInfo, Fault, Headers, Host, HostError, Injected, LocalReply, LogLevel, PeerType, Properties,
    Status, Stream, StreamState, Vm, VmOptions,
};
use mainsheet_tests::wasm_build::WasmBuild;

fn host() -> &'static Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/probe-filter/Cargo.toml");
        let target_dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("probe-filter");
        let build = WasmBuild {
            manifest: &manifest,
            package: "probe-filter",
            profile: "release",
            target_dir: &target_dir,
            locked: true,
        };
        let path = build.run().unwrap();
        Host::new(&std::fs::read(path).unwrap()).unwrap()
    })
}

fn vm() -> Vm {
    let vm = host().vm(VmOptions::default()).unwrap();
    assert!(vm.configure(b"first").unwrap());
    vm
}

fn headers(action: &str) -> Headers {
    let pairs = [
        (":method", "GET"),
        (":path", "/p"),
        (":authority", "a"),
        ("x-do", action),
        ("x-many", "1"),
    ];
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
        .collect()
}

fn stream(vm: &Vm) -> Stream {
    vm.stream(ConnectionInfo::to_port(8080)).unwrap()
}

fn value(headers: &Headers, name: &str) -> String {
    let values: Vec<_> = headers
        .iter()
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value.clone())
        .collect();
    String::from_utf8(values.join(&b'|')).unwrap()
}

fn ok_response() -> Headers {
    vec![(":status".to_owned(), b"200".to_vec())]
}

#[test]
fn effects_of_a_routed_request_can_be_read() {
    let vm = vm();
    let stream = stream(&vm);
    assert_eq!(
        stream.request_headers(headers("route"), true).unwrap(),
        StreamState::Continued
    );
    let map = stream.request_header_map();
    assert_eq!(value(&map, "x-cluster"), "reviews");
    assert_eq!(value(&map, "x-many"), "1|3");
    assert_eq!(stream.route_cache_clears(), 1);
    assert_eq!(
        stream.filter_state().get("wasm.mainsheet\0rule"),
        Some(&b"r1".to_vec())
    );
    assert_eq!(
        stream.filter_state().get("envoy.tcp_proxy.cluster.x"),
        Some(&b"c".to_vec())
    );
    assert_eq!(vm.metrics().get("probe.routed"), Some(&1));
    assert_eq!(
        stream.response_headers(ok_response(), true).unwrap(),
        StreamState::Continued
    );
    assert_eq!(value(&stream.response_header_map(), "x-seen"), "yes");
    assert_eq!(vm.violations(), Vec::<String>::new());
}

#[test]
fn host_calls_are_counted_by_stream() {
    let vm = vm();
    let (first, second) = (stream(&vm), stream(&vm));
    first.request_headers(headers("route"), true).unwrap();
    second.request_headers(headers(""), true).unwrap();
    assert_eq!(first.calls().get("proxy_call_foreign_function"), 2);
    assert_eq!(first.calls().total(), 8);
    assert_eq!(
        second.calls().iter().collect::<Vec<_>>(),
        [("proxy_get_header_map_pairs", 1)]
    );
}

#[test]
fn properties_come_from_the_connection_and_from_the_vm() {
    let node = Properties::new().with(&["xds", "node", "metadata", "NAMESPACE"], *b"shop");
    let vm = host()
        .vm(VmOptions {
            properties: node,
            ..VmOptions::default()
        })
        .unwrap();
    vm.configure(b"first").unwrap();
    let stream = stream(&vm);
    stream.request_headers(headers("properties"), true).unwrap();
    let map = stream.request_header_map();
    assert_eq!(value(&map, "x-port-bytes"), "[144, 31, 0, 0, 0, 0, 0, 0]");
    assert_eq!(value(&map, "x-namespace"), "shop");
    assert_eq!(value(&map, "x-absent"), "true");
}

#[test]
fn a_local_reply_stops_the_request_and_passes_the_response_callbacks() {
    let vm = vm();
    let stream = stream(&vm);
    let state = stream.request_headers(headers("reply"), true).unwrap();
    let expected = LocalReply {
        status: 418,
        headers: vec![("x-why".to_owned(), b"teapot".to_vec())],
        body: b"short".to_vec(),
        grpc_status: None,
        details: String::new(),
    };
    assert_eq!(state, StreamState::LocalReply(expected));
    let map = stream.response_header_map();
    assert_eq!(
        [
            value(&map, ":status"),
            value(&map, "content-length"),
            value(&map, "x-seen")
        ],
        ["418", "5", "yes"]
    );
    assert_eq!(stream.forwarded_response_body(), b"short");
    assert!(stream.is_request_paused());
}

#[test]
fn a_second_local_reply_and_an_early_continue_are_noted() {
    let vm = vm();
    stream(&vm).request_headers(headers("reply-twice"), true).unwrap();
    assert_eq!(vm.violations().len(), 1);
    let early = stream(&vm);
    assert_eq!(
        early.request_headers(headers("early"), true).unwrap(),
        StreamState::Paused
    );
    assert_eq!(vm.violations().len(), 2);
}

#[test]
fn a_reset_takes_effect_after_the_callback() {
    let vm = vm();
    let stream = stream(&vm);
    assert_eq!(
        stream.request_headers(headers("reset"), true).unwrap(),
        StreamState::Reset
    );
}

#[test]
fn a_paused_request_goes_on_at_its_instant_and_not_before() {
    let vm = vm();
    let stream = stream(&vm);
    assert_eq!(
        stream.request_headers(headers("pause"), false).unwrap(),
        StreamState::Paused
    );
    assert_eq!(stream.request_body(b"later", true).unwrap(), StreamState::Paused);
    vm.advance(Duration::from_millis(199)).unwrap();
    assert_eq!(stream.state(), StreamState::Paused);
    assert_eq!(stream.forwarded_request_body(), b"");
    vm.advance(Duration::from_millis(1)).unwrap();
    assert_eq!(stream.state(), StreamState::Continued);
    assert_eq!(stream.forwarded_request_body(), b"later");
    assert_eq!(value(&stream.request_header_map(), "x-late"), "1");
    let ticks = |vm: &Vm| vm.logs().iter().filter(|line| line.message == "tick").count();
    assert_eq!(ticks(&vm), 40);
    vm.advance(Duration::from_secs(1)).unwrap();
    assert_eq!(ticks(&vm), 40, "a period of zero stops the timer");
    assert_eq!(vm.violations(), Vec::<String>::new());
}

#[test]
fn a_dead_context_is_a_bad_argument() {
    let vm = vm();
    let stream = stream(&vm);
    stream.request_headers(headers("pause"), true).unwrap();
    drop(stream);
    vm.advance(Duration::from_secs(1)).unwrap();
    let warned = vm
        .logs()
        .into_iter()
        .find(|line| line.level == LogLevel::Warn)
        .unwrap();
    assert_eq!(warned.message, "dead: BadArgument");
}

#[test]
fn a_body_is_buffered_while_paused_and_can_be_replaced() {
    let vm = vm();
    let stream = stream(&vm);
    stream.request_headers(headers("body"), false).unwrap();
    assert_eq!(stream.request_body(b"ab", false).unwrap(), StreamState::Paused);
    assert_eq!(stream.forwarded_request_body(), b"");
    assert_eq!(stream.request_body(b"cd", true).unwrap(), StreamState::Continued);
    assert_eq!(stream.forwarded_request_body(), b"ABCD");
}

#[test]
fn request_headers_are_gone_in_the_response_phase_but_not_in_the_log() {
    let vm = vm();
    let stream = stream(&vm);
    stream.request_headers(headers(""), true).unwrap();
    stream.response_headers(ok_response(), true).unwrap();
    stream.done().unwrap();
    let messages: Vec<_> = vm.logs().into_iter().map(|line| line.message).collect();
    assert_eq!(messages, ["log /p", "done"]);

    let late = self::stream(&vm);
    late.request_headers(headers("late-read"), true).unwrap();
    let error = late.response_headers(ok_response(), true).unwrap_err();
    assert!(error.to_string().contains("unexpected status: 2"), "{error}");
}

#[test]
fn a_panic_is_reported_with_its_log_and_kills_the_vm() {
    let vm = vm();
    let (victim, other) = (stream(&vm), stream(&vm));
    let error = victim.request_headers(headers("panic"), true).unwrap_err();
    assert!(
        matches!(
            error,
            HostError::Trap {
                callback: "proxy_on_request_headers",
                ..
            }
        ),
        "{error}"
    );
    assert!(
        error
            .log()
            .iter()
            .any(|line| line.message.contains("told to panic")),
        "{error}"
    );
    assert!(vm.is_dead());
    assert!(matches!(
        other.request_headers(headers(""), true),
        Err(HostError::Dead(_))
    ));
    assert!(matches!(vm.configure(b"again"), Err(HostError::Dead(_))));
}

#[test]
fn a_reload_serves_new_streams_only_and_a_refused_one_nobody() {
    let vm = vm();
    let old = stream(&vm);
    old.request_headers(headers(""), false).unwrap();
    assert!(vm.configure(b"second").unwrap());
    assert_eq!(vm.roots().len(), 2);
    assert!(!vm.configure(b"refuse").unwrap());
    assert_eq!(vm.roots().len(), 2);
    let new = stream(&vm);
    new.request_headers(headers("properties"), true).unwrap();
    assert_eq!(value(&new.request_header_map(), "x-root"), "second");
    old.response_headers(ok_response(), true).unwrap();
    old.done().unwrap();
    assert_eq!(vm.roots().len(), 1, "the old root ends with its last stream");
}

#[test]
fn a_filter_without_an_accepted_configuration_serves_nobody() {
    let vm = host().vm(VmOptions::default()).unwrap();
    assert!(!vm.configure(b"refuse").unwrap());
    assert!(matches!(
        vm.stream(ConnectionInfo::default()),
        Err(HostError::Dead(_))
    ));
    assert!(vm.configure(b"good").unwrap());
    assert!(vm.stream(ConnectionInfo::default()).is_ok());
}

#[test]
fn the_nth_host_call_fails_on_demand() {
    let vm = vm();
    vm.inject(Fault::nth(
        "proxy_get_header_map_pairs",
        2,
        Status::InternalFailure,
    ));
    stream(&vm).request_headers(headers(""), true).unwrap();
    let error = stream(&vm).request_headers(headers(""), true).unwrap_err();
    assert!(
        error
            .log()
            .iter()
            .any(|line| line.message.contains("unexpected status: 10")),
        "{error}"
    );
}

#[test]
fn an_injected_trap_names_the_call() {
    let vm = vm();
    vm.inject(Fault {
        call: "proxy_get_header_map_pairs".to_owned(),
        nth: None,
        status: Injected::Trap,
    });
    let error = stream(&vm).request_headers(headers(""), true).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("injected trap in proxy_get_header_map_pairs"),
        "{error}"
    );
}

#[test]
fn foreign_functions_that_envoy_lacks_are_not_found() {
    let vm = vm();
    let stream = stream(&vm);
    stream.request_headers(headers("unknown-foreign"), true).unwrap();
    assert_eq!(value(&stream.request_header_map(), "x-status"), "NotFound");
}

#[test]
fn http_calls_need_a_known_cluster_and_are_answered_by_the_test() {
    let unknown = vm();
    assert_eq!(
        stream(&unknown).request_headers(headers("call"), true).unwrap(),
        StreamState::Continued
    );

    let options = VmOptions {
        callout_clusters: vec!["auth".to_owned()],
        ..VmOptions::default()
    };
    let vm = host().vm(options).unwrap();
    vm.configure(b"first").unwrap();
    let stream = stream(&vm);
    assert_eq!(
        stream.request_headers(headers("call"), true).unwrap(),
        StreamState::Paused
    );
    let call = vm.http_calls().remove(0);
    assert_eq!(
        (call.cluster.as_str(), call.timeout),
        ("auth", Duration::from_secs(1))
    );
    vm.answer_http_call(call.token, ok_response(), b"yes".to_vec())
        .unwrap();
    assert_eq!(stream.state(), StreamState::Continued);
    assert_eq!(value(&stream.request_header_map(), "x-auth"), "yes");
}

#[test]
fn bytes_that_are_not_utf8_reach_the_filter_and_come_back() {
    let vm = vm();
    let stream = stream(&vm);
    let mut raw = headers("");
    raw.push(("x-raw".to_owned(), vec![0xff, 0xfe]));
    stream.request_headers(raw.clone(), true).unwrap();
    assert_eq!(stream.request_header_map(), raw);
}

#[test]
fn unknown_imports_are_named() {
    // (module (import "env" "proxy_teleport" (func)))
    let wasm = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x02\x16\x01\x03env\x0eproxy_teleport\0\0";
    let Err(error) = Host::new(wasm) else {
        panic!("the import is not known")
    };
    assert!(error.to_string().ends_with("env.proxy_teleport"), "{error}");
}

#[test]
fn the_same_filter_serves_tcp() {
    let vm = host().vm(VmOptions::default()).unwrap();
    assert!(vm.configure(b"tcp").unwrap());
    let connection = vm.connection(ConnectionInfo::to_port(9000)).unwrap();
    assert_eq!(connection.new_connection().unwrap(), StreamState::Continued);
    assert_eq!(
        connection.filter_state().get("envoy.tcp_proxy.cluster"),
        Some(&b"c".to_vec())
    );
    assert_eq!(
        connection.downstream_data(b"he", false).unwrap(),
        StreamState::Paused
    );
    assert_eq!(connection.forwarded_upstream(), b"");
    assert_eq!(
        connection.downstream_data(b"llo", false).unwrap(),
        StreamState::Continued
    );
    assert_eq!(connection.forwarded_upstream(), b"hello");
    assert_eq!(
        connection.upstream_data(b"hi", true).unwrap(),
        StreamState::Continued
    );
    assert_eq!(connection.forwarded_downstream(), b"hi");
    connection.downstream_close(PeerType::Remote).unwrap();
    connection.done().unwrap();
    assert_eq!(vm.logs().last().unwrap().message, "tcp done");
}
