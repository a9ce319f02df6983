//! Logging, time, timers, the effective context, the end of a context.

use wasmtime::{Caller, Linker};

use super::call::run;
use crate::host::context::Context;
use crate::host::logs::{LogLevel, LogLine};
use crate::host::state::VmState;
use crate::host::status::Status;

pub(super) fn link(linker: &mut Linker<VmState>) -> wasmtime::Result<()> {
    linker.func_wrap("env", "proxy_log", log)?;
    linker.func_wrap("env", "proxy_get_log_level", get_log_level)?;
    linker.func_wrap("env", "proxy_get_current_time_nanoseconds", get_current_time)?;
    linker.func_wrap("env", "proxy_set_tick_period_milliseconds", set_tick_period)?;
    linker.func_wrap("env", "proxy_set_effective_context", set_effective_context)?;
    linker.func_wrap("env", "proxy_done", done)?;
    Ok(())
}

fn log(caller: Caller<'_, VmState>, level: u32, at: u32, length: u32) -> wasmtime::Result<u32> {
    run(caller, "proxy_log", |call| {
        let level = LogLevel::from_number(level).ok_or(Status::BadArgument)?;
        let message = call.text(at, length)?;
        let state = call.state();
        let context = state.acting();
        state.logs.push(LogLine {
            level,
            context,
            message,
        });
        Ok(())
    })
}

fn get_log_level(caller: Caller<'_, VmState>, at: u32) -> wasmtime::Result<u32> {
    run(caller, "proxy_get_log_level", |call| {
        let level = call.state().options.log_level;
        call.write_u32(at, level as u32)
    })
}

fn get_current_time(caller: Caller<'_, VmState>, at: u32) -> wasmtime::Result<u32> {
    run(caller, "proxy_get_current_time_nanoseconds", |call| {
        let now = call.state().now;
        call.write_u64(at, now)
    })
}

/// The timer is that of the root, whoever sets it; it starts anew with each call.
fn set_tick_period(caller: Caller<'_, VmState>, milliseconds: u32) -> wasmtime::Result<u32> {
    run(caller, "proxy_set_tick_period_milliseconds", |call| {
        let state = call.state();
        let (now, root) = (state.now, state.root_id());
        let root = state
            .contexts
            .get_mut(&root)
            .and_then(Context::root_mut)
            .ok_or(Status::BadArgument)?;
        root.period = u64::from(milliseconds) * 1_000_000;
        root.next_tick = now.saturating_add(root.period);
        Ok(())
    })
}

fn set_effective_context(caller: Caller<'_, VmState>, id: u32) -> wasmtime::Result<u32> {
    run(caller, "proxy_set_effective_context", |call| {
        let state = call.state();
        if !state.is_alive(id) {
            return Err(Status::BadArgument.into());
        }
        state.effective = id;
        Ok(())
    })
}

/// This host never waits for a context that asked for more time, so there is nothing to end.
fn done(caller: Caller<'_, VmState>) -> wasmtime::Result<u32> {
    run(caller, "proxy_done", |_| Err(Status::NotFound.into()))
}
