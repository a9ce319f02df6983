//! Call-outs: HTTP to the clusters that a test allows, gRPC never.

use std::time::Duration;

use wasmtime::{Caller, Linker};

use super::call::{Call, Stop, run};
use crate::host::headers::parse_pairs;
use crate::host::state::{HttpCall, VmState};
use crate::host::status::Status;

pub(super) fn link(linker: &mut Linker<VmState>) -> wasmtime::Result<()> {
    linker.func_wrap("env", "proxy_http_call", http_call)?;
    linker.func_wrap("env", "proxy_grpc_call", grpc_call)?;
    linker.func_wrap("env", "proxy_grpc_stream", grpc_stream)?;
    linker.func_wrap(
        "env",
        "proxy_grpc_send",
        |caller: Caller<'_, VmState>, _: u32, _: u32, _: u32, _: u32| {
            run(caller, "proxy_grpc_send", |_| Err(Status::BadArgument.into()))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_grpc_cancel",
        |caller: Caller<'_, VmState>, _: u32| {
            run(caller, "proxy_grpc_cancel", |_| Err(Status::NotFound.into()))
        },
    )?;
    linker.func_wrap(
        "env",
        "proxy_grpc_close",
        |caller: Caller<'_, VmState>, _: u32| {
            run(caller, "proxy_grpc_close", |_| Err(Status::NotFound.into()))
        },
    )?;
    linker.func_wrap("env", "proxy_get_status", get_status)?;
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "the signature belongs to the ABI")]
fn http_call(
    caller: Caller<'_, VmState>,
    cluster: u32,
    cluster_size: u32,
    headers: u32,
    headers_size: u32,
    body: u32,
    body_size: u32,
    _trailers: u32,
    _trailers_size: u32,
    timeout: u32,
    token_at: u32,
) -> wasmtime::Result<u32> {
    run(caller, "proxy_http_call", |call| {
        let request = HttpCall {
            token: 0,
            cluster: call.text(cluster, cluster_size)?,
            headers: parse_pairs(&call.bytes(headers, headers_size)?)?,
            body: call.bytes(body, body_size)?,
            timeout: Duration::from_millis(u64::from(timeout)),
            context: 0,
        };
        let token = send(call, request)?;
        call.write_u32(token_at, token)
    })
}

/// Envoy wants a known cluster and the three pseudo-headers.
fn send(call: &mut Call<'_>, mut request: HttpCall) -> Result<u32, Stop> {
    let state = call.state();
    let complete = [":method", ":path", ":authority"]
        .iter()
        .all(|name| request.headers.iter().any(|(header, _)| header == name));
    if !complete || !state.options.callout_clusters.contains(&request.cluster) {
        return Err(Status::BadArgument.into());
    }
    request.token = state.next_call;
    request.context = state.acting();
    state.next_call += 1;
    let token = request.token;
    state.http_calls.push(request);
    Ok(token)
}

#[expect(clippy::too_many_arguments, reason = "the signature belongs to the ABI")]
fn grpc_call(
    caller: Caller<'_, VmState>,
    _upstream: u32,
    _upstream_size: u32,
    _service: u32,
    _service_size: u32,
    _method: u32,
    _method_size: u32,
    _metadata: u32,
    _metadata_size: u32,
    _message: u32,
    _message_size: u32,
    _timeout: u32,
    _token_at: u32,
) -> wasmtime::Result<u32> {
    run(caller, "proxy_grpc_call", |_| Err(Status::InternalFailure.into()))
}

#[expect(clippy::too_many_arguments, reason = "the signature belongs to the ABI")]
fn grpc_stream(
    caller: Caller<'_, VmState>,
    _upstream: u32,
    _upstream_size: u32,
    _service: u32,
    _service_size: u32,
    _method: u32,
    _method_size: u32,
    _metadata: u32,
    _metadata_size: u32,
    _token_at: u32,
) -> wasmtime::Result<u32> {
    run(caller, "proxy_grpc_stream", |_| {
        Err(Status::InternalFailure.into())
    })
}

fn get_status(
    caller: Caller<'_, VmState>,
    code_at: u32,
    data_at: u32,
    size_at: u32,
) -> wasmtime::Result<u32> {
    run(caller, "proxy_get_status", |call| {
        call.write_u32(code_at, 0)?;
        call.give(&[], data_at, size_at)
    })
}
