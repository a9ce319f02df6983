//! Virtual hosts and routes. Where our filter decides, its own table is shown; else Envoy's route tables.
//! Source of the form: istioctl `proxy-config routes`.

use mainsheet_core::matcher::PathMatcher;
use mainsheet_core::table::{Route, RouteConfig, VirtualHost};
use serde_json::{Value, json};

use super::Filter;
use super::snapshot::Snapshot;
use crate::error::Result;
use crate::json;
use crate::table::Rows;

/// Domains that are shown before they are only counted.
const SHOWN_DOMAINS: usize = 2;

/// A route, as it is shown.
struct Row {
    config: String,
    port: Option<u16>,
    host: String,
    domains: Vec<String>,
    path: String,
    virtual_service: String,
}

pub(super) fn show(snapshot: &Snapshot, filter: &Filter) -> Result<(Rows, Value)> {
    let mut rows = Vec::new();
    for table in snapshot.tables()? {
        for (port, config) in &table.route_configs {
            rows.extend(of_config(*port, config));
        }
        for (port, addressed) in &table.by_address {
            let configs = addressed.addresses.values();
            rows.extend(configs.flat_map(|config| of_config(*port, config)));
        }
    }
    if snapshot.filters.is_empty() {
        rows.extend(snapshot.routes.iter().flat_map(of_envoy));
    }
    // Envoy tells of its filters in no order; the routes of a table keep theirs.
    rows.sort_by(|one, other| one.config.cmp(&other.config));
    rows.retain(|row| filter.allows(&row.config, row.port, &row.domains.join(" ")));
    let mut table = Rows::new(["NAME", "VHOST NAME", "DOMAINS", "MATCH", "VIRTUAL SERVICE"]);
    for row in &rows {
        table.add([
            row.config.clone(),
            row.host.clone(),
            few(&row.domains),
            row.path.clone(),
            row.virtual_service.clone(),
        ]);
    }
    let values = rows.iter().map(|row| {
        json!({
            "name": row.config,
            "port": row.port,
            "virtualHost": row.host,
            "domains": row.domains,
            "match": row.path,
            "virtualService": row.virtual_service,
        })
    });
    Ok((table, values.collect()))
}

fn of_config(port: u16, config: &RouteConfig) -> Vec<Row> {
    let hosts = config.virtual_hosts().iter();
    hosts.flat_map(|host| of_host(port, &config.name, host)).collect()
}

/// A host without routes answers 404 to everything.
fn of_host(port: u16, config: &str, host: &VirtualHost) -> Vec<Row> {
    let row = |path: String, virtual_service: String| Row {
        config: config.to_owned(),
        port: Some(port),
        host: host.name.clone(),
        domains: host.domains.clone(),
        path,
        virtual_service,
    };
    let routes = host.routes.routes();
    if routes.is_empty() {
        return vec![row("/*".to_owned(), "404".to_owned())];
    }
    routes
        .iter()
        .map(|route| row(path(&route.matcher.path), source(route)))
        .collect()
}

fn path(path: &PathMatcher) -> String {
    match path {
        PathMatcher::Exact { path, .. } => path.to_string(),
        PathMatcher::Prefix { prefix, .. } => format!("{prefix}*"),
        PathMatcher::Segments { prefix } => format!("PathPrefix:{prefix}"),
        PathMatcher::Regex(regex) => format!("regex {}", regex.as_str()),
    }
}

/// `name.namespace`, as istioctl writes it.
fn source(route: &Route) -> String {
    let resource = route.source.as_ref().map(|source| &source.resource);
    resource
        .map(|resource| format!("{}.{}", resource.name, resource.namespace))
        .unwrap_or_default()
}

fn few(domains: &[String]) -> String {
    let shown: Vec<&str> = domains.iter().take(SHOWN_DOMAINS).map(String::as_str).collect();
    let shown = shown.join(", ");
    match domains.len().checked_sub(SHOWN_DOMAINS) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} + {more} more..."),
    }
}

/// The routes of one of Envoy's own tables.
fn of_envoy(table: &Value) -> Vec<Row> {
    let mut rows = Vec::new();
    for host in json::list(table, "/virtual_hosts") {
        let domains = json::list(host, "/domains").iter().filter_map(Value::as_str);
        let domains: Vec<String> = domains.map(str::to_owned).collect();
        rows.extend(json::list(host, "/routes").iter().map(|route| Row {
            config: json::text(table, "/name").to_owned(),
            port: None,
            host: json::text(host, "/name").to_owned(),
            domains: domains.clone(),
            path: envoy_path(route.get("match").unwrap_or(&Value::Null)),
            virtual_service: String::new(),
        }));
    }
    rows
}

fn envoy_path(matcher: &Value) -> String {
    let text = |pointer| matcher.pointer(pointer).and_then(Value::as_str);
    text("/path")
        .map(str::to_owned)
        .or_else(|| text("/prefix").map(|prefix| format!("{prefix}*")))
        .or_else(|| text("/path_separated_prefix").map(|prefix| format!("PathPrefix:{prefix}")))
        .or_else(|| text("/safe_regex/regex").map(|regex| format!("regex {regex}")))
        .unwrap_or_default()
}
