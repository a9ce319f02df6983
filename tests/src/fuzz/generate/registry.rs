//! Services, ServiceEntries, DestinationRules, Gateways and Sidecars.

use serde_json::{Value, json};

use super::{Known, World, export_to, istio, namespace, set, set_some};
use crate::fuzz::dice::Dice;
use crate::fuzz::words::{EXTERNAL_HOSTS, PORTS, SERVICES};

/// What there is beside the rules.
pub(super) fn resources(dice: &mut Dice, world: &mut World) -> Vec<Value> {
    let mut resources = dice.several(1, 4, |dice, index| service(dice, world, index));
    resources.extend(dice.several(0, 2, |dice, index| service_entry(dice, world, index)));
    resources.extend(dice.several(0, 2, |dice, index| destination_rule(dice, world, index)));
    if world.gateway || dice.percent(20) {
        resources.extend(dice.several(1, 3, |dice, index| gateway(dice, world, index)));
    }
    if !world.gateway && dice.percent(10) {
        resources.push(sidecar(dice));
    }
    resources
}

fn service(dice: &mut Dice, world: &mut World, index: usize) -> Value {
    // Each name once: a second object of the same name takes the place of the first.
    let name = SERVICES.get(index).copied().unwrap_or_default();
    let namespace = namespace(dice);
    let host = format!("{name}.{namespace}.svc.cluster.local");
    let mut metadata = json!({"name": name, "namespace": namespace});
    if dice.percent(8) {
        let exported = dice.word(&[".", "default", "other,default"]);
        set(
            &mut metadata,
            "annotations",
            json!({"networking.istio.io/exportTo": exported}),
        );
    }
    let ports = ports(dice);
    let mut spec = json!({"selector": {"app": name}});
    match dice.between(0, 9) {
        0 => set(&mut spec, "clusterIP", "None"),
        1 if index > 0 => {
            let target = world
                .known
                .first()
                .map_or("www.example.com", |known| known.host.as_str());
            spec = json!({"type": "ExternalName", "externalName": target});
        }
        2..=5 => set(&mut spec, "clusterIP", format!("10.0.0.{index}")),
        _ => {}
    }
    let listed = ports
        .iter()
        .map(|port| kubernetes_port(dice, *port))
        .collect::<Vec<_>>();
    set(&mut spec, "ports", listed);
    world.known.push(Known { host, ports });
    json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})
}

fn ports(dice: &mut Dice) -> Vec<u16> {
    let mut ports = vec![if dice.percent(60) { 80 } else { 9080 }];
    if dice.percent(30) {
        ports.extend(dice.one_of(&PORTS));
        ports.dedup();
    }
    ports
}

fn kubernetes_port(dice: &mut Dice, number: u16) -> Value {
    let name = dice.word(&["http", "http", "http", "grpc", "web", "http2", "tcp", "https"]);
    let mut port = json!({"name": format!("{name}-{number}"), "port": number});
    if dice.percent(5) {
        set(
            &mut port,
            "appProtocol",
            dice.word(&["http", "kubernetes.io/h2c", "tcp"]),
        );
    }
    if dice.percent(15) {
        set(&mut port, "targetPort", dice.between(8000, 8003));
    }
    port
}

fn service_entry(dice: &mut Dice, world: &mut World, index: usize) -> Value {
    let hosts = dice.several(1, 2, |dice, _| dice.word(&EXTERNAL_HOSTS));
    let port = if dice.percent(70) { 80 } else { 8080 };
    let protocol = dice.word(&["HTTP", "HTTP", "HTTP2", "GRPC", "", "HTTPS", "TCP"]);
    world.known.extend(hosts.iter().map(|host| Known {
        host: (*host).to_owned(),
        ports: vec![port],
    }));
    let mut spec = json!({
        "hosts": hosts,
        "ports": [{"number": port, "name": "p", "protocol": protocol}],
        "resolution": dice.word(&["DNS", "NONE", "STATIC"]),
    });
    if dice.percent(25) {
        set(
            &mut spec,
            "addresses",
            json!([dice.word(&["10.1.0.1", "10.2.0.0/16"])]),
        );
    }
    set_some(&mut spec, "exportTo", export_to(dice));
    let namespace = namespace(dice);
    istio(dice, "ServiceEntry", &format!("e{index}"), namespace, &spec)
}

fn destination_rule(dice: &mut Dice, world: &World, index: usize) -> Value {
    let host = dice
        .one_of(&world.known)
        .map_or_else(|| "*.local".to_owned(), |known| known.host.clone());
    let subsets: Vec<Value> = ["v1", "v2"]
        .iter()
        .map(|name| json!({"name": name, "labels": {"version": name}}))
        .collect();
    let namespace = namespace(dice);
    let spec = json!({"host": host, "subsets": subsets});
    istio(dice, "DestinationRule", &format!("d{index}"), namespace, &spec)
}

fn gateway(dice: &mut Dice, world: &mut World, index: usize) -> Value {
    let name = format!("g{index}");
    let namespace = namespace(dice);
    let servers = dice.several(1, 3, |dice, index| server(dice, world, index));
    let hosts = servers
        .iter()
        .filter_map(|server| server.get("hosts")?.as_array());
    let hosts = hosts.flatten().filter_map(Value::as_str);
    let plain = |host: &str| host.rsplit('/').next().unwrap_or_default().to_owned();
    world
        .gateways
        .push((format!("{namespace}/{name}"), hosts.map(plain).collect()));
    let selector = match dice.between(0, 9) {
        0 => json!({}),
        1 => json!({"istio": "someone-else"}),
        _ => json!({"istio": "ingressgateway"}),
    };
    let spec = json!({"selector": selector, "servers": servers});
    istio(dice, "Gateway", &name, namespace, &spec)
}

fn server(dice: &mut Dice, world: &World, index: usize) -> Value {
    let (number, protocol) = dice
        .weighted(&[
            (50, (80, "HTTP")),
            (25, (8080, "HTTP")),
            (5, (8080, "HTTP2")),
            (15, (443, "HTTPS")),
            (5, (81, "TCP")),
        ])
        .unwrap_or((80, "HTTP"));
    let hosts = dice.several(1, 3, |dice, _| {
        let host = server_host(dice, world);
        let owner = dice.weighted(&[(70, ""), (8, "*/"), (8, "./"), (8, "default/"), (6, "other/")]);
        format!("{}{host}", owner.unwrap_or_default())
    });
    let mut server = json!({
        "port": {"number": number, "name": format!("p{index}-{number}"), "protocol": protocol},
        "hosts": hosts,
    });
    if protocol == "HTTPS" {
        let mode = dice.word(&["SIMPLE", "SIMPLE", "MUTUAL", "PASSTHROUGH"]);
        set(&mut server, "tls", json!({"mode": mode, "credentialName": "c"}));
    } else if dice.percent(12) {
        set(&mut server, "tls", json!({"httpsRedirect": true}));
    }
    server
}

fn server_host(dice: &mut Dice, world: &World) -> String {
    match dice.between(0, 9) {
        0..=2 => "*".to_owned(),
        3..=4 => dice
            .one_of(&world.known)
            .map_or_else(|| "*".to_owned(), |known| known.host.clone()),
        _ => dice.word(&EXTERNAL_HOSTS).to_owned(),
    }
}

fn sidecar(dice: &mut Dice) -> Value {
    let hosts = dice.several(1, 2, |dice, _| {
        dice.word(&["*/*", "./*", "default/*", "other/*", "*/*.example.com", "~/*"])
    });
    let mut spec = json!({"egress": [{"hosts": hosts}]});
    if dice.percent(30) {
        set(&mut spec, "workloadSelector", json!({"labels": {"app": "a"}}));
    }
    if dice.percent(30) {
        let mode = dice.word(&["REGISTRY_ONLY", "ALLOW_ANY"]);
        set(&mut spec, "outboundTrafficPolicy", json!({"mode": mode}));
    }
    istio(dice, "Sidecar", "s", "default", &spec)
}
