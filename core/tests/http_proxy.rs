//! Outbound listeners that clients use as an HTTP proxy have tables of their own.
#![cfg(test)]

use mainsheet_core::compile::{Proxy, compile};
use mainsheet_core::input::load_json;
use mainsheet_core::resources::MeshConfig;
use serde_json::{Value, json};

fn service(name: &str, ports: &[u16]) -> Value {
    let port = |port: &u16| json!({"name": format!("http-{port}"), "port": port});
    let ports: Vec<Value> = ports.iter().map(port).collect();
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"ports": ports}})
}

#[test]
fn an_http_proxy_has_all_ports_of_its_own_hosts() {
    let egress = json!([
        {"port": {"number": 81, "protocol": "HTTP_PROXY"}, "captureMode": "NONE", "hosts": ["./a.default.svc.cluster.local"]},
        {"bind": "unix:///run/out.sock", "captureMode": "NONE", "hosts": ["./c.default.svc.cluster.local"]},
        {"hosts": ["./b.default.svc.cluster.local"]},
    ]);
    let sidecar = json!({
        "apiVersion": "networking.istio.io/v1", "kind": "Sidecar", "metadata": {"name": "s"}, "spec": {"egress": egress},
    });
    let services = [service("a", &[80, 81]), service("b", &[80]), service("c", &[82])];
    let (bundle, findings) = load_json(&[&services[..], &[sidecar]].concat());
    assert!(findings.is_empty(), "{findings:?}");
    for (egress, expected) in [
        (None, vec!["80: b"]),
        (Some(0), vec!["80: a", "81: a"]),
        (Some(1), vec!["82: c"]),
    ] {
        let proxy = Proxy {
            egress,
            ..Proxy::sidecar("default")
        };
        let table = compile(&bundle, &MeshConfig::default(), &proxy).unwrap().table;
        let mut found = Vec::new();
        for (port, config) in &table.route_configs {
            let hosts = config.virtual_hosts().iter();
            let hosts = hosts.filter_map(|host| host.name.split_once(".default"));
            found.extend(hosts.map(|(name, _)| format!("{port}: {name}")));
        }
        assert_eq!(found, expected, "{egress:?}");
        assert!(table.connections.ports.is_empty());
    }
}
