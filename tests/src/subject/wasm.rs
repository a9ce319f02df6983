//! The filter that production loads, in the simulated host, with the part of Envoy's router and fault filter
//! that a decision shows in.

use std::collections::BTreeSet;
use std::error::Error;

use mainsheet_core::action::RetryPolicy;
use mainsheet_core::compile::{Proxy, ProxyKind};
use mainsheet_core::request::Header;
use mainsheet_core::resources::{Bundle, MeshConfig};
use mainsheet_core::settings::{FaultMode, PortSource, Settings};
use mainsheet_core::view::{Explanation, RetryView, Upstream};
use mainsheet_core::wire::{
    CLUSTER_HEADER, MISSING_CLUSTER_HEADER, MISSING_CLUSTER_STATUS, TRACE_PROPERTY, is_reserved,
};

use super::observation::{listener, texts};
use super::{Answer, Decided, Observation, Question, Subject, World};
use crate::artifact::FILTER_WASM;
use crate::host::{ConnectionInfo, Host, HostError, LocalReply, Stream, StreamState, Vm, VmOptions};

/// The body of Envoy's fault aborts.
const ABORT_BODY: &str = "fault filter abort";

/// Why the filter did not answer.
#[derive(Debug, thiserror::Error)]
pub enum WasmError {
    /// The host or the filter failed.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The filter refused its configuration.
    #[error("the filter refused its configuration:\n{0}")]
    Refused(String),
    /// The settings or the explanation are not JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The filter left no explanation.
    #[error("the filter left no explanation")]
    NoExplanation,
}

/// The embedded filter with one configuration, made to explain itself.
pub struct ExplainingFilter {
    vm: Vm,
}

impl ExplainingFilter {
    /// Starts `host`'s module with the configuration of one proxy. All draws are those of `seed`.
    ///
    /// # Errors
    /// When the filter refuses the configuration, or fails.
    pub fn new(
        host: &Host,
        bundle: &Bundle,
        mesh: &MeshConfig,
        proxy: &Proxy,
        seed: u64,
    ) -> Result<Self, WasmError> {
        let settings = Settings {
            proxy: proxy.clone(),
            mesh: mesh.clone(),
            port: PortSource::Destination,
            fault: FaultMode::Native,
            trace: true,
            seed: Some(seed),
            resources: bundle.to_manifests()?,
        };
        let vm = host.vm(VmOptions::default())?;
        if vm.configure(&serde_json::to_vec(&settings)?)? {
            return Ok(Self { vm });
        }
        let log: Vec<String> = vm.logs().into_iter().map(|line| line.message).collect();
        Err(WasmError::Refused(log.join("\n")))
    }

    /// Gives a request to the filter.
    ///
    /// # Errors
    /// When the filter fails.
    pub fn ask(&self, port: u16, headers: Vec<Header>) -> Result<(Stream, Explanation), WasmError> {
        let stream = self.vm.stream(ConnectionInfo::to_port(port))?;
        stream.request_headers(headers, true)?;
        let state = stream.filter_state();
        let json = state
            .get(&format!("wasm.{TRACE_PROPERTY}"))
            .ok_or(WasmError::NoExplanation)?;
        let explanation = serde_json::from_slice(json)?;
        Ok((stream, explanation))
    }
}

/// The embedded filter as a subject.
pub struct Wasm {
    host: Host,
    filter: Option<ExplainingFilter>,
    config: MeshConfig,
    kind: ProxyKind,
    clusters: BTreeSet<String>,
}

impl Wasm {
    /// Compiles the embedded filter.
    ///
    /// # Errors
    /// When it is no module.
    pub fn new() -> Result<Self, HostError> {
        Ok(Self {
            host: Host::new(FILTER_WASM)?,
            filter: None,
            config: MeshConfig::default(),
            kind: ProxyKind::default(),
            clusters: BTreeSet::new(),
        })
    }
}

impl Subject for Wasm {
    fn name(&self) -> &'static str {
        "wasm"
    }

    fn load(&mut self, world: &World) -> Result<(), Box<dyn Error + Send + Sync>> {
        let filter = ExplainingFilter::new(&self.host, &world.bundle, &world.config, &world.proxy, 1)?;
        self.filter = Some(filter);
        self.config = world.config.clone();
        self.kind = world.proxy.kind;
        self.clusters.clone_from(&world.clusters);
        Ok(())
    }

    fn ask(&mut self, question: &Question) -> Result<Observation, Box<dyn Error + Send + Sync>> {
        let filter = self.filter.as_ref().ok_or("nothing is loaded")?;
        let Some(headers) = question.headers_at_filter(&self.config, self.kind) else {
            return Ok(Observation::bad_request());
        };
        let (stream, explanation) = filter.ask(question.port, headers)?;
        let mut seen = route(&stream, &self.clusters, &question.answer)?;
        let trace = explanation.trace;
        let route_index = trace.routes.iter().position(|route| route.matched);
        let place = Decided {
            domains: trace.virtual_host.map(|host| host.domains).unwrap_or_default(),
            listener: trace.route_config.map(|_| listener(question.port)),
            route_index,
            ..Decided::default()
        };
        let exists = seen
            .cluster
            .as_ref()
            .is_some_and(|cluster| self.clusters.contains(cluster));
        let orders = seen.decided.take().unwrap_or_default();
        seen.decided = Some(Decided {
            timeout_ms: orders.timeout_ms,
            retries: orders.retries,
            delay_ms: orders.delay_ms,
            ..Decided::of_view(explanation.decision, exists, place)
        });
        Ok(seen.for_method(&question.method))
    }
}

/// What Envoy makes of the headers that the filter leaves behind.
fn route(stream: &Stream, clusters: &BTreeSet<String>, answer: &Answer) -> Result<Observation, WasmError> {
    if let StreamState::LocalReply(_) = stream.state() {
        return Ok(answered(stream));
    }
    let headers = texts(&stream.request_header_map());
    let cluster = value(&headers, CLUSTER_HEADER);
    let exists = cluster.as_ref().is_some_and(|cluster| clusters.contains(cluster));
    let aborted = abort(&headers);
    let reached = exists && aborted.is_none();
    let (response, body) = if reached {
        let mut response = vec![(":status".to_owned(), answer.status.to_string().into_bytes())];
        response.extend(bytes(&answer.headers));
        (response, Vec::new())
    } else {
        let unrouted = if cluster.is_some() { 503 } else { 404 };
        let reply = aborted.unwrap_or_else(|| LocalReply::of_status(unrouted));
        reply.encode_for(&stream.request_header_map())
    };
    stream.response_headers(response, true)?;
    Ok(Observation {
        cluster,
        body: String::from_utf8_lossy(&body).into_owned(),
        upstream: reached.then(|| upstream(&headers)),
        decided: Some(Decided {
            timeout_ms: number(&headers, "x-envoy-upstream-rq-timeout-ms"),
            delay_ms: number(&headers, "x-envoy-fault-delay-request"),
            retries: retries(&headers),
            ..Decided::default()
        }),
        ..answered(stream)
    })
}

/// The response as it is now.
fn answered(stream: &Stream) -> Observation {
    let headers = texts(&stream.response_header_map());
    let status = number(&headers, ":status").and_then(|status| u16::try_from(status).ok());
    let body = match stream.state() {
        StreamState::LocalReply(reply) => reply.encode_for(&stream.request_header_map()).1,
        _ => Vec::new(),
    };
    let plain = headers.iter().filter(|(name, _)| !name.starts_with(':'));
    Observation {
        status: status.unwrap_or_default(),
        location: value(&headers, "location"),
        body: String::from_utf8_lossy(&body).into_owned(),
        response_headers: plain.cloned().collect(),
        ..Observation::default()
    }
}

/// What Envoy's fault filter answers to its orders.
fn abort(headers: &[(String, String)]) -> Option<LocalReply> {
    let order = |name: &str| number(headers, name).and_then(|code| u32::try_from(code).ok());
    let grpc_status = order("x-envoy-fault-abort-grpc-request");
    let status = order("x-envoy-fault-abort-request").or(grpc_status.map(|_| 200))?;
    Some(LocalReply {
        body: ABORT_BODY.into(),
        grpc_status,
        ..LocalReply::of_status(status)
    })
}

fn bytes(headers: &[(String, String)]) -> impl Iterator<Item = Header> {
    headers
        .iter()
        .map(|(name, value)| (name.clone(), value.clone().into_bytes()))
}

fn retries(headers: &[(String, String)]) -> Option<RetryView> {
    let policy = match value(headers, "x-envoy-retry-on") {
        Some(retry_on) => RetryPolicy {
            retry_on,
            ..RetryPolicy::istio_default()
        },
        None => RetryPolicy::istio_default(),
    };
    let attempts = number(headers, "x-envoy-max-retries").unwrap_or(u64::from(policy.attempts));
    let codes = value(headers, "x-envoy-retriable-status-codes").unwrap_or_default();
    (attempts > 0).then(|| RetryView {
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        retry_on: policy.retry_on,
        retriable_status_codes: codes.split(',').filter_map(|code| code.parse().ok()).collect(),
        per_try_timeout_ms: number(headers, "x-envoy-upstream-rq-per-try-timeout-ms"),
    })
}

/// The router and the routes around it take away what is theirs.
fn upstream(headers: &[(String, String)]) -> Upstream {
    let find = |name: &str| value(headers, name).unwrap_or_default();
    let stays = |name: &str| {
        let consumed = is_reserved(name) && name != "x-envoy-original-path";
        !(name.starts_with(':') || consumed)
    };
    Upstream {
        method: find(":method"),
        authority: find(":authority"),
        path: find(":path"),
        headers: headers.iter().filter(|(name, _)| stays(name)).cloned().collect(),
    }
}

fn value(headers: &[(String, String)], name: &str) -> Option<String> {
    headers
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.clone())
}

fn number(headers: &[(String, String)], name: &str) -> Option<u64> {
    value(headers, name)?.parse().ok()
}
