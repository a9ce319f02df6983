//! Everything that host calls read and change.

use std::collections::BTreeMap;
use std::time::Duration;

use wasmtime::{Memory, TypedFunc};

use super::calls::HostCalls;
use super::context::{Context, Http, Kind, Tcp};
use super::headers::{HeaderMap, Headers};
use super::inject::Faults;
use super::local_reply::LocalReply;
use super::logs::{LogLevel, LogLine, Logs};
use super::metrics::Metrics;
use super::properties::Properties;
use super::shared::Shared;
use super::status::{Status, StreamType};

/// How a VM is set up.
#[derive(Clone, Debug)]
pub struct VmOptions {
    /// What the filter reads as its VM configuration.
    pub vm_configuration: Vec<u8>,
    /// Properties that every context sees, such as the node metadata.
    pub properties: Properties,
    /// What `proxy_get_log_level` answers.
    pub log_level: LogLevel,
    /// The simulated time at the start, since the Unix epoch.
    pub start: Duration,
    /// The clusters to which HTTP call-outs are possible; any other is a bad argument, as in Envoy.
    pub callout_clusters: Vec<String>,
    /// The seed of WASI's `random_get`.
    pub seed: u64,
}

impl Default for VmOptions {
    fn default() -> Self {
        Self {
            vm_configuration: Vec::new(),
            properties: Properties::new(),
            log_level: LogLevel::Info,
            start: Duration::from_secs(1_600_000_000),
            callout_clusters: Vec::new(),
            seed: 0x9e37_79b9_7f4a_7c15,
        }
    }
}

/// An HTTP call that the filter made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpCall {
    /// Its token.
    pub token: u32,
    /// The cluster it goes to.
    pub cluster: String,
    /// The request headers.
    pub headers: Headers,
    /// The request body.
    pub body: Vec<u8>,
    /// The time-out; zero means none.
    pub timeout: Duration,
    pub(super) context: u32,
}

/// The answer to a call-out, while the filter reads it.
#[derive(Debug, Default)]
pub(super) struct CallResponse {
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// What happens only after the running callback returned.
#[derive(Debug)]
pub(super) enum Deferred {
    Continue(u32, StreamType),
    Close(u32),
    LocalReply(u32, LocalReply),
    QueueReady(u32, u32),
}

/// The data of the store.
pub(super) struct VmState {
    pub(super) options: VmOptions,
    pub(super) now: u64,
    pub(super) contexts: BTreeMap<u32, Context>,
    pub(super) current: u32,
    pub(super) effective: u32,
    pub(super) stop_next: bool,
    pub(super) configuring: bool,
    pub(super) deferred: Vec<Deferred>,
    pub(super) calls: HostCalls,
    pub(super) faults: Faults,
    pub(super) logs: Vec<LogLine>,
    pub(super) metrics: Metrics,
    pub(super) shared: Shared,
    pub(super) violations: Vec<String>,
    pub(super) http_calls: Vec<HttpCall>,
    pub(super) next_call: u32,
    pub(super) call_response: Option<CallResponse>,
    pub(super) memory: Option<Memory>,
    pub(super) allocate: Option<TypedFunc<u32, u32>>,
}

impl VmState {
    pub(super) fn new(options: VmOptions) -> Self {
        Self {
            now: u64::try_from(options.start.as_nanos()).unwrap_or(u64::MAX),
            options,
            contexts: BTreeMap::new(),
            current: 0,
            effective: 0,
            stop_next: false,
            configuring: false,
            deferred: Vec::new(),
            calls: HostCalls::default(),
            faults: Faults::default(),
            logs: Vec::new(),
            metrics: Metrics::default(),
            shared: Shared::default(),
            violations: Vec::new(),
            http_calls: Vec::new(),
            next_call: 1,
            call_response: None,
            memory: None,
            allocate: None,
        }
    }

    /// The context for which host calls act: the effective one while it lives, else the running one.
    pub(super) fn acting(&self) -> u32 {
        if self.is_alive(self.effective) {
            self.effective
        } else {
            self.current
        }
    }

    pub(super) fn is_alive(&self, id: u32) -> bool {
        self.contexts.get(&id).is_some_and(|context| !context.deleted)
    }

    pub(super) fn context(&mut self) -> Result<&mut Context, Status> {
        let id = self.acting();
        self.contexts.get_mut(&id).ok_or(Status::BadArgument)
    }

    /// The HTTP part of the acting context; a root has none, so a call from one is a bad argument.
    pub(super) fn http(&mut self) -> Result<&mut Http, Status> {
        self.context()?.http_mut().ok_or(Status::BadArgument)
    }

    pub(super) fn http_of(&mut self, id: u32) -> Option<&mut Http> {
        self.contexts.get_mut(&id)?.http_mut()
    }

    pub(super) fn tcp_of(&mut self, id: u32) -> Option<&mut Tcp> {
        self.contexts.get_mut(&id)?.tcp_mut()
    }

    /// The root of the acting context.
    pub(super) fn root_id(&self) -> u32 {
        self.contexts
            .get(&self.acting())
            .map_or(0, |context| context.root)
    }

    pub(super) fn count(&mut self, name: &'static str) {
        self.calls.record(name);
        let id = self.acting();
        if let Some(context) = self.contexts.get_mut(&id) {
            context.calls.record(name);
        }
    }

    pub(super) fn violation(&mut self, text: &str) {
        let context = self.acting();
        self.violations.push(format!("context {context}: {text}"));
    }

    pub(super) fn recent_logs(&self) -> Logs {
        Logs(self.logs.iter().rev().take(20).rev().cloned().collect())
    }

    /// Whether any living stream still belongs to this root.
    pub(super) fn has_streams(&self, root: u32) -> bool {
        self.contexts
            .values()
            .any(|context| context.root == root && !context.is_root() && !context.deleted)
    }

    /// The living root whose timer fires next, not later than `limit`.
    pub(super) fn next_tick(&self, limit: u64) -> Option<(u64, u32)> {
        let timers = self
            .contexts
            .iter()
            .filter_map(|(id, context)| match &context.kind {
                Kind::Root(root) if !context.deleted && root.period > 0 => Some((root.next_tick, *id)),
                _ => None,
            });
        timers.filter(|(at, _)| *at <= limit).min()
    }
}
