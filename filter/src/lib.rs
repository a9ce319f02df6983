//! The proxy-wasm filter: Istio's traffic rules in stock Envoy.
//!
//! Its plugin configuration is [`Settings`](mainsheet_core::settings::Settings) as JSON. For each request it
//! reads the headers once, decides, and tells Envoy's router the cluster by a header.
#![expect(missing_docs, reason = "the exports that the SDK's macro writes carry none")]

mod active;
mod attributes;
mod delay;
mod effects;
mod host;
mod http;
mod metrics;
mod replies;
mod root;
mod rules;
mod tcp;

use proxy_wasm::traits::RootContext;

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| -> Box<dyn RootContext> { Box::<root::Root>::default() });
}}
