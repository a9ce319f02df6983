//! The harness of mainsheet: everything that proves the rest.
//!
//! * [`host`]: a simulated proxy-wasm host on wasmtime.

pub mod host;
