//! What rules do.

use serde_json::{Map, Value, json};

use super::{World, set, set_some};
use crate::fuzz::dice::Dice;
use crate::fuzz::words::{EXTERNAL_HOSTS, FORMATS, METHODS, PORTS, SERVICES, SUBSETS};

/// A rule without conditions and name.
pub(super) fn rule(dice: &mut Dice, world: &World, delegate: bool) -> Value {
    let mut rule = json!({});
    match dice.between(0, 99) {
        0..=11 => set(&mut rule, "redirect", redirect(dice)),
        12..=23 => set(&mut rule, "directResponse", direct_response(dice)),
        24..=40 if !delegate && !world.delegates.is_empty() => {
            if let Some((namespace, name)) = dice.one_of(&world.delegates) {
                set(
                    &mut rule,
                    "delegate",
                    json!({"name": name, "namespace": namespace}),
                );
            }
        }
        _ => forward(dice, world, &mut rule),
    }
    if dice.percent(20) {
        set(&mut rule, "headers", headers(dice, world));
    }
    if dice.percent(6) {
        set(&mut rule, "corsPolicy", cors(dice));
    }
    rule
}

fn forward(dice: &mut Dice, world: &World, rule: &mut Value) {
    let mut destinations = dice.several(1, 3, |dice, _| destination(dice, world));
    if let [only] = destinations.as_mut_slice() {
        if dice.percent(10) {
            set(only, "weight", dice.between(0, 100));
        }
    } else {
        for (index, destination) in destinations.iter_mut().enumerate() {
            // The first weight keeps the sum above zero.
            set(
                destination,
                "weight",
                if index == 0 { 50 } else { dice.between(0, 2) * 25 },
            );
        }
    }
    set(rule, "route", destinations);
    if dice.percent(20) {
        set(rule, "rewrite", rewrite(dice));
    }
    if dice.percent(10) {
        set(rule, "timeout", dice.word(&["1s", "10ms", "1h", "0s"]));
    }
    if dice.percent(10) {
        set(rule, "retries", retries(dice));
    }
    if dice.percent(12) {
        set(rule, "fault", fault(dice));
    }
    if dice.percent(6) {
        mirror(dice, world, rule);
    }
}

fn destination(dice: &mut Dice, world: &World) -> Value {
    let mut destination = host_and_subset(dice, world);
    let known = dice
        .one_of(&world.known)
        .and_then(|known| known.ports.first().copied());
    if dice.percent(25) {
        let port = known.filter(|_| dice.percent(80)).or(PORTS.last().copied());
        set(&mut destination, "port", json!({"number": port}));
    }
    let mut weighted = json!({"destination": destination});
    if dice.percent(15) {
        set(&mut weighted, "headers", headers(dice, world));
    }
    weighted
}

fn host_and_subset(dice: &mut Dice, world: &World) -> Value {
    let host = match dice.one_of(&world.known) {
        Some(known) if dice.percent(80) => known.host.clone(),
        _ => dice.word(&SERVICES).to_owned(),
    };
    let mut destination = json!({"host": host});
    if dice.percent(40) {
        set(&mut destination, "subset", dice.word(&SUBSETS));
    }
    destination
}

fn redirect(dice: &mut Dice) -> Value {
    let mut redirect = json!({});
    if dice.percent(60) {
        set(
            &mut redirect,
            "uri",
            dice.word(&["/", "/new", "/new?x=y", "new", "/a/b"]),
        );
    }
    if dice.percent(40) {
        set(
            &mut redirect,
            "authority",
            dice.word(&["www.example.com", "b:8080", "[::1]"]),
        );
    }
    if dice.percent(30) {
        set(&mut redirect, "scheme", dice.word(&["http", "https"]));
    }
    match dice.between(0, 5) {
        0 => set(&mut redirect, "port", json!(dice.one_of(&PORTS))),
        1 => set(
            &mut redirect,
            "derivePort",
            dice.word(&["FROM_REQUEST_PORT", "FROM_PROTOCOL_DEFAULT"]),
        ),
        _ => {}
    }
    let codes = [301, 302, 303, 307, 308];
    set_some(
        &mut redirect,
        "redirectCode",
        dice.one_of(&codes)
            .filter(|_| dice.percent(40))
            .map(|code| json!(code)),
    );
    if redirect == json!({}) {
        set(&mut redirect, "uri", "/");
    }
    redirect
}

fn direct_response(dice: &mut Dice) -> Value {
    let mut response = json!({"status": dice.one_of(&[200, 204, 404, 503, 599])});
    match dice.between(0, 3) {
        0 => set(
            &mut response,
            "body",
            json!({"string": dice.word(&["", "text", "{\"a\": 1}", "ä"])}),
        ),
        1 => set(
            &mut response,
            "body",
            json!({"bytes": dice.word(&["", "AAEC/w==", "dGV4dA"])}),
        ),
        _ => {}
    }
    response
}

fn rewrite(dice: &mut Dice) -> Value {
    let mut rewrite = json!({});
    match dice.between(0, 3) {
        0..=1 => set(
            &mut rewrite,
            "uri",
            dice.word(&["/", "/new", "/new/", "", "/x?y=1"]),
        ),
        2 => set(&mut rewrite, "uriRegexRewrite", regex_rewrite(dice)),
        _ => {}
    }
    if rewrite == json!({}) || dice.percent(25) {
        set(
            &mut rewrite,
            "authority",
            dice.word(&["new.example.com", "b:8080"]),
        );
    }
    rewrite
}

fn regex_rewrite(dice: &mut Dice) -> Value {
    let pattern = dice.word(&[
        "/a",
        "a",
        "^/(a|b)(.*)$",
        "(?i)/A",
        "/+",
        "x*",
        "^/a$",
        "[^/]+$",
        "(a)(b)?",
    ]);
    let rewrite = dice.word(&["/c", r"\1", r"\2\1", r"\0\0", "", r"\\", r"\3", r"/\1/c"]);
    json!({"match": pattern, "rewrite": rewrite})
}

fn headers(dice: &mut Dice, world: &World) -> Value {
    let mut headers = json!({});
    if dice.percent(70) {
        set(&mut headers, "request", operations(dice, world, true));
    }
    if dice.percent(50) {
        set(&mut headers, "response", operations(dice, world, false));
    }
    headers
}

fn operations(dice: &mut Dice, world: &World, request: bool) -> Value {
    let mut operations = json!({});
    if dice.percent(50) {
        set(&mut operations, "set", header_values(dice, world, request));
    }
    if dice.percent(40) {
        set(&mut operations, "add", header_values(dice, world, false));
    }
    if dice.percent(30) {
        set(
            &mut operations,
            "remove",
            dice.several(1, 2, |dice, _| dice.word(&["x-a", "X-B", "x-c", "end-user"])),
        );
    }
    operations
}

fn header_values(dice: &mut Dice, world: &World, host: bool) -> Value {
    let entries = dice.several(1, 2, |dice, _| {
        let name = dice.word(&["x-a", "x-b", "X-B", "x-c", "end-user"]);
        let value = match dice.between(0, 9) {
            0 if world.formats => dice.word(&FORMATS),
            1 => dice.word(&["100%%", "%%a%%", ""]),
            _ => dice.word(&["1", "2", "a b", "ä"]),
        };
        if host && dice.percent(10) {
            (
                dice.word(&["host", "Host", ":authority"]).to_owned(),
                json!(dice.word(&["set.example.com", "b"])),
            )
        } else {
            (name.to_owned(), json!(value))
        }
    });
    Value::Object(entries.into_iter().collect::<Map<_, _>>())
}

fn percentage(dice: &mut Dice) -> Option<Value> {
    let value = dice.one_of(&[0.0, 50.0, 100.0, 0.5, 99.9]).copied();
    value
        .filter(|_| dice.percent(90))
        .map(|value| json!({"value": value}))
}

fn fault(dice: &mut Dice) -> Value {
    let mut fault = json!({});
    if dice.percent(50) {
        let mut delay = json!({"fixedDelay": dice.word(&["1s", "10ms"])});
        set_some(&mut delay, "percentage", percentage(dice));
        if dice.percent(20) {
            set(&mut delay, "percent", 50);
        }
        set(&mut fault, "delay", delay);
    }
    if fault == json!({}) || dice.percent(40) {
        let mut abort = if dice.percent(70) {
            json!({"httpStatus": dice.one_of(&[200, 418, 503])})
        } else {
            json!({"grpcStatus": dice.word(&["UNAVAILABLE", "OK", "NOT_FOUND"])})
        };
        set_some(&mut abort, "percentage", percentage(dice));
        set(&mut fault, "abort", abort);
    }
    fault
}

fn retries(dice: &mut Dice) -> Value {
    let attempts = dice.between(0, 3);
    let mut retries = json!({"attempts": attempts});
    if attempts == 0 {
        return retries;
    }
    if dice.percent(50) {
        set(
            &mut retries,
            "retryOn",
            dice.word(&["5xx", "503", "reset,503,429", "retriable-status-codes,503"]),
        );
    }
    if dice.percent(40) {
        set(&mut retries, "perTryTimeout", dice.word(&["1s", "250ms"]));
    }
    if dice.percent(20) {
        set(&mut retries, "retryIgnorePreviousHosts", dice.percent(50));
    }
    if dice.percent(10) {
        set(&mut retries, "backoff", "10ms");
    }
    retries
}

fn mirror(dice: &mut Dice, world: &World, rule: &mut Value) {
    if dice.percent(50) {
        set(rule, "mirror", host_and_subset(dice, world));
        set_some(rule, "mirrorPercentage", percentage(dice));
        return;
    }
    let mirrors = dice.several(1, 2, |dice, _| {
        let mut mirror = json!({"destination": host_and_subset(dice, world)});
        set_some(&mut mirror, "percentage", percentage(dice));
        mirror
    });
    set(rule, "mirrors", mirrors);
}

fn cors(dice: &mut Dice) -> Value {
    let origins = dice.several(1, 2, |dice, _| match dice.between(0, 2) {
        0 => json!({"exact": format!("http://{}", dice.word(&EXTERNAL_HOSTS))}),
        1 => json!({"prefix": dice.word(&["http://", "http://www"])}),
        _ => json!({"regex": dice.word(&[".*", "http://.*\\.example\\.com"])}),
    });
    let mut cors = json!({"allowOrigins": origins});
    if dice.percent(60) {
        set(
            &mut cors,
            "allowMethods",
            dice.several(1, 2, |dice, _| dice.word(&METHODS)),
        );
    }
    if dice.percent(30) {
        set(&mut cors, "allowHeaders", json!([dice.word(&["x-a", "*"])]));
    }
    if dice.percent(30) {
        set(&mut cors, "exposeHeaders", json!([dice.word(&["x-a", "x-b"])]));
    }
    if dice.percent(30) {
        set(&mut cors, "maxAge", "24h");
    }
    if dice.percent(30) {
        set(&mut cors, "allowCredentials", dice.percent(50));
    }
    if dice.percent(20) {
        set(
            &mut cors,
            "unmatchedPreflights",
            dice.word(&["FORWARD", "IGNORE"]),
        );
    }
    cors
}
