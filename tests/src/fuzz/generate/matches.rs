//! Match blocks.

use serde_json::{Map, Value, json};

use super::{World, set};
use crate::fuzz::dice::Dice;
use crate::fuzz::words::{
    EXTERNAL_HOSTS, HEADERS, METHODS, NAMESPACES, PATH_REGEXES, PATHS, PORTS, QUERY_KEYS, QUERY_VALUES,
    VALUE_REGEXES, VALUES,
};

/// A block: a path in most cases, and now and then another condition.
pub(super) fn block(dice: &mut Dice, world: &World) -> Value {
    let mut block = json!({});
    if dice.percent(80) {
        set(&mut block, "uri", uri(dice));
        if dice.percent(15) {
            set(&mut block, "ignoreUriCase", true);
        }
    }
    if dice.percent(20) {
        set(&mut block, "headers", header_map(dice, false));
    }
    if dice.percent(10) {
        set(&mut block, "withoutHeaders", header_map(dice, true));
    }
    if dice.percent(10) {
        set(&mut block, "queryParams", query_map(dice));
    }
    if dice.percent(6) {
        set(
            &mut block,
            "method",
            string(dice, &METHODS, &[("GET|POST", ["GET", "POST"])]),
        );
    }
    if dice.percent(4) {
        set(&mut block, "authority", authority(dice, world));
    }
    if dice.percent(3) {
        set(
            &mut block,
            "scheme",
            json!({"exact": dice.word(&["http", "https"])}),
        );
    }
    if dice.percent(10) {
        set(&mut block, "name", dice.word(&["m", "n"]));
    }
    source(dice, world, &mut block);
    block
}

/// Conditions on the proxy; most of them hold.
fn source(dice: &mut Dice, world: &World, block: &mut Value) {
    if dice.percent(5) {
        let port = if world.gateway || dice.percent(70) {
            Some(&80)
        } else {
            dice.one_of(&PORTS)
        };
        set(block, "port", json!(port));
    }
    if dice.percent(4) {
        let gateway = dice
            .one_of(&world.gateways)
            .map_or("mesh", |(name, _)| name.as_str());
        set(block, "gateways", json!([gateway]));
    }
    if dice.percent(4) {
        let label = json!({dice.word(&["app", "istio"]): dice.word(&["a", "b", "ingressgateway"])});
        set(block, "sourceLabels", label);
    }
    if dice.percent(4) {
        set(block, "sourceNamespace", dice.word(&NAMESPACES));
    }
}

fn uri(dice: &mut Dice) -> Value {
    match dice.between(0, 99) {
        0..=34 => json!({"exact": dice.word(&PATHS)}),
        35..=74 => json!({"prefix": dice.word(&PATHS)}),
        75..=97 => json!({"regex": regex(dice, &PATH_REGEXES)}),
        _ => json!({}),
    }
}

fn regex(dice: &mut Dice, regexes: &[(&'static str, [&str; 2])]) -> &'static str {
    dice.one_of(regexes).map_or("", |(pattern, _)| pattern)
}

fn string(dice: &mut Dice, words: &[&str], regexes: &[(&'static str, [&str; 2])]) -> Value {
    match dice.between(0, 9) {
        0..=4 => json!({"exact": dice.word(words)}),
        5..=6 => json!({"prefix": dice.word(words)}),
        7..=8 => json!({"regex": regex(dice, regexes)}),
        _ => json!({}),
    }
}

fn header_map(dice: &mut Dice, without: bool) -> Value {
    let entries = dice.several(1, 2, |dice, _| {
        let value = if without && dice.percent(15) {
            json!({"regex": "*"})
        } else {
            string(dice, &VALUES, &VALUE_REGEXES)
        };
        (dice.word(&HEADERS).to_owned(), value)
    });
    Value::Object(entries.into_iter().collect::<Map<_, _>>())
}

fn query_map(dice: &mut Dice) -> Value {
    let entries = dice.several(1, 2, |dice, _| {
        let value = string(dice, &QUERY_VALUES, &VALUE_REGEXES);
        (dice.word(&QUERY_KEYS).to_owned(), value)
    });
    Value::Object(entries.into_iter().collect::<Map<_, _>>())
}

fn authority(dice: &mut Dice, world: &World) -> Value {
    let host = match dice.one_of(&world.known) {
        Some(known) if dice.percent(70) => known.host.clone(),
        _ => dice.word(&EXTERNAL_HOSTS).to_owned(),
    };
    match dice.between(0, 3) {
        0 => json!({"exact": host}),
        1 => json!({"exact": format!("{host}:80")}),
        2 => json!({"prefix": host}),
        _ => json!({"regex": "[a-z.]*(:\\d+)?"}),
    }
}
