//! WasmPlugins and TrafficExtensions: an agent beside each proxy fetches the filter.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::target::Target;
use super::{Manifest, Order, envoy_filter};
use crate::compile::ProxyKind;
use crate::diagnostic::Diagnostic;
use crate::wire::FILTER_NAME;

/// A WasmPlugin, and the routes behind it.
pub(super) fn wasm_plugin(order: &Order<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Manifest> {
    let routes = envoy_filter::behind(order);
    diagnostics.extend(whole_namespace(order));
    let mut spec = common(order);
    spec.extend(wasm(order));
    with_routes("WasmPlugin", order, &Value::Object(spec), routes)
}

/// A TrafficExtension, and the routes behind it.
pub(super) fn traffic_extension(order: &Order<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Manifest> {
    let routes = envoy_filter::behind(order);
    diagnostics.extend(whole_namespace(order));
    let mut spec = common(order);
    spec.insert("wasm".to_owned(), Value::Object(wasm(order)));
    with_routes("TrafficExtension", order, &Value::Object(spec), routes)
}

fn with_routes(kind: &str, order: &Order<'_>, spec: &Value, routes: Vec<Manifest>) -> Vec<Manifest> {
    let object = json!({
        "apiVersion": "extensions.istio.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": order.name, "namespace": order.proxy.namespace},
        "spec": spec,
    });
    let filter = Manifest {
        remarks: Vec::from([
            format!(
                "The filter. A {kind} brings a filter and nothing else: it can neither add the routes that take"
            ),
            "the filter's choice nor let Envoy's fault filter obey it. The EnvoyFilter that follows does."
                .to_owned(),
        ]),
        object,
    };
    core::iter::once(filter).chain(routes).collect()
}

/// Who gets it, where: outbound requests, for which gateways count as clients too.
/// Source: Istio `workloadModeForListenerClass`.
fn common(order: &Order<'_>) -> Map<String, Value> {
    let mut spec = Target::of(order.proxy).fields("selector", "matchLabels");
    spec.insert("match".to_owned(), json!([{"mode": "CLIENT"}]));
    if let Some(phase) = &order.options.phase {
        spec.insert("phase".to_owned(), json!(phase));
    }
    spec
}

/// What is loaded. Without a filter, a request is refused rather than let around the rules.
fn wasm(order: &Order<'_>) -> Map<String, Value> {
    let options = order.options;
    let mut fields = Map::new();
    fields.insert("url".to_owned(), json!(options.module.url()));
    if let Some(sha256) = &options.sha256 {
        fields.insert("sha256".to_owned(), json!(sha256));
    }
    fields.insert("pluginName".to_owned(), json!(FILTER_NAME));
    fields.insert("failStrategy".to_owned(), json!("FAIL_RELOAD"));
    fields.insert("pluginConfig".to_owned(), order.configuration.clone());
    fields
}

/// There is no context that tells sidecars from gateways.
fn whole_namespace(order: &Order<'_>) -> Option<Diagnostic> {
    let (own, others) = match order.proxy.kind {
        ProxyKind::Sidecar => ("sidecar", "gateways"),
        ProxyKind::Gateway => ("gateway", "sidecars"),
    };
    let namespace = &order.proxy.namespace;
    let message =
        format!("the rules of a {own} without labels reach the {others} of namespace `{namespace}` too");
    let finding = || {
        Diagnostic::warning("selects-whole-namespace", message)
            .help("name the labels of the workload, or use an EnvoyFilter, which tells them apart")
    };
    matches!(Target::of(order.proxy), Target::Namespace).then(finding)
}
