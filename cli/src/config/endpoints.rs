//! The addresses behind clusters. Source of the form: istioctl `proxy-config endpoints`.

use serde_json::Value;

use super::Filter;
use super::clusters::Name;
use super::snapshot::Snapshot;
use crate::json;
use crate::table::Rows;

pub(super) fn show(snapshot: &Snapshot, filter: &Filter) -> (Rows, Value) {
    let mut rows = Rows::new(["NAME", "STATUS", "LOCALITY", "CLUSTER"]);
    let mut values = Vec::new();
    for assignment in json::by_name(&snapshot.endpoints, "/cluster_name") {
        let cluster = json::text(assignment, "/cluster_name");
        let name = Name::read(cluster);
        if !filter.allows(cluster, name.port, name.fqdn) {
            continue;
        }
        values.push(assignment.clone());
        for place in json::list(assignment, "/endpoints") {
            for endpoint in json::list(place, "/lb_endpoints") {
                rows.add([
                    json::address(endpoint.get("endpoint").unwrap_or(&Value::Null)),
                    status(endpoint).to_owned(),
                    locality(place),
                    cluster.to_owned(),
                ]);
            }
        }
    }
    (rows, values.into())
}

/// Only a running Envoy knows.
fn status(endpoint: &Value) -> &str {
    match json::text(endpoint, "/health_status") {
        "" => "-",
        status => status,
    }
}

fn locality(place: &Value) -> String {
    let parts = ["/locality/region", "/locality/zone", "/locality/sub_zone"];
    let parts = parts.map(|part| json::text(place, part));
    let known: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    known.join("/")
}
