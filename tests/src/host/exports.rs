//! The functions that a filter exports.

use wasmtime::{Instance, Store, TypedFunc, WasmParams, WasmResults};

use super::error::{HostError, Result};
use super::state::VmState;

/// `(context)`, `(context, n)` and so on; each is optional, as in Envoy.
type Callback<P, R> = Option<TypedFunc<P, R>>;

/// What the host calls.
#[derive(Clone)]
pub(super) struct Exports {
    pub(super) initialize: Callback<(), ()>,
    pub(super) start: Callback<(), ()>,
    pub(super) context_create: Callback<(u32, u32), ()>,
    pub(super) vm_start: Callback<(u32, u32), u32>,
    pub(super) configure: Callback<(u32, u32), u32>,
    pub(super) tick: Callback<u32, ()>,
    pub(super) queue_ready: Callback<(u32, u32), ()>,
    pub(super) call_response: Callback<(u32, u32, u32, u32, u32), ()>,
    pub(super) request_headers: Callback<(u32, u32, u32), u32>,
    pub(super) request_body: Callback<(u32, u32, u32), u32>,
    pub(super) request_trailers: Callback<(u32, u32), u32>,
    pub(super) response_headers: Callback<(u32, u32, u32), u32>,
    pub(super) response_body: Callback<(u32, u32, u32), u32>,
    pub(super) response_trailers: Callback<(u32, u32), u32>,
    pub(super) new_connection: Callback<u32, u32>,
    pub(super) downstream_data: Callback<(u32, u32, u32), u32>,
    pub(super) upstream_data: Callback<(u32, u32, u32), u32>,
    pub(super) downstream_close: Callback<(u32, u32), ()>,
    pub(super) upstream_close: Callback<(u32, u32), ()>,
    pub(super) done: Callback<u32, u32>,
    pub(super) log: Callback<u32, ()>,
    pub(super) delete: Callback<u32, ()>,
}

impl Exports {
    pub(super) fn new(instance: &Instance, store: &mut Store<VmState>) -> Result<Self> {
        let mut find = Finder { instance, store };
        Ok(Self {
            initialize: find.function("_initialize")?,
            start: find.function("_start")?,
            context_create: find.function("proxy_on_context_create")?,
            vm_start: find.function("proxy_on_vm_start")?,
            configure: find.function("proxy_on_configure")?,
            tick: find.function("proxy_on_tick")?,
            queue_ready: find.function("proxy_on_queue_ready")?,
            call_response: find.function("proxy_on_http_call_response")?,
            request_headers: find.function("proxy_on_request_headers")?,
            request_body: find.function("proxy_on_request_body")?,
            request_trailers: find.function("proxy_on_request_trailers")?,
            response_headers: find.function("proxy_on_response_headers")?,
            response_body: find.function("proxy_on_response_body")?,
            response_trailers: find.function("proxy_on_response_trailers")?,
            new_connection: find.function("proxy_on_new_connection")?,
            downstream_data: find.function("proxy_on_downstream_data")?,
            upstream_data: find.function("proxy_on_upstream_data")?,
            downstream_close: find.function("proxy_on_downstream_connection_close")?,
            upstream_close: find.function("proxy_on_upstream_connection_close")?,
            done: find.function("proxy_on_done")?,
            log: find.function("proxy_on_log")?,
            delete: find.function("proxy_on_delete")?,
        })
    }
}

struct Finder<'a> {
    instance: &'a Instance,
    store: &'a mut Store<VmState>,
}

impl Finder<'_> {
    fn function<P: WasmParams, R: WasmResults>(&mut self, name: &'static str) -> Result<Callback<P, R>> {
        if self.instance.get_func(&mut *self.store, name).is_none() {
            return Ok(None);
        }
        let typed = self.instance.get_typed_func(&mut *self.store, name);
        typed
            .map(Some)
            .map_err(|error| HostError::Instantiate(format!("`{name}`: {error:#}")))
    }
}

/// Finds the memory and the allocator: `malloc`, or `proxy_on_memory_allocate` of WASI filters.
pub(super) fn bind_memory(instance: &Instance, store: &mut Store<VmState>) -> Result<()> {
    let memory = instance
        .get_memory(&mut *store, "memory")
        .ok_or(HostError::MissingExport("memory"))?;
    let allocate = ["proxy_on_memory_allocate", "malloc"]
        .iter()
        .find_map(|name| instance.get_typed_func(&mut *store, name).ok());
    store.data_mut().memory = Some(memory);
    store.data_mut().allocate =
        Some(allocate.ok_or(HostError::MissingExport("proxy_on_memory_allocate` or `malloc"))?);
    Ok(())
}
