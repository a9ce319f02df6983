//! One VM: configuration, time, and what can be observed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use wasmtime::{InstancePre, Store};

use super::calls::HostCalls;
use super::context::{Context, Kind, Root};
use super::error::{HostError, Result};
use super::exports::{Exports, bind_memory};
use super::headers::{HeaderMap, Headers};
use super::inject::Fault;
use super::inner::{Inner, Shared, lock};
use super::logs::LogLine;
use super::properties::Properties;
use super::state::{CallResponse, HttpCall, VmOptions, VmState};
use super::stream::{ConnectionInfo, Stream};
use super::tcp::Connection;

/// A running filter. Cloning gives a second handle on the same VM.
#[derive(Clone)]
pub struct Vm {
    inner: Shared,
}

impl Vm {
    pub(super) fn start(instance: &InstancePre<VmState>, options: VmOptions) -> Result<Self> {
        let mut store = Store::new(instance.module().engine(), VmState::new(options));
        let running = instance.instantiate(&mut store);
        let running = running.map_err(|error| HostError::Instantiate(format!("{error:#}")))?;
        bind_memory(&running, &mut store)?;
        let exports = Exports::new(&running, &mut store)?;
        let mut inner = Inner {
            store,
            exports,
            active_root: 0,
            configured: false,
            next_id: 1,
            dead: None,
        };
        inner.initialize()?;
        inner.active_root = inner.start_root(Vec::new())?;
        Ok(Self {
            inner: Arc::new(Mutex::new(inner)),
        })
    }

    /// Gives the filter a plugin configuration; false means that the filter refused it.
    ///
    /// The second and every later one make a new root context, as Envoy does for a configuration that
    /// comes by ECDS: streams that are open stay with the root they began with, and a refused
    /// configuration leaves everything as it was.
    pub fn configure(&self, plugin_configuration: &[u8]) -> Result<bool> {
        lock(&self.inner).configure(plugin_configuration)
    }

    /// A new HTTP stream.
    pub fn stream(&self, connection: ConnectionInfo) -> Result<Stream> {
        Stream::open(Arc::clone(&self.inner), connection)
    }

    /// A new TCP connection, for a filter that runs as a network filter.
    pub fn connection(&self, connection: ConnectionInfo) -> Result<Connection> {
        Connection::open(Arc::clone(&self.inner), connection)
    }

    /// The simulated time, since the Unix epoch.
    pub fn now(&self) -> Duration {
        Duration::from_nanos(lock(&self.inner).state().now)
    }

    /// Lets time pass: every timer fires at its own instant, in order.
    pub fn advance(&self, by: Duration) -> Result<()> {
        lock(&self.inner).advance(by)
    }

    /// Makes a host call fail from now on.
    pub fn inject(&self, fault: Fault) {
        lock(&self.inner).state().faults.add(fault);
    }

    /// Ends all injected faults.
    pub fn clear_faults(&self) {
        lock(&self.inner).state().faults.clear();
    }

    /// Everything that the filter logged.
    pub fn logs(&self) -> Vec<LogLine> {
        lock(&self.inner).state().logs.clone()
    }

    /// Counters and gauges by name.
    pub fn metrics(&self) -> BTreeMap<String, u64> {
        lock(&self.inner).state().metrics.values().clone()
    }

    /// Histogram samples by name.
    pub fn histograms(&self) -> BTreeMap<String, Vec<u64>> {
        lock(&self.inner).state().metrics.samples().clone()
    }

    /// Host calls of all contexts together.
    pub fn calls(&self) -> HostCalls {
        lock(&self.inner).state().calls.clone()
    }

    /// What the filter did that Envoy does not forgive: a second local reply, a continue that hangs.
    pub fn violations(&self) -> Vec<String> {
        lock(&self.inner).state().violations.clone()
    }

    /// Whether the filter crashed.
    pub fn is_dead(&self) -> bool {
        lock(&self.inner).dead.is_some()
    }

    /// The root contexts that are alive, oldest first.
    pub fn roots(&self) -> Vec<u32> {
        let mut inner = lock(&self.inner);
        let contexts = inner.state().contexts.iter();
        contexts
            .filter(|(_, context)| context.is_root() && !context.deleted)
            .map(|(id, _)| *id)
            .collect()
    }

    /// The HTTP calls that the filter made and nobody answered yet.
    pub fn http_calls(&self) -> Vec<HttpCall> {
        lock(&self.inner).state().http_calls.clone()
    }

    /// Answers an HTTP call of the filter.
    pub fn answer_http_call(&self, token: u32, headers: Headers, body: Vec<u8>) -> Result<()> {
        lock(&self.inner).answer_http_call(token, headers, body)
    }
}

impl Inner {
    fn initialize(&mut self) -> Result<()> {
        let initialize = self.exports.initialize.clone();
        let start = self.exports.start.clone().filter(|_| initialize.is_none());
        self.notify(0, "_initialize", initialize, ())?;
        self.notify(0, "_start", start, ())
    }

    fn start_root(&mut self, configuration: Vec<u8>) -> Result<u32> {
        let root = Root {
            configuration,
            ..Root::default()
        };
        let id = self.new_context(|id| Context::new(Kind::Root(root), id, Properties::new()));
        self.create(id, 0)?;
        let size = self.state().options.vm_configuration.len() as u32;
        let function = self.exports.vm_start.clone();
        if !self.confirm(id, "proxy_on_vm_start", function, (id, size))? {
            return Err(HostError::Refused {
                log: self.state().recent_logs(),
            });
        }
        Ok(id)
    }

    fn configure(&mut self, configuration: &[u8]) -> Result<bool> {
        let root = if self.configured {
            self.start_root(Vec::new())?
        } else {
            self.active_root
        };
        let accepted = self.configure_root(root, configuration)?;
        if !accepted {
            return self.reject(root);
        }
        self.configured = true;
        let old = std::mem::replace(&mut self.active_root, root);
        if old != root {
            self.retire(old)?;
        }
        Ok(true)
    }

    fn configure_root(&mut self, root: u32, configuration: &[u8]) -> Result<bool> {
        if let Some(root) = self.state().contexts.get_mut(&root).and_then(Context::root_mut) {
            root.configuration = configuration.to_vec();
        }
        self.state().configuring = true;
        let function = self.exports.configure.clone();
        let result = self.confirm(
            root,
            "proxy_on_configure",
            function,
            (root, configuration.len() as u32),
        );
        self.state().configuring = false;
        result
    }

    /// The very first root stays for the next try; any other goes.
    fn reject(&mut self, root: u32) -> Result<bool> {
        if root != self.active_root {
            self.finish(root)?;
        }
        Ok(false)
    }

    fn advance(&mut self, by: Duration) -> Result<()> {
        let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        let end = self.state().now.saturating_add(by);
        while let Some((at, root)) = self.state().next_tick(end) {
            self.state().now = at;
            self.tick(root)?;
        }
        self.state().now = end;
        Ok(())
    }

    fn tick(&mut self, id: u32) -> Result<()> {
        let function = self.exports.tick.clone();
        self.notify(id, "proxy_on_tick", function, id)?;
        let now = self.state().now;
        if let Some(root) = self.state().contexts.get_mut(&id).and_then(Context::root_mut) {
            root.next_tick = now + root.period;
        }
        Ok(())
    }

    fn answer_http_call(&mut self, token: u32, headers: Headers, body: Vec<u8>) -> Result<()> {
        let calls = &mut self.state().http_calls;
        let position = calls.iter().position(|call| call.token == token);
        let position = position.ok_or(HostError::Misuse("there is no HTTP call with this token"))?;
        let id = calls.remove(position).context;
        let response = CallResponse {
            headers: HeaderMap::new(headers),
            body,
        };
        let params = (
            id,
            token,
            response.headers.len() as u32,
            response.body.len() as u32,
            0,
        );
        self.state().call_response = Some(response);
        let function = self.exports.call_response.clone();
        let result = self.notify(id, "proxy_on_http_call_response", function, params);
        self.state().call_response = None;
        result
    }
}
