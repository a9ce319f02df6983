//! VirtualServices: hosts, gateways, and the list of rules.

use serde_json::{Value, json};

use super::{World, actions, export_to, istio, matches, namespace, set, set_some};
use crate::fuzz::dice::Dice;
use crate::fuzz::words::{EXTERNAL_HOSTS, SERVICES};

/// One to five, and what they delegate to.
pub(super) fn resources(dice: &mut Dice, world: &mut World) -> Vec<Value> {
    if dice.percent(20) {
        world.delegates = dice.several(1, 2, |dice, index| {
            (namespace(dice).to_owned(), format!("l{index}"))
        });
    }
    let mut resources = dice.several(1, 5, |dice, index| virtual_service(dice, world, index));
    for (namespace, name) in &world.delegates {
        let mut spec = json!({"http": rules(dice, world, true)});
        set_some(&mut spec, "exportTo", export_to(dice));
        resources.push(istio(dice, "VirtualService", name, namespace, &spec));
    }
    resources
}

fn virtual_service(dice: &mut Dice, world: &World, index: usize) -> Value {
    let namespace = namespace(dice);
    let gateways = gateways(dice, world);
    let hosts = dice.several(1, 3, |dice, _| host(dice, world, namespace));
    let mut spec = json!({"hosts": hosts, "http": rules(dice, world, false)});
    if !gateways.is_empty() {
        set(&mut spec, "gateways", gateways);
    }
    set_some(&mut spec, "exportTo", export_to(dice));
    istio(dice, "VirtualService", &format!("v{index}"), namespace, &spec)
}

/// `mesh`, a Gateway, both, or nothing, which is `mesh`.
fn gateways(dice: &mut Dice, world: &World) -> Vec<String> {
    let gateway = dice.one_of(&world.gateways).map(|(name, _)| name.clone());
    let use_gateway = dice.percent(if world.gateway { 90 } else { 15 });
    let mut gateways: Vec<String> = gateway.filter(|_| use_gateway).into_iter().collect();
    if dice.percent(20) {
        gateways.push("mesh".to_owned());
    }
    if world.gateway && dice.percent(20) {
        gateways.extend(dice.one_of(&world.gateways).map(|(name, _)| name.clone()));
    }
    gateways
}

/// A host as people write it: short, full, with wildcard, in upper case, unknown.
fn host(dice: &mut Dice, world: &World, namespace: &str) -> String {
    if world.gateway && dice.percent(60) {
        return gateway_host(dice, world);
    }
    let known = dice
        .one_of(&world.known)
        .map(|known| known.host.clone())
        .unwrap_or_default();
    match dice.between(0, 19) {
        0..=8 => known,
        9..=12 => match known.split_once('.') {
            Some((name, rest)) if rest.starts_with(namespace) => name.to_owned(),
            _ => known,
        },
        13..=14 => known
            .split_once('.')
            .map_or(known.clone(), |(_, rest)| format!("*.{rest}")),
        15 => dice.word(&["*.local", "*.svc.cluster.local", "*.com"]).to_owned(),
        16 => dice.word(&SERVICES).to_owned(),
        17 => known.to_ascii_uppercase(),
        18 => dice.word(&["10.0.0.1", "unknown", "a.default", "*"]).to_owned(),
        _ => dice.word(&EXTERNAL_HOSTS).to_owned(),
    }
}

/// The host of a server, or one within its wildcard.
fn gateway_host(dice: &mut Dice, world: &World) -> String {
    let hosts: Vec<&String> = world.gateways.iter().flat_map(|(_, hosts)| hosts).collect();
    let host = dice
        .one_of(&hosts)
        .map(|host| (*host).clone())
        .unwrap_or_default();
    let narrower = dice.word(&["a", "a.b", "*.b"]);
    match host.strip_prefix("*.") {
        Some(rest) if dice.percent(60) => format!("{narrower}.{rest}"),
        None if host == "*" && dice.percent(70) => dice.word(&EXTERNAL_HOSTS).to_owned(),
        _ => host,
    }
}

/// A few, now and then many; one that takes everything stands mostly at the end.
fn rules(dice: &mut Dice, world: &World, delegate: bool) -> Vec<Value> {
    let most = if dice.percent(4) { 24 } else { 6 };
    let count = dice.between(1, most);
    (0..count)
        .map(|index| {
            let mut rule = actions::rule(dice, world, delegate);
            if dice.percent(80) {
                set(&mut rule, "name", format!("r{index}"));
            }
            let last = index + 1 == count;
            if !dice.percent(if last { 50 } else { 6 }) {
                set(
                    &mut rule,
                    "match",
                    dice.several(1, 3, |dice, _| matches::block(dice, world)),
                );
            }
            rule
        })
        .collect()
}
