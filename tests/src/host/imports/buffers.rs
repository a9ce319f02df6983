//! Bodies, connection data and configurations.

use wasmtime::{Caller, Linker};

use super::call::{Call, Stop, run};
use crate::host::context::{Context, Kind};
use crate::host::state::VmState;
use crate::host::status::{BufferType, Status};

pub(super) fn link(linker: &mut Linker<VmState>) -> wasmtime::Result<()> {
    linker.func_wrap("env", "proxy_get_buffer_bytes", get_bytes)?;
    linker.func_wrap("env", "proxy_set_buffer_bytes", set_bytes)?;
    linker.func_wrap("env", "proxy_get_buffer_status", get_status)?;
    Ok(())
}

/// The bytes that can be read; `NotFound` if there is no such buffer now.
fn readable(call: &mut Call<'_>, buffer: u32) -> Result<Vec<u8>, Stop> {
    let state = call.state();
    let kind = BufferType::from_number(buffer)?;
    match kind {
        BufferType::VmConfiguration => Ok(state.options.vm_configuration.clone()),
        BufferType::PluginConfiguration if state.configuring => Ok(plugin_configuration(state)?),
        BufferType::PluginConfiguration => Err(Status::NotFound.into()),
        BufferType::CallBody => Ok(state
            .call_response
            .as_ref()
            .map(|response| response.body.clone())
            .ok_or(Status::NotFound)?),
        _ => Ok(writable(call, kind)?.clone()),
    }
}

fn plugin_configuration(state: &mut VmState) -> Result<Vec<u8>, Status> {
    let id = state.root_id();
    let root = state
        .contexts
        .get_mut(&id)
        .and_then(Context::root_mut)
        .ok_or(Status::NotFound)?;
    Ok(root.configuration.clone())
}

fn writable<'a>(call: &'a mut Call<'_>, kind: BufferType) -> Result<&'a mut Vec<u8>, Status> {
    match (kind, &mut call.state().context()?.kind) {
        (BufferType::RequestBody, Kind::Http(http)) => Ok(&mut http.request.buffer),
        (BufferType::ResponseBody, Kind::Http(http)) => Ok(&mut http.response.buffer),
        (BufferType::DownstreamData, Kind::Tcp(tcp)) => Ok(&mut tcp.downstream),
        (BufferType::UpstreamData, Kind::Tcp(tcp)) => Ok(&mut tcp.upstream),
        (BufferType::CallBody | BufferType::VmConfiguration | BufferType::PluginConfiguration, _) => {
            Err(Status::BadArgument)
        }
        _ => Err(Status::NotFound),
    }
}

/// Reads beyond the end are cut; an empty result leaves the pointers alone.
fn get_bytes(
    caller: Caller<'_, VmState>,
    buffer: u32,
    start: u32,
    length: u32,
    data_at: u32,
    size_at: u32,
) -> wasmtime::Result<u32> {
    run(caller, "proxy_get_buffer_bytes", |call| {
        let bytes = readable(call, buffer)?;
        let end = start.checked_add(length).ok_or(Status::BadArgument)?;
        let end = bytes.len().min(end as usize);
        match bytes.get(start as usize..end) {
            Some(wanted) if !wanted.is_empty() => call.give(wanted, data_at, size_at),
            _ => Ok(()),
        }
    })
}

/// A start of 0 replaces that many bytes, a start at the end appends; the middle is out of reach.
fn set_bytes(
    caller: Caller<'_, VmState>,
    buffer: u32,
    start: u32,
    length: u32,
    data: u32,
    size: u32,
) -> wasmtime::Result<u32> {
    run(caller, "proxy_set_buffer_bytes", |call| {
        let data = call.bytes(data, size)?;
        let bytes = writable(call, BufferType::from_number(buffer)?)?;
        if start == 0 {
            bytes.splice(..bytes.len().min(length as usize), data);
        } else if start as usize >= bytes.len() {
            bytes.extend_from_slice(&data);
        } else {
            return Err(Status::BadArgument.into());
        }
        Ok(())
    })
}

fn get_status(
    caller: Caller<'_, VmState>,
    buffer: u32,
    length_at: u32,
    flags_at: u32,
) -> wasmtime::Result<u32> {
    run(caller, "proxy_get_buffer_status", |call| {
        let length = readable(call, buffer)?.len() as u32;
        call.write_u32(length_at, length)?;
        call.write_u32(flags_at, 0)
    })
}
