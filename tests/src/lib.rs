//! The harness of mainsheet: everything that proves the rest.
//!
//! * [`artifact`]: the bytes of the filter.
//! * [`host`]: a simulated proxy-wasm host on wasmtime.
//! * [`envoy`]: a stock Envoy on loopback.
//! * [`upstream`]: echo upstreams.
//! * [`client`]: a small HTTP client.
//! * [`corpus`]: our own cases.
//! * [`conformance`]: cases of others.
//! * [`subject`]: four ways to ask what becomes of a request.
//! * [`fuzz`]: random configurations and requests, on which all have to agree.

pub mod artifact;
pub mod client;
pub mod conformance;
pub mod corpus;
pub mod envoy;
pub mod fuzz;
pub mod host;
pub mod subject;
pub mod upstream;
pub mod wasm_build;
