//! Foreign functions: the two of Envoy's that routing needs.

use wasmtime::{Caller, Linker};

use super::call::{Call, Stop, run};
use crate::host::state::VmState;
use crate::host::status::Status;

pub(super) fn link(linker: &mut Linker<VmState>) -> wasmtime::Result<()> {
    linker.func_wrap("env", "proxy_call_foreign_function", call_foreign_function)?;
    Ok(())
}

fn call_foreign_function(
    caller: Caller<'_, VmState>,
    name: u32,
    name_size: u32,
    arguments: u32,
    arguments_size: u32,
    data_at: u32,
    size_at: u32,
) -> wasmtime::Result<u32> {
    run(caller, "proxy_call_foreign_function", |call| {
        let (name, arguments) = (
            call.text(name, name_size)?,
            call.bytes(arguments, arguments_size)?,
        );
        dispatch(call, &name, &arguments)?;
        call.give(&[], data_at, size_at)
    })
}

fn dispatch(call: &mut Call<'_>, name: &str, arguments: &[u8]) -> Result<(), Stop> {
    match name {
        "clear_route_cache" => {
            if let Ok(http) = call.state().http() {
                http.route_cache_clears += 1;
            }
            Ok(())
        }
        "set_envoy_filter_state" => set_filter_state(call, arguments),
        _ => Err(Status::NotFound.into()),
    }
}

fn set_filter_state(call: &mut Call<'_>, arguments: &[u8]) -> Result<(), Stop> {
    let (path, value) = parse_filter_state(arguments).ok_or(Status::BadArgument)?;
    let context = call.state().context()?;
    if context.is_root() {
        return Err(Status::NotFound.into());
    }
    context.filter_state.insert(path, value);
    Ok(())
}

/// The protobuf `{1: path, 2: value, 3: span}`; the span is read and ignored.
fn parse_filter_state(mut bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let (mut path, mut value) = (String::new(), Vec::new());
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        match (tag >> 3, tag & 7) {
            (1, 2) => path = String::from_utf8(length_delimited(&mut bytes)?.to_vec()).ok()?,
            (2, 2) => value = length_delimited(&mut bytes)?.to_vec(),
            (_, 2) => drop(length_delimited(&mut bytes)?),
            (_, 0) => drop(varint(&mut bytes)?),
            _ => return None,
        }
    }
    if path.is_empty() {
        None
    } else {
        Some((path, value))
    }
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn length_delimited<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(varint(bytes)?).ok()?;
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filter_state_arguments_are_read() {
        let bytes = [b"\x0a\x03key\x12\x05value".as_slice(), b"\x18\x01"].concat();
        assert_eq!(
            parse_filter_state(&bytes),
            Some(("key".to_owned(), b"value".to_vec()))
        );
    }

    #[test]
    fn cut_or_nameless_arguments_are_refused() {
        assert_eq!(parse_filter_state(b"\x0a\x09key"), None);
        assert_eq!(parse_filter_state(b"\x12\x01v"), None);
        assert_eq!(parse_filter_state(b"\x0a"), None);
    }
}
