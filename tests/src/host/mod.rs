//! A proxy-wasm 0.2.1 host that simulates Envoy around an unmodified filter.
//!
//! It keeps the state that Envoy keeps (header maps, buffers, properties, filter state, timers,
//! metrics), answers the same statuses, and applies `continue`, local replies and resets only after
//! the running callback returned, as Envoy does. Time stands still until a test moves it, and any
//! host call can be made to fail.
//!
//! ```no_run
//! # fn main() -> Result<(), mainsheet_tests::host::HostError> {
//! # let wasm = Vec::new();
//! use mainsheet_tests::host::{ConnectionInfo, Host, StreamState, VmOptions};
//!
//! let vm = Host::new(&wasm)?.vm(VmOptions::default())?;
//! assert!(vm.configure(b"{}")?);
//! let stream = vm.stream(ConnectionInfo::default())?;
//! let headers = vec![(":path".to_owned(), b"/".to_vec())];
//! assert_eq!(stream.request_headers(headers, true)?, StreamState::Continued);
//! # Ok(())
//! # }
//! ```

mod calls;
mod context;
mod deliver;
mod engine;
mod error;
mod exports;
mod headers;
mod imports;
mod inject;
mod inner;
mod local_reply;
mod logs;
mod metrics;
mod properties;
mod shared;
mod state;
mod status;
mod stream;
mod tcp;
mod vm;

pub(crate) use self::engine::cache_directory;
pub use self::{
    calls::HostCalls,
    engine::Host,
    error::{HostError, Result},
    headers::Headers,
    inject::{Fault, Injected},
    local_reply::LocalReply,
    logs::{LogLevel, LogLine, Logs},
    properties::Properties,
    state::{HttpCall, VmOptions},
    status::{PeerType, Status},
    stream::{ConnectionInfo, Stream, StreamState},
    tcp::Connection,
    vm::Vm,
};
