//! The proxy-wasm filter: Istio's traffic rules in stock Envoy.
//!
//! Its plugin configuration is [`Settings`](settings::Settings) as JSON. For each request it reads the
//! headers once, decides, and tells Envoy's router the cluster by a header.

mod active;
mod delay;
mod effects;
mod host;
mod http;
mod metrics;
mod root;
mod settings;

use proxy_wasm::traits::RootContext;
use proxy_wasm::types::LogLevel;

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Info);
    proxy_wasm::set_root_context(|_| -> Box<dyn RootContext> { Box::<root::Root>::default() });
}}
