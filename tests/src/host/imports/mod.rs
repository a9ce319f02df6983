//! The functions that a filter imports.

mod buffers;
mod call;
mod callouts;
mod foreign;
mod general;
mod headers;
mod metrics;
mod properties;
mod shared;
mod streams;
mod wasi;

use wasmtime::{Engine, Linker};

use super::state::VmState;

/// A linker with everything that proxy-wasm 0.2.1 has, and a little WASI.
pub(super) fn linker(engine: &Engine) -> wasmtime::Result<Linker<VmState>> {
    let mut linker = Linker::new(engine);
    general::link(&mut linker)?;
    headers::link(&mut linker)?;
    buffers::link(&mut linker)?;
    properties::link(&mut linker)?;
    streams::link(&mut linker)?;
    metrics::link(&mut linker)?;
    shared::link(&mut linker)?;
    callouts::link(&mut linker)?;
    foreign::link(&mut linker)?;
    wasi::link(&mut linker)?;
    Ok(linker)
}
