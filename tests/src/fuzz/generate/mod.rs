//! Random configurations and requests.

mod actions;
mod matches;
mod registry;
mod requests;
mod virtual_services;

use serde_json::{Value, json};

pub use requests::request;

use super::configuration::Configuration;
use super::dice::Dice;
use super::words::{NAMESPACES, STAMPS};

/// What rules can refer to.
#[derive(Debug, Default)]
struct World {
    /// Whether the proxy is a gateway.
    gateway: bool,
    /// Names in the registry, with a namespace and ports.
    known: Vec<Known>,
    /// Gateways as `namespace/name`, with the hosts of their servers.
    gateways: Vec<(String, Vec<String>)>,
    /// VirtualServices without hosts, by namespace and name.
    delegates: Vec<(String, String)>,
    /// Whether header values contain format commands.
    formats: bool,
}

/// A name in the registry.
#[derive(Debug)]
struct Known {
    host: String,
    ports: Vec<u16>,
}

/// A configuration from one proxy's point of view.
pub fn configuration(dice: &mut Dice) -> Configuration {
    let mut world = World {
        gateway: dice.percent(35),
        formats: dice.percent(40),
        ..World::default()
    };
    let mut resources = registry::resources(dice, &mut world);
    resources.extend(virtual_services::resources(dice, &mut world));
    Configuration {
        proxy: proxy(dice, world.gateway),
        mesh: mesh(dice),
        resources,
    }
}

fn proxy(dice: &mut Dice, gateway: bool) -> Value {
    if gateway {
        let namespace = dice.word(&["istio-system", "istio-system", "default"]);
        return json!({"kind": "gateway", "namespace": namespace, "labels": {"istio": "ingressgateway"}});
    }
    let namespace = dice.word(&["default", "default", "other"]);
    let mut proxy = json!({"kind": "sidecar", "namespace": namespace});
    if dice.percent(50) {
        set(&mut proxy, "labels", json!({"app": dice.word(&["a", "b"])}));
    }
    proxy
}

fn mesh(dice: &mut Dice) -> Value {
    let mut mesh = json!({});
    if dice.percent(25) {
        let mode = dice.word(&["REGISTRY_ONLY", "ALLOW_ANY"]);
        set(&mut mesh, "outboundTrafficPolicy", json!({"mode": mode}));
    }
    if dice.percent(15) {
        let words = ["NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"];
        set(
            &mut mesh,
            "pathNormalization",
            json!({"normalization": dice.word(&words)}),
        );
    }
    if dice.percent(10) {
        set(
            &mut mesh,
            "defaultHttpRetryPolicy",
            json!({"attempts": dice.between(0, 3)}),
        );
    }
    if dice.percent(5) {
        set(&mut mesh, "defaultVirtualServiceExportTo", json!(["."]));
    }
    mesh
}

/// An object of Istio.
fn istio(dice: &mut Dice, kind: &str, name: &str, namespace: &str, spec: &Value) -> Value {
    let mut metadata = json!({"name": name, "namespace": namespace});
    if dice.percent(50) {
        set(&mut metadata, "creationTimestamp", json!(dice.word(&STAMPS)));
    }
    json!({"apiVersion": "networking.istio.io/v1", "kind": kind, "metadata": metadata, "spec": spec})
}

fn namespace(dice: &mut Dice) -> &'static str {
    dice.weighted(&[(70, NAMESPACES[0]), (20, NAMESPACES[1]), (10, NAMESPACES[2])])
        .unwrap_or_default()
}

fn export_to(dice: &mut Dice) -> Option<Value> {
    let list = dice.word(&[".", "*", "default", "other", "istio-system"]);
    dice.percent(12).then(|| json!([list]))
}

/// Sets a field of an object.
fn set(object: &mut Value, key: &str, value: impl Into<Value>) {
    if let Value::Object(fields) = object {
        fields.insert(key.to_owned(), value.into());
    }
}

/// Sets a field that may be absent.
fn set_some(object: &mut Value, key: &str, value: Option<Value>) {
    if let Some(value) = value {
        set(object, key, value);
    }
}
