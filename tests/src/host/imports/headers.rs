//! Header and trailer maps.

use wasmtime::{Caller, Linker};

use super::call::{Call, Stop, run};
use crate::host::headers::{HeaderMap, parse_pairs};
use crate::host::state::VmState;
use crate::host::status::{MapType, Status};

pub(super) fn link(linker: &mut Linker<VmState>) -> wasmtime::Result<()> {
    linker.func_wrap("env", "proxy_get_header_map_pairs", get_pairs)?;
    linker.func_wrap("env", "proxy_set_header_map_pairs", set_pairs)?;
    linker.func_wrap("env", "proxy_get_header_map_size", get_size)?;
    linker.func_wrap("env", "proxy_get_header_map_value", get_value)?;
    linker.func_wrap("env", "proxy_add_header_map_value", add_value)?;
    linker.func_wrap("env", "proxy_replace_header_map_value", replace_value)?;
    linker.func_wrap("env", "proxy_remove_header_map_value", remove_value)?;
    Ok(())
}

fn read<'a>(call: &'a mut Call<'_>, map: u32) -> Result<&'a HeaderMap, Stop> {
    let state = call.state();
    match MapType::from_number(map)? {
        MapType::CallHeaders => Ok(state
            .call_response
            .as_ref()
            .map(|response| &response.headers)
            .ok_or(Status::BadArgument)?),
        kind => Ok(state.http()?.map(kind)?),
    }
}

fn change<'a>(call: &'a mut Call<'_>, map: u32) -> Result<&'a mut HeaderMap, Stop> {
    let kind = MapType::from_number(map)?;
    Ok(call.state().http()?.map_mut(kind)?)
}

fn get_pairs(caller: Caller<'_, VmState>, map: u32, data_at: u32, size_at: u32) -> wasmtime::Result<u32> {
    run(caller, "proxy_get_header_map_pairs", |call| {
        let bytes = read(call, map)?.serialize();
        call.give(&bytes, data_at, size_at)
    })
}

fn set_pairs(caller: Caller<'_, VmState>, map: u32, data: u32, size: u32) -> wasmtime::Result<u32> {
    run(caller, "proxy_set_header_map_pairs", |call| {
        let pairs = parse_pairs(&call.bytes(data, size)?)?;
        *change(call, map)? = HeaderMap::new(pairs);
        Ok(())
    })
}

fn get_size(caller: Caller<'_, VmState>, map: u32, at: u32) -> wasmtime::Result<u32> {
    run(caller, "proxy_get_header_map_size", |call| {
        let entries = read(call, map)?.entries().iter();
        let size: usize = entries.map(|(name, value)| name.len() + value.len()).sum();
        call.write_u32(at, size as u32)
    })
}

fn get_value(
    caller: Caller<'_, VmState>,
    map: u32,
    name: u32,
    name_size: u32,
    data_at: u32,
    size_at: u32,
) -> wasmtime::Result<u32> {
    run(caller, "proxy_get_header_map_value", |call| {
        let name = call.text(name, name_size)?;
        let value = read(call, map)?.first(&name).ok_or(Status::NotFound)?.to_vec();
        call.give(&value, data_at, size_at)
    })
}

fn add_value(
    caller: Caller<'_, VmState>,
    map: u32,
    name: u32,
    name_size: u32,
    value: u32,
    value_size: u32,
) -> wasmtime::Result<u32> {
    run(caller, "proxy_add_header_map_value", |call| {
        let (name, value) = (call.text(name, name_size)?, call.bytes(value, value_size)?);
        change(call, map)?.add(&name, value);
        Ok(())
    })
}

fn replace_value(
    caller: Caller<'_, VmState>,
    map: u32,
    name: u32,
    name_size: u32,
    value: u32,
    value_size: u32,
) -> wasmtime::Result<u32> {
    run(caller, "proxy_replace_header_map_value", |call| {
        let (name, value) = (call.text(name, name_size)?, call.bytes(value, value_size)?);
        change(call, map)?.replace(&name, value);
        Ok(())
    })
}

fn remove_value(caller: Caller<'_, VmState>, map: u32, name: u32, name_size: u32) -> wasmtime::Result<u32> {
    run(caller, "proxy_remove_header_map_value", |call| {
        let name = call.text(name, name_size)?;
        change(call, map)?.remove(&name);
        Ok(())
    })
}
