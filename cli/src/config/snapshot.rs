//! What an Envoy is told, wherever that was read.

use std::net::SocketAddr;

use mainsheet_core::export::{self, ExportOptions};
use mainsheet_core::wire::FILTER_NAME;
use mainsheet_tests::client::{Client, Request};
use serde_json::Value;

use super::failed;
use crate::error::{Error, Result};
use crate::input::InputArgs;
use crate::json;
use crate::resolve::load;
use crate::up::ProxyChoice;

/// What an Envoy is told: lists of Envoy's messages.
#[derive(Clone, Debug, Default)]
pub(super) struct Snapshot {
    pub(super) bootstrap: Value,
    pub(super) listeners: Vec<Value>,
    pub(super) clusters: Vec<Value>,
    /// Envoy's own route tables.
    pub(super) routes: Vec<Value>,
    /// `ClusterLoadAssignment`s.
    pub(super) endpoints: Vec<Value>,
    /// Plugin configurations of our filter, as text.
    pub(super) filters: Vec<String>,
}

impl Snapshot {
    /// What an export of these resources says.
    pub(super) fn of_resources(input: &InputArgs, choice: &ProxyChoice) -> Result<Self> {
        let (loaded, mesh) = load(input)?;
        let proxies = choice.proxies(&mesh).map_err(Error::Usage)?;
        let options = ExportOptions {
            proxies,
            ..ExportOptions::default()
        };
        let export = export::export(&mesh, &loaded.bundle, &options);
        let resources = |value: &Value| json::list(value, "/resources").to_vec();
        let all = |files: &[(String, Value)]| files.iter().flat_map(|(_, file)| resources(file)).collect();
        let clusters = resources(&export.clusters);
        let mut endpoints: Vec<Value> = all(&export.endpoints);
        endpoints.extend(
            clusters
                .iter()
                .filter_map(|cluster| cluster.get("load_assignment").cloned()),
        );
        Ok(Self {
            bootstrap: export.bootstrap.clone(),
            listeners: resources(&export.listeners),
            routes: all(&export.routes),
            filters: filters(&all(&export.filters)),
            endpoints,
            clusters,
        })
    }

    /// What a running Envoy has. Source: its administration, `/config_dump?include_eds`.
    pub(super) async fn of_envoy(admin: SocketAddr) -> Result<Self> {
        let request = Request::get(&admin.to_string(), "/config_dump?include_eds");
        let response = Client::without_keep_alive().send(admin, &request).await?;
        let dump: Value = serde_json::from_slice(&response.body)
            .map_err(|error| Error::Failed(format!("{admin} is not Envoy's administration: {error}")))?;
        let mut snapshot = Self::default();
        for part in json::list(&dump, "/configs") {
            snapshot.add(part);
        }
        Ok(snapshot)
    }

    /// A part of a dump. Lists that are static come before those that were delivered.
    fn add(&mut self, part: &Value) {
        let entries = |keys: [&str; 2], message: &str| -> Vec<Value> {
            let entries = keys.iter().flat_map(|key| json::list(part, key));
            entries
                .filter_map(|entry| entry.pointer(message).cloned())
                .collect()
        };
        match json::text(part, "/@type").rsplit('.').next().unwrap_or_default() {
            "BootstrapConfigDump" => self.bootstrap = part.get("bootstrap").cloned().unwrap_or_default(),
            "ListenersConfigDump" => {
                self.listeners = entries(["/static_listeners", "/none"], "/listener");
                self.listeners
                    .extend(entries(["/dynamic_listeners", "/none"], "/active_state/listener"));
            }
            "ClustersConfigDump" => {
                self.clusters = entries(["/static_clusters", "/dynamic_active_clusters"], "/cluster");
            }
            "RoutesConfigDump" => {
                self.routes = entries(
                    ["/static_route_configs", "/dynamic_route_configs"],
                    "/route_config",
                );
            }
            "EndpointsConfigDump" => {
                let lists = ["/static_endpoint_configs", "/dynamic_endpoint_configs"];
                self.endpoints = entries(lists, "/endpoint_config");
            }
            "EcdsConfigDump" => {
                self.filters = filters(&entries(["/ecds_filters", "/none"], "/ecds_filter"));
            }
            _ => {}
        }
    }

    /// The tables that the filters have compiled.
    pub(super) fn tables(&self) -> Result<Vec<mainsheet_core::table::RouteTable>> {
        let compile = |text: &String| {
            let read = mainsheet_core::settings::Configuration::from_json(text.as_bytes());
            let compiled = read.and_then(|read| {
                mainsheet_core::compile::compile(&read.bundle, &read.settings.mesh, &read.settings.proxy)
            });
            compiled.map(|compiled| compiled.table).map_err(|findings| {
                let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
                failed(lines.join("\n"))
            })
        };
        self.filters.iter().map(compile).collect()
    }
}

/// The plugin configurations among extension configurations.
fn filters(extensions: &[Value]) -> Vec<String> {
    let ours = extensions
        .iter()
        .filter(|extension| json::text(extension, "/typed_config/config/root_id") == FILTER_NAME);
    ours.map(|extension| json::text(extension, "/typed_config/config/configuration/value").to_owned())
        .collect()
}
