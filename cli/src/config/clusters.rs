//! Clusters. Source of the form: istioctl `proxy-config clusters`.

use serde_json::Value;

use super::Filter;
use super::snapshot::Snapshot;
use crate::json;
use crate::table::Rows;

/// The parts of a cluster's name.
pub(super) struct Name<'n> {
    pub(super) fqdn: &'n str,
    pub(super) port: Option<u16>,
    pub(super) subset: &'n str,
    direction: &'n str,
}

impl<'n> Name<'n> {
    /// `outbound|9080|v1|reviews.default.svc.cluster.local`, or a name that Istio does not make so.
    pub(super) fn read(name: &'n str) -> Self {
        let mut parts = name.splitn(4, '|');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(direction), Some(port), Some(subset), Some(fqdn)) => Self {
                fqdn,
                port: port.parse().ok(),
                subset,
                direction,
            },
            _ => Self {
                fqdn: name,
                port: None,
                subset: "",
                direction: "",
            },
        }
    }
}

impl<'n> Name<'n> {
    /// Services together, by port, the whole before its subsets.
    fn place(&self) -> (&'n str, Option<u16>, &'n str) {
        (self.fqdn, self.port, self.subset)
    }
}

pub(super) fn show(snapshot: &Snapshot, filter: &Filter) -> (Rows, Value) {
    let mut rows = Rows::new([
        "SERVICE FQDN",
        "PORT",
        "SUBSET",
        "DIRECTION",
        "TYPE",
        "DESTINATION RULE",
    ]);
    let mut values = Vec::new();
    let mut clusters: Vec<&Value> = snapshot.clusters.iter().collect();
    clusters.sort_by_key(|cluster| Name::read(json::text(cluster, "/name")).place());
    for cluster in clusters {
        let full = json::text(cluster, "/name");
        let name = Name::read(full);
        if !filter.allows(full, name.port, name.fqdn) {
            continue;
        }
        values.push(cluster.clone());
        rows.add([
            name.fqdn.to_owned(),
            name.port.map_or_else(|| dash(""), |port| port.to_string()),
            dash(name.subset),
            dash(name.direction),
            kind(cluster).to_owned(),
            destination_rule(cluster),
        ]);
    }
    (rows, values.into())
}

fn dash(text: &str) -> String {
    if text.is_empty() { "-" } else { text }.to_owned()
}

/// `EDS`; of clusters that are extensions the name of the extension. Envoy leaves out what is its default.
fn kind(cluster: &Value) -> &str {
    let extension = json::text(cluster, "/cluster_type/name");
    match (json::text(cluster, "/type"), extension) {
        ("", "") => "STATIC",
        ("", extension) => extension,
        (kind, _) => kind,
    }
}

/// `name.namespace` of the rule that Istio's metadata names.
fn destination_rule(cluster: &Value) -> String {
    let path = json::text(cluster, "/metadata/filter_metadata/istio/config");
    let mut parts = path.rsplit('/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(name), Some("destination-rule"), Some(namespace)) => format!("{name}.{namespace}"),
        _ => String::new(),
    }
}
