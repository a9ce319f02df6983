//! The harness of mainsheet: everything that proves the rest.
//!
//! * [`artifact`]: the bytes of the filter.
//! * [`host`]: a simulated proxy-wasm host on wasmtime.
//! * [`envoy`]: a stock Envoy on loopback.
//! * [`upstream`]: echo upstreams.
//! * [`client`]: a small HTTP client.

pub mod artifact;
pub mod client;
pub mod envoy;
pub mod host;
pub mod upstream;
pub mod wasm_build;
