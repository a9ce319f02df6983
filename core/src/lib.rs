//! Istio's traffic rules, decided.
//!
//! Four nouns, one way: a [`Bundle`](resources::Bundle) of resources as they are written becomes a
//! [`Mesh`](mesh::Mesh) with all names resolved, that becomes the [`RouteTable`](table::RouteTable) of one
//! proxy, and that gives a [`Decision`](decision::Decision) for each request.
//!
//! ```
//! use mainsheet_core::compile::{Proxy, compile};
//! use mainsheet_core::entropy::Entropy;
//! use mainsheet_core::input::load_json;
//! use mainsheet_core::request::Request;
//! use mainsheet_core::resources::MeshConfig;
//! use mainsheet_core::table::PathCache;
//! use mainsheet_core::view::DecisionView;
//!
//! let (bundle, findings) = load_json(&[
//!     serde_json::json!({
//!         "apiVersion": "v1", "kind": "Service", "metadata": {"name": "reviews"},
//!         "spec": {"ports": [{"name": "http", "port": 9080}]},
//!     }),
//!     serde_json::json!({
//!         "apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "reviews"},
//!         "spec": {"hosts": ["reviews"], "http": [
//!             {"match": [{"headers": {"end-user": {"exact": "jason"}}}],
//!              "route": [{"destination": {"host": "reviews", "subset": "v2"}}]},
//!             {"route": [{"destination": {"host": "reviews", "subset": "v1"}}]},
//!         ]},
//!     }),
//! ]);
//! assert!(findings.is_empty());
//!
//! let table = compile(&bundle, &MeshConfig::default(), &Proxy::sidecar("default")).unwrap().table;
//! let headers = [(":authority", "reviews:9080"), (":path", "/reviews/1"), ("end-user", "jason")]
//!     .map(|(name, value)| (name.into(), value.into()));
//! let request = Request::new(9080, &headers);
//! let decision = table.decide(&request, &mut Entropy::new(0), &mut PathCache::default(), &mut ());
//! let view = DecisionView::new(&decision, &request);
//! assert_eq!(view.cluster.unwrap(), "outbound|9080|v2|reviews.default.svc.cluster.local");
//! ```
//!
//! The core knows no host, has no `unsafe`, and builds without `std`.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod action;
pub mod attributes;
#[cfg(feature = "cases")]
pub mod cases;
#[cfg(feature = "check")]
pub mod check;
pub mod compile;
mod decide;
pub mod decision;
pub mod diagnostic;
mod digest;
pub mod entropy;
pub mod explain;
#[cfg(feature = "export")]
pub mod export;
#[cfg(feature = "yaml")]
pub mod fields;
pub mod input;
pub mod matcher;
pub mod mesh;
pub mod normalize;
pub mod observe;
pub mod reply;
pub mod report;
pub mod request;
pub mod resources;
pub mod sent;
pub mod settings;
pub mod summary;
pub mod table;
pub mod trace;
pub mod view;
pub mod wire;
#[cfg(feature = "yaml")]
pub mod yaml;
