//! Proof that the core links without `std`: this module has its own panic handler and allocator, and nothing
//! underneath. It is built, never shipped.
#![no_std]
#![deny(unsafe_op_in_unsafe_fn)]

extern crate alloc;

use alloc::string::String;
use alloc::vec::Vec;
use core::panic::PanicInfo;

use dlmalloc::GlobalDlmalloc;
use mainsheet_core::compile::{Proxy, compile};
use mainsheet_core::entropy::Entropy;
use mainsheet_core::input::load_json;
use mainsheet_core::request::Request;
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::table::PathCache;
use mainsheet_core::view::DecisionView;

#[global_allocator]
static ALLOCATOR: GlobalDlmalloc = GlobalDlmalloc;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// A service, and a rule that sends one user to a version of their own. A regex and two prefixes see to it
/// that both indexes are linked.
const RESOURCES: &str = r#"[
    {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "reviews"},
     "spec": {"ports": [{"name": "http", "port": 9080}]}},
    {"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "reviews"},
     "spec": {"hosts": ["reviews"], "http": [
        {"match": [{"uri": {"regex": "/v[0-9]+/.*"}}],
         "route": [{"destination": {"host": "reviews", "subset": "v3"}}]},
        {"match": [{"uri": {"prefix": "/reviews/"}, "headers": {"end-user": {"exact": "jason"}}}],
         "route": [{"destination": {"host": "reviews", "subset": "v2"}}]},
        {"route": [{"destination": {"host": "reviews", "subset": "v1"}}]}]}}
]"#;

/// Compiles the resources and decides one of three requests. Gives the version that it is sent to (request 0
/// to version 1, 1 to 2, 2 to 3), or 0 when something has gone wrong.
// SAFETY: the module has no other symbol of this name.
#[unsafe(no_mangle)]
pub extern "C" fn decide(request: u32) -> u32 {
    let (path, user) = match request {
        0 => ("/reviews/1", "alice"),
        1 => ("/reviews/1", "jason"),
        _ => ("/v1/reviews", "jason"),
    };
    cluster(path, user).map_or(0, |cluster| match cluster.split('|').nth(2) {
        Some("v1") => 1,
        Some("v2") => 2,
        Some("v3") => 3,
        _ => 0,
    })
}

fn cluster(path: &str, user: &str) -> Option<String> {
    let resources: Vec<serde_json::Value> = serde_json::from_str(RESOURCES).ok()?;
    let (bundle, findings) = load_json(&resources);
    if !findings.is_empty() {
        return None;
    }
    let compiled = compile(&bundle, &MeshConfig::default(), &Proxy::sidecar("default")).ok()?;
    let headers = [
        (":authority", "reviews:9080"),
        (":path", path),
        ("end-user", user),
    ]
    .map(|(name, value)| (name.into(), value.into()));
    let request = Request::new(9080, &headers);
    let decision = compiled
        .table
        .decide(&request, &mut Entropy::new(0), &mut PathCache::default(), &mut ());
    DecisionView::new(&decision, &request).cluster
}
