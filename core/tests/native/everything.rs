//! The routes of rules that use all there is.

use mainsheet_core::compile::{Proxy, compile_mesh};
use mainsheet_core::export::native_routes;
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::yaml;
use serde_json::Value;

/// A proxy with the labels that Gateways select.
pub(crate) fn edge() -> Proxy {
    Proxy::gateway(
        "default",
        [("istio".to_owned(), "ingressgateway".to_owned())].into(),
    )
}

/// The routes of the rules with everything in them.
pub(crate) fn everything(proxy: &Proxy) -> Value {
    let loaded = yaml::load([("everything.yaml", include_str!("everything.yaml"))]);
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    let mut report = Report::default();
    let mesh = Mesh::new(&loaded.bundle, &MeshConfig::default(), &mut report);
    let compiled = compile_mesh(&mesh, proxy, report).unwrap();
    let (_, table) = native_routes(&compiled.table).remove(0);
    table
}
