//! Continuing, closing and answering streams; all of it takes effect after the callback.

use wasmtime::{Caller, Linker};

use super::call::{Call, Stop, run};
use crate::host::headers::{Headers, parse_pairs};
use crate::host::local_reply::LocalReply;
use crate::host::state::{Deferred, VmState};
use crate::host::status::{Status, StreamType};

pub(super) fn link(linker: &mut Linker<VmState>) -> wasmtime::Result<()> {
    linker.func_wrap("env", "proxy_continue_stream", continue_stream)?;
    linker.func_wrap("env", "proxy_close_stream", close_stream)?;
    linker.func_wrap("env", "proxy_send_local_response", send_local_response)?;
    linker.func_wrap("env", "proxy_clear_route_cache", clear_route_cache)?;
    Ok(())
}

/// Whatever is continued, the request maps close at once, as in Envoy.
fn continue_stream(caller: Caller<'_, VmState>, stream: u32) -> wasmtime::Result<u32> {
    run(caller, "proxy_continue_stream", |call| {
        let stream = StreamType::from_number(stream)?;
        let state = call.state();
        let id = state.acting();
        match stream {
            StreamType::Upstream => return Err(Status::Unimplemented.into()),
            StreamType::Downstream if state.tcp_of(id).is_none() => return Ok(()),
            StreamType::Downstream => {}
            StreamType::Request | StreamType::Response => match state.http_of(id) {
                Some(http) => http.request.close_maps(),
                None => return Ok(()),
            },
        }
        state.deferred.push(Deferred::Continue(id, stream));
        Ok(())
    })
}

fn close_stream(caller: Caller<'_, VmState>, stream: u32) -> wasmtime::Result<u32> {
    run(caller, "proxy_close_stream", |call| {
        StreamType::from_number(stream)?;
        let state = call.state();
        let id = state.acting();
        state.stop_next = true;
        state.deferred.push(Deferred::Close(id));
        Ok(())
    })
}

#[expect(clippy::too_many_arguments, reason = "the signature belongs to the ABI")]
fn send_local_response(
    caller: Caller<'_, VmState>,
    status: u32,
    details: u32,
    details_size: u32,
    body: u32,
    body_size: u32,
    headers: u32,
    headers_size: u32,
    grpc_status: i32,
) -> wasmtime::Result<u32> {
    run(caller, "proxy_send_local_response", |call| {
        let reply = LocalReply {
            status,
            headers: reply_headers(call, headers, headers_size)?,
            body: call.bytes(body, body_size)?,
            grpc_status: u32::try_from(grpc_status).ok().filter(|status| *status <= 16),
            details: call
                .text(details, details_size)?
                .replace(char::is_whitespace, "_"),
        };
        let state = call.state();
        let id = state.acting();
        state.stop_next = true;
        if state.http_of(id).is_some() {
            state.deferred.push(Deferred::LocalReply(id, reply));
        }
        Ok(())
    })
}

fn reply_headers(call: &Call<'_>, at: u32, size: u32) -> Result<Headers, Stop> {
    let pairs = parse_pairs(&call.bytes(at, size)?)?;
    Ok(pairs
        .into_iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect())
}

fn clear_route_cache(caller: Caller<'_, VmState>) -> wasmtime::Result<u32> {
    run(caller, "proxy_clear_route_cache", |call| {
        if let Ok(http) = call.state().http() {
            http.route_cache_clears += 1;
        }
        Ok(())
    })
}
