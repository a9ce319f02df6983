//! Properties and filter state.

use wasmtime::{Caller, Linker};

use super::call::run;
use crate::host::state::VmState;
use crate::host::status::Status;

pub(super) fn link(linker: &mut Linker<VmState>) -> wasmtime::Result<()> {
    linker.func_wrap("env", "proxy_get_property", get_property)?;
    linker.func_wrap("env", "proxy_set_property", set_property)?;
    Ok(())
}

/// The connection's table, then the VM's, then what the filter itself wrote.
fn get_property(
    caller: Caller<'_, VmState>,
    path: u32,
    path_size: u32,
    data_at: u32,
    size_at: u32,
) -> wasmtime::Result<u32> {
    run(caller, "proxy_get_property", |call| {
        let path = call.bytes(path, path_size)?;
        let value = find(call.state(), &path).ok_or(Status::NotFound)?;
        call.give(&value, data_at, size_at)
    })
}

fn find(state: &VmState, path: &[u8]) -> Option<Vec<u8>> {
    let context = state.contexts.get(&state.acting())?;
    let table = context
        .properties
        .get(path)
        .or_else(|| state.options.properties.get(path));
    let written = || context.filter_state.get(&state_name(path)).map(Vec::as_slice);
    table.or_else(written).map(<[u8]>::to_vec)
}

/// Filter state belongs to a stream; a root has none, which the SDK answers with a panic.
fn set_property(
    caller: Caller<'_, VmState>,
    path: u32,
    path_size: u32,
    value: u32,
    value_size: u32,
) -> wasmtime::Result<u32> {
    run(caller, "proxy_set_property", |call| {
        let (path, value) = (call.bytes(path, path_size)?, call.bytes(value, value_size)?);
        let context = call.state().context()?;
        if context.is_root() {
            return Err(Status::NotFound.into());
        }
        context.filter_state.insert(state_name(&path), value);
        Ok(())
    })
}

fn state_name(path: &[u8]) -> String {
    format!("wasm.{}", String::from_utf8_lossy(path))
}
