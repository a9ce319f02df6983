//! `accessLogFile` and what goes with it: the lines that Envoy writes for requests and connections.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::Routing;
use super::files::typed;
use crate::diagnostic::Diagnostic;
use crate::mesh::Mesh;
use crate::resources::MeshConfig;
use crate::resources::mesh_config::AccessLogEncoding;
use crate::wire::DECISION_PROPERTY;

/// Istio's default format but for its end. Source: Istio `EnvoyTextLogFormat`.
const TEXT: &str = concat!(
    r#"[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% "#,
    "%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% ",
    r#""%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% %BYTES_SENT% %DURATION% "#,
    r#"%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "#,
    r#""%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% "#,
    "%UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% ",
    "%REQUESTED_SERVER_NAME% %ROUTE_NAME%",
);

/// The same in JSON. Source: Istio `EnvoyJSONLogFormatIstio`.
const JSON: [(&str, &str); 22] = [
    ("start_time", "%START_TIME%"),
    ("route_name", "%ROUTE_NAME%"),
    ("method", "%REQ(:METHOD)%"),
    ("path", "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"),
    ("protocol", "%PROTOCOL%"),
    ("response_code", "%RESPONSE_CODE%"),
    ("response_flags", "%RESPONSE_FLAGS%"),
    ("response_code_details", "%RESPONSE_CODE_DETAILS%"),
    (
        "connection_termination_details",
        "%CONNECTION_TERMINATION_DETAILS%",
    ),
    ("bytes_received", "%BYTES_RECEIVED%"),
    ("bytes_sent", "%BYTES_SENT%"),
    ("duration", "%DURATION%"),
    ("upstream_service_time", "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%"),
    ("x_forwarded_for", "%REQ(X-FORWARDED-FOR)%"),
    ("user_agent", "%REQ(USER-AGENT)%"),
    ("request_id", "%REQ(X-REQUEST-ID)%"),
    ("authority", "%REQ(:AUTHORITY)%"),
    ("upstream_host", "%UPSTREAM_HOST%"),
    ("upstream_cluster", "%UPSTREAM_CLUSTER_RAW%"),
    (
        "upstream_transport_failure_reason",
        "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
    ),
    ("downstream_remote_address", "%DOWNSTREAM_REMOTE_ADDRESS%"),
    ("requested_server_name", "%REQUESTED_SERVER_NAME%"),
];

/// Whether lines are written at all.
pub(super) fn is_asked_for(config: &MeshConfig) -> bool {
    !config.access_log_file.is_empty()
}

/// What writes a line for each request of an HTTP connection manager, or each connection of a TCP proxy.
pub(super) fn loggers(mesh: &Mesh, routing: Routing) -> Vec<Value> {
    let config = &mesh.config;
    if !is_asked_for(config) {
        return Vec::new();
    }
    let logger = json!({"path": config.access_log_file, "log_format": format(config, routing)});
    Vec::from([json!({
        "name": "envoy.access_loggers.file",
        "typed_config": typed("envoy.extensions.access_loggers.file.v3.FileAccessLog", logger),
    })])
}

/// The same for connections that a listener refuses before any filter sees them.
/// Source: Istio `AccessLogBuilder.setListenerAccessLog`.
pub(super) fn of_refused(mesh: &Mesh, routing: Routing) -> Vec<Value> {
    let mut loggers = loggers(mesh, routing);
    for logger in loggers.iter_mut().filter_map(Value::as_object_mut) {
        logger.insert(
            "filter".into(),
            json!({"response_flag_filter": {"flags": ["NR"]}}),
        );
    }
    loggers
}

fn format(config: &MeshConfig, routing: Routing) -> Value {
    match (config.access_log_encoding, config.access_log_format.as_str()) {
        (AccessLogEncoding::Text, "") => text(&default_text(routing)),
        (AccessLogEncoding::Text, own) => text(&with_end(own)),
        (AccessLogEncoding::Json, own) => {
            json!({"json_format": own_json(own).unwrap_or_else(|| default_json(routing))})
        }
    }
}

fn text(format: &str) -> Value {
    json!({"text_format_source": {"inline_string": format}})
}

/// What the filter has decided stands at the end.
fn default_text(routing: Routing) -> String {
    with_end(&match routing {
        Routing::Filter => [TEXT, r#" ""#, &decision(), r#"""#].concat(),
        Routing::Native => TEXT.into(),
    })
}

fn default_json(routing: Routing) -> Map<String, Value> {
    let fields = JSON.iter().map(|(name, format)| ((*name).into(), json!(format)));
    let decided = (routing == Routing::Filter).then(|| ("decision".into(), json!(decision())));
    fields.chain(decided).collect()
}

fn decision() -> String {
    ["%FILTER_STATE(wasm.", DECISION_PROPERTY, ":PLAIN)%"].concat()
}

/// Lines end, whatever a format says. Source: Istio `buildFileAccessTextLogFormat`.
fn with_end(format: &str) -> String {
    [format.trim_end_matches('\n'), "\n"].concat()
}

fn own_json(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok()
}

/// A format that is none.
pub(super) fn findings(config: &MeshConfig) -> Option<Diagnostic> {
    let (encoding, own) = (config.access_log_encoding, config.access_log_format.as_str());
    let wrong = encoding == AccessLogEncoding::Json && !own.is_empty() && own_json(own).is_none();
    let message =
        "`accessLogFormat` is not a JSON object, as `accessLogEncoding: JSON` wants it: the default is used";
    let help = r#"write an object of names and commands, such as {"path": "%REQ(:PATH)%"}"#;
    wrong.then(|| Diagnostic::warning("access-log-format", message).help(help))
}
