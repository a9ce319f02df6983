//! The filter that production loads, in the simulated host, with the part of Envoy's router and fault filter
//! that a decision shows in.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use mainsheet_core::compile::{Proxy, ProxyKind};
use mainsheet_core::request::Header;
use mainsheet_core::resources::{Bundle, MeshConfig};
use mainsheet_core::settings::{Decides, FaultMode, PortSource, Routes, Settings};
use mainsheet_core::view::{Explanation, OutcomeKind};
use mainsheet_core::wire::TRACE_PROPERTY;
use serde_json::Value;

use super::router::Router;
use super::{Decided, Observation, Question, Subject, World};
use crate::artifact::FILTER_WASM;
use crate::host::{ConnectionInfo, Host, HostError, Properties, Stream, StreamState, Vm, VmOptions};

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

/// How late the filter may notice that time is up.
const LONGEST_TICK: Duration = Duration::from_secs(1);

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
            decides: Decides::Requests,
            port: PortSource::Destination,
            fault: FaultMode::Native,
            routes: Routes::Own,
            trace: true,
            access_log: false,
            durations: false,
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
    pub fn ask(
        &self,
        connection: ConnectionInfo,
        headers: Vec<Header>,
    ) -> Result<(Stream, Explanation), WasmError> {
        let stream = self.vm.stream(connection)?;
        stream.request_headers(headers, true)?;
        let state = stream.filter_state();
        let json = state
            .get(&format!("wasm.{TRACE_PROPERTY}"))
            .ok_or(WasmError::NoExplanation)?;
        let explanation = serde_json::from_slice(json)?;
        Ok((stream, explanation))
    }

    /// Gives a request to the filter, and waits where the filter holds it back itself. No real time passes.
    ///
    /// # Errors
    /// When the filter fails.
    pub fn ask_and_wait(
        &self,
        connection: ConnectionInfo,
        headers: Vec<Header>,
    ) -> Result<(Stream, Explanation), WasmError> {
        let (stream, explanation) = self.ask(connection, headers)?;
        if stream.state() == StreamState::Paused {
            let delay = explanation.decision.delay_ms.unwrap_or_default();
            self.vm.advance(Duration::from_millis(delay) + LONGEST_TICK)?;
        }
        Ok((stream, explanation))
    }
}

/// The embedded filter as a subject.
pub struct Wasm {
    host: Host,
    filter: Option<ExplainingFilter>,
    config: MeshConfig,
    kind: ProxyKind,
    router: Router,
}

impl Wasm {
    /// Compiles the embedded filter.
    ///
    /// # Errors
    /// When it is no module.
    pub fn new() -> Result<Self, HostError> {
        Host::new(FILTER_WASM).map(Self::on)
    }

    /// The same on a host that has compiled it already.
    pub fn on(host: Host) -> Self {
        Self {
            host,
            filter: None,
            config: MeshConfig::default(),
            kind: ProxyKind::default(),
            router: Router::default(),
        }
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
        self.router = Router::new(world);
        Ok(())
    }

    fn ask(&mut self, question: &Question) -> Result<Observation, Box<dyn Error + Send + Sync>> {
        let filter = self.filter.as_ref().ok_or("nothing is loaded")?;
        let Some(headers) = question.headers_at_filter(&self.config, self.kind) else {
            return Ok(Observation::bad_request());
        };
        let (stream, explanation) = filter.ask_and_wait(connection(question), headers)?;
        let mut seen = self
            .router
            .carry_out(&stream, &explanation.decision, &question.answer)?;
        if explanation.decision.outcome == OutcomeKind::Blackhole {
            // Nothing goes there, so it shows nowhere else.
            seen.cluster.clone_from(&explanation.decision.cluster);
        }
        let exists = seen
            .cluster
            .as_ref()
            .is_some_and(|cluster| self.router.has(cluster));
        let orders = seen.decided.take().unwrap_or_default();
        seen.decided = Some(Decided {
            timeout_ms: orders.timeout_ms,
            retries: orders.retries,
            delay_ms: orders.delay_ms,
            ..Decided::of_explanation(explanation, question.port, exists)
        });
        Ok(seen.for_method(&question.method))
    }
}

/// What Envoy tells the filter of the connection, and of the token that came with the request.
pub fn connection(question: &Question) -> ConnectionInfo {
    let mut connection = ConnectionInfo::to_port(question.port);
    let properties = &mut connection.properties;
    properties.set(&["request", "protocol"], *b"HTTP/1.1");
    properties.set(&["source", "address"], *b"127.0.0.1:1");
    if let Some(address) = question.address {
        let address = SocketAddr::new(address, question.port).to_string();
        properties.set(&["destination", "address"], address);
    }
    if let Some(sni) = &question.sni {
        properties.set(&["connection", "requested_server_name"], sni.as_str());
    }
    let mut path = CLAIMS.to_vec();
    add_claims(&Value::Object(question.claims.clone()), &mut path, properties);
    connection
}

/// Where Envoy's JWT filter leaves the claims of a token that it has accepted.
const CLAIMS: [&str; 4] = [
    "metadata",
    "filter_metadata",
    "envoy.filters.http.jwt_authn",
    "payload",
];

/// Texts at the end of their path; entries of lists by their number.
fn add_claims<'v>(value: &'v Value, path: &mut Vec<&'v str>, properties: &mut Properties) {
    match value {
        Value::String(text) => properties.set(path, text.as_str()),
        Value::Object(fields) => {
            for (key, value) in fields {
                path.push(key);
                add_claims(value, path, properties);
                path.pop();
            }
        }
        Value::Array(entries) => {
            for (index, entry) in entries.iter().enumerate() {
                if let Value::String(text) = entry {
                    let index = index.to_string();
                    let entry: Vec<&str> = path.iter().copied().chain([index.as_str()]).collect();
                    properties.set(&entry, text.as_str());
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
