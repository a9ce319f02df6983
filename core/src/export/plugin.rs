//! The configuration of the filter itself.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Value, json};

use super::files::{self, typed};
use super::listeners::Listener;
use super::{ExportOptions, access_log};
use crate::compile::{Proxy, ProxyKind};
use crate::diagnostic::Diagnostic;
use crate::mesh::Mesh;
use crate::mesh::SERVICE_LABEL;
use crate::resources::{Bundle, EndpointSlice, Object};
use crate::settings::{Decides, FaultMode, PortSource, Routes, Settings};
use crate::wire::FILTER_NAME;

/// Annotations that mean something to the rules. Others can be long: `kubectl` keeps whole objects in one.
const ANNOTATIONS: [&str; 2] = ["networking.istio.io/", "internal.istio.io/"];

/// Envoy's type of wasm filters among others of that kind.
const fn type_name(decides: Decides) -> &'static str {
    match decides {
        Decides::Requests => "envoy.extensions.filters.http.wasm.v3.Wasm",
        Decides::Connections => "envoy.extensions.filters.network.wasm.v3.Wasm",
    }
}

/// A filter in a listener, whose configuration is in a file of its own: new rules then need no new listener.
pub(super) fn filter(options: &ExportOptions, listener: &str, decides: Decides) -> Value {
    let name = name_in(listener, decides);
    json!({
        "name": resource_name(&name),
        "config_discovery": {
            "config_source": files::config_source(&options.directory, &files::filter(&name)),
            "type_urls": [format!("type.googleapis.com/{}", type_name(decides))],
        },
    })
}

/// Tells the filter for connections of a listener from the one for requests.
fn name_in(listener: &str, decides: Decides) -> String {
    match decides {
        Decides::Requests => listener.into(),
        Decides::Connections => format!("{listener}-tcp"),
    }
}

/// The name by which a listener asks for its configuration of the filter.
fn resource_name(name: &str) -> String {
    format!("{FILTER_NAME}-{name}")
}

/// The files with the configuration of the filter in one listener, one for each place where it stands.
pub(super) fn files(
    mesh: &Mesh,
    bundle: &Bundle,
    options: &ExportOptions,
    listener: &Listener<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(String, Value)> {
    let places = [Decides::Requests, Decides::Connections];
    let places = places.into_iter().filter(|decides| listener.has(*decides));
    let mut files = Vec::new();
    for decides in places {
        files.extend(file(mesh, bundle, options, listener, decides, diagnostics));
    }
    files
}

fn file(
    mesh: &Mesh,
    bundle: &Bundle,
    options: &ExportOptions,
    listener: &Listener<'_>,
    decides: Decides,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(String, Value)> {
    let name = name_in(&listener.name, decides);
    match configuration(mesh, bundle, options, listener, decides) {
        Ok(text) => Some((files::filter(&name), discovery(options, &name, decides, &text))),
        Err(error) => {
            let message = format!("the resources cannot be written for the filter: {error}");
            diagnostics.push(Diagnostic::error("filter-configuration", message));
            None
        }
    }
}

fn discovery(options: &ExportOptions, name: &str, decides: Decides, configuration: &str) -> Value {
    let code = json!({"local": {"filename": options.wasm}});
    let extension = json!({
        "name": resource_name(name),
        "typed_config": wasm(&code, configuration, decides),
    });
    files::discovery(&[typed("envoy.config.core.v3.TypedExtensionConfig", extension)])
}

/// Envoy's wasm filter with our code. All listeners share one virtual machine a worker; a crash starts a new one.
pub(super) fn wasm(code: &Value, configuration: &str, decides: Decides) -> Value {
    let plugin = json!({
        "name": FILTER_NAME,
        "root_id": FILTER_NAME,
        "failure_policy": "FAIL_RELOAD",
        "vm_config": {
            "vm_id": FILTER_NAME,
            "runtime": "envoy.wasm.runtime.v8",
            "code": code,
            "allow_precompiled": true,
        },
        "configuration": typed("google.protobuf.StringValue", json!({"value": configuration})),
    });
    typed(type_name(decides), json!({"config": plugin}))
}

/// The settings as compact JSON: the same text for the same input.
fn configuration(
    mesh: &Mesh,
    bundle: &Bundle,
    options: &ExportOptions,
    listener: &Listener<'_>,
    decides: Decides,
) -> Result<String, serde_json::Error> {
    let settings = Settings {
        decides,
        port: listener.port,
        trace: options.trace,
        durations: options.durations,
        seed: options.seed,
        ..settings(mesh, bundle, &listener.client())?
    };
    // By way of a value, whose maps are sorted whatever the types say.
    Ok(serde_json::to_value(settings)?.to_string())
}

/// The settings of a filter with Envoy's fault filter behind it, where connections arrive on the port that they mean.
pub(super) fn settings(mesh: &Mesh, bundle: &Bundle, proxy: &Proxy) -> Result<Settings, serde_json::Error> {
    Ok(Settings {
        proxy: proxy.clone(),
        mesh: mesh.config.clone(),
        decides: Decides::Requests,
        port: PortSource::Destination,
        fault: FaultMode::Native,
        routes: Routes::Own,
        trace: false,
        access_log: access_log::is_asked_for(&mesh.config),
        durations: false,
        seed: None,
        resources: relevant(bundle, proxy).to_manifests()?,
    })
}

/// What the filter decides by. Endpoints are Envoy's business, so a new one does not concern the filter.
fn relevant(bundle: &Bundle, proxy: &Proxy) -> Bundle {
    let gateway = proxy.kind == ProxyKind::Gateway;
    let mut relevant = Bundle {
        virtual_services: bare(&bundle.virtual_services),
        destination_rules: bare(&bundle.destination_rules),
        gateways: if gateway {
            bare(&bundle.gateways)
        } else {
            Vec::new()
        },
        service_entries: bare(&bundle.service_entries),
        sidecars: if gateway {
            Vec::new()
        } else {
            bare(&bundle.sidecars)
        },
        http_routes: if gateway {
            Vec::new()
        } else {
            bare(&bundle.http_routes)
        },
        services: bare(&bundle.services),
        endpoint_slices: if gateway { Vec::new() } else { of_headless(bundle) },
        ..Bundle::default()
    };
    for entry in &mut relevant.service_entries {
        // A gateway finds the services in front of it by its own addresses.
        entry
            .spec
            .endpoints
            .retain(|endpoint| proxy.ips.contains(&endpoint.address));
    }
    relevant
}

/// The endpoints of headless Services, which clients connect to by address.
fn of_headless(bundle: &Bundle) -> Vec<Object<EndpointSlice>> {
    let is_headless = |namespace: &str, name: &str| {
        let mut services = bundle.services.iter();
        services.any(|service| {
            service.spec.cluster_ip == "None"
                && service.metadata.namespace == namespace
                && service.metadata.name == name
        })
    };
    let mut slices = bundle.endpoint_slices.clone();
    slices.retain(|slice| {
        let service = slice.metadata.labels.get(SERVICE_LABEL);
        service.is_some_and(|service| is_headless(&slice.metadata.namespace, service))
    });
    slices
}

/// Copies without annotations that mean nothing to the rules.
fn bare<T: Clone>(objects: &[Object<T>]) -> Vec<Object<T>> {
    let mut objects = objects.to_vec();
    for object in &mut objects {
        object
            .metadata
            .annotations
            .retain(|name, _| ANNOTATIONS.iter().any(|prefix| name.starts_with(prefix)));
    }
    objects
}
