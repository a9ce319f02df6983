//! Shared data and queues.

use wasmtime::{Caller, Linker};

use super::call::run;
use crate::host::state::{Deferred, VmState};
use crate::host::status::Status;

pub(super) fn link(linker: &mut Linker<VmState>) -> wasmtime::Result<()> {
    linker.func_wrap("env", "proxy_get_shared_data", get)?;
    linker.func_wrap("env", "proxy_set_shared_data", set)?;
    linker.func_wrap("env", "proxy_register_shared_queue", register)?;
    linker.func_wrap("env", "proxy_resolve_shared_queue", resolve)?;
    linker.func_wrap("env", "proxy_enqueue_shared_queue", enqueue)?;
    linker.func_wrap("env", "proxy_dequeue_shared_queue", dequeue)?;
    Ok(())
}

fn get(
    caller: Caller<'_, VmState>,
    key: u32,
    key_size: u32,
    data_at: u32,
    size_at: u32,
    cas_at: u32,
) -> wasmtime::Result<u32> {
    run(caller, "proxy_get_shared_data", |call| {
        let key = call.bytes(key, key_size)?;
        let (value, cas) = call.state().shared.get(&key)?;
        call.give(&value, data_at, size_at)?;
        call.write_u32(cas_at, cas)
    })
}

fn set(
    caller: Caller<'_, VmState>,
    key: u32,
    key_size: u32,
    value: u32,
    value_size: u32,
    cas: u32,
) -> wasmtime::Result<u32> {
    run(caller, "proxy_set_shared_data", |call| {
        let (key, value) = (call.bytes(key, key_size)?, call.bytes(value, value_size)?);
        Ok(call.state().shared.set(key, value, cas)?)
    })
}

fn register(caller: Caller<'_, VmState>, name: u32, size: u32, at: u32) -> wasmtime::Result<u32> {
    run(caller, "proxy_register_shared_queue", |call| {
        let name = call.bytes(name, size)?;
        let state = call.state();
        let root = state.root_id();
        let token = state.shared.register(name, root);
        call.write_u32(at, token)
    })
}

/// There is one VM only, so its id does not matter.
fn resolve(
    caller: Caller<'_, VmState>,
    _vm: u32,
    _vm_size: u32,
    name: u32,
    size: u32,
    at: u32,
) -> wasmtime::Result<u32> {
    run(caller, "proxy_resolve_shared_queue", |call| {
        let name = call.bytes(name, size)?;
        let token = call.state().shared.resolve(&name).ok_or(Status::NotFound)?;
        call.write_u32(at, token)
    })
}

fn enqueue(caller: Caller<'_, VmState>, token: u32, data: u32, size: u32) -> wasmtime::Result<u32> {
    run(caller, "proxy_enqueue_shared_queue", |call| {
        let item = call.bytes(data, size)?;
        let state = call.state();
        let root = state.shared.enqueue(token, item)?;
        state.deferred.push(Deferred::QueueReady(root, token));
        Ok(())
    })
}

fn dequeue(caller: Caller<'_, VmState>, token: u32, data_at: u32, size_at: u32) -> wasmtime::Result<u32> {
    run(caller, "proxy_dequeue_shared_queue", |call| {
        let item = call.state().shared.dequeue(token)?;
        call.give(&item, data_at, size_at)
    })
}
