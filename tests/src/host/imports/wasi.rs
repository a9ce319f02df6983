//! The few WASI functions that a filter for `wasm32-wasip1` drags in.

use wasmtime::{Caller, Linker};

use super::call::{Call, Stop, run};
use crate::host::logs::{LogLevel, LogLine};
use crate::host::state::VmState;

const WASI: &str = "wasi_snapshot_preview1";
/// WASI's number for "bad file descriptor".
const BADF: u32 = 8;

pub(super) fn link(linker: &mut Linker<VmState>) -> wasmtime::Result<()> {
    linker.func_wrap(WASI, "fd_write", fd_write)?;
    linker.func_wrap(WASI, "clock_time_get", clock_time_get)?;
    linker.func_wrap(WASI, "random_get", random_get)?;
    linker.func_wrap(
        WASI,
        "environ_sizes_get",
        |caller: Caller<'_, VmState>, count: u32, size: u32| {
            run(caller, "environ_sizes_get", |call| two_zeros(call, count, size))
        },
    )?;
    linker.func_wrap(
        WASI,
        "args_sizes_get",
        |caller: Caller<'_, VmState>, count: u32, size: u32| {
            run(caller, "args_sizes_get", |call| two_zeros(call, count, size))
        },
    )?;
    linker.func_wrap(WASI, "environ_get", |_: u32, _: u32| 0_u32)?;
    linker.func_wrap(WASI, "args_get", |_: u32, _: u32| 0_u32)?;
    linker.func_wrap(WASI, "sched_yield", || 0_u32)?;
    linker.func_wrap(WASI, "fd_read", |_: u32, _: u32, _: u32, _: u32| BADF)?;
    linker.func_wrap(WASI, "fd_seek", |_: u32, _: i64, _: u32, _: u32| BADF)?;
    linker.func_wrap(WASI, "fd_close", |_: u32| BADF)?;
    linker.func_wrap(WASI, "fd_fdstat_get", |_: u32, _: u32| BADF)?;
    linker.func_wrap(WASI, "fd_prestat_get", |_: u32, _: u32| BADF)?;
    linker.func_wrap(WASI, "fd_prestat_dir_name", |_: u32, _: u32, _: u32| BADF)?;
    linker.func_wrap(WASI, "proc_exit", |code: u32| -> wasmtime::Result<()> {
        Err(wasmtime::Error::msg(format!(
            "the filter called proc_exit({code})"
        )))
    })?;
    Ok(())
}

fn two_zeros(call: &mut Call<'_>, first: u32, second: u32) -> Result<(), Stop> {
    call.write_u32(first, 0)?;
    call.write_u32(second, 0)
}

/// What is printed is logged: standard error as an error, all else for information.
fn fd_write(
    caller: Caller<'_, VmState>,
    fd: u32,
    parts: u32,
    count: u32,
    written: u32,
) -> wasmtime::Result<u32> {
    run(caller, "fd_write", |call| {
        let mut text = Vec::new();
        for part in 0..count {
            let at = parts.saturating_add(part.saturating_mul(8));
            let (start, length) = (call.u32_at(at)?, call.u32_at(at.saturating_add(4))?);
            text.extend(call.bytes(start, length)?);
        }
        call.write_u32(written, text.len() as u32)?;
        let level = if fd == 2 { LogLevel::Error } else { LogLevel::Info };
        let message = String::from_utf8_lossy(&text).trim_end().to_owned();
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

fn clock_time_get(
    caller: Caller<'_, VmState>,
    _clock: u32,
    _precision: u64,
    at: u32,
) -> wasmtime::Result<u32> {
    run(caller, "clock_time_get", |call| {
        let now = call.state().now;
        call.write_u64(at, now)
    })
}

/// The same seed gives the same bytes (splitmix64).
fn random_get(caller: Caller<'_, VmState>, at: u32, length: u32) -> wasmtime::Result<u32> {
    run(caller, "random_get", |call| {
        let mut bytes = Vec::new();
        while bytes.len() < length as usize {
            let seed = &mut call.state().options.seed;
            *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            bytes.extend_from_slice(&(mixed ^ (mixed >> 27)).to_le_bytes());
        }
        bytes.truncate(length as usize);
        call.write(at, &bytes)
    })
}
