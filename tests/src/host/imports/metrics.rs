//! Metrics.

use wasmtime::{Caller, Linker};

use super::call::run;
use crate::host::state::VmState;

pub(super) fn link(linker: &mut Linker<VmState>) -> wasmtime::Result<()> {
    linker.func_wrap("env", "proxy_define_metric", define)?;
    linker.func_wrap("env", "proxy_increment_metric", increment)?;
    linker.func_wrap("env", "proxy_record_metric", record)?;
    linker.func_wrap("env", "proxy_get_metric", get)?;
    Ok(())
}

fn define(caller: Caller<'_, VmState>, kind: u32, name: u32, size: u32, at: u32) -> wasmtime::Result<u32> {
    run(caller, "proxy_define_metric", |call| {
        let name = call.text(name, size)?;
        let id = call.state().metrics.define(kind, name)?;
        call.write_u32(at, id)
    })
}

fn increment(caller: Caller<'_, VmState>, id: u32, offset: i64) -> wasmtime::Result<u32> {
    run(caller, "proxy_increment_metric", |call| {
        Ok(call.state().metrics.increment(id, offset)?)
    })
}

fn record(caller: Caller<'_, VmState>, id: u32, value: u64) -> wasmtime::Result<u32> {
    run(caller, "proxy_record_metric", |call| {
        Ok(call.state().metrics.record(id, value)?)
    })
}

fn get(caller: Caller<'_, VmState>, id: u32, at: u32) -> wasmtime::Result<u32> {
    run(caller, "proxy_get_metric", |call| {
        let value = call.state().metrics.get(id)?;
        call.write_u64(at, value)
    })
}
