//! The harness of mainsheet: everything that proves the rest.
//!
//! * [`artifact`]: the bytes of the filter.
//! * [`host`]: a simulated proxy-wasm host on wasmtime.
//! * [`envoy`]: a stock Envoy on loopback.
//! * [`upstream`]: echo upstreams.
//! * [`files`]: directories of test data.
//! * [`tls`]: certificates made for the occasion.
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
pub mod files;
pub mod fuzz;
pub mod host;
pub mod subject;
pub mod tls;
pub mod upstream;
pub mod wasm_build;
