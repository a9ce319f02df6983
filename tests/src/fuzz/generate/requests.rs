//! Requests: what a random route asks for, then a step beside it.

use std::collections::BTreeMap;

use mainsheet_core::matcher::{PathMatcher, StringMatcher, ValueMatcher};
use mainsheet_core::sent::{SentRequest, Values};
use mainsheet_core::table::{Route, RouteTable, VirtualHost};

use crate::fuzz::dice::Dice;
use crate::fuzz::words::{
    EXTERNAL_HOSTS, METHODS, PATH_REGEXES, PATHS, PORTS, QUERY_KEYS, QUERY_VALUES, SENT_HEADERS,
    VALUE_REGEXES, VALUES, example,
};

/// A port that no configuration uses.
const UNKNOWN_PORT: u16 = 7777;

/// A request in parts.
#[derive(Debug)]
struct Draft {
    scheme: &'static str,
    port: u16,
    host: String,
    /// `Host`, where it is not host and port.
    authority: Option<String>,
    method: String,
    path: String,
    query: Vec<(String, Option<String>)>,
    headers: Vec<(String, String)>,
}

/// A request for a table: near one of its routes in most cases.
pub fn request(dice: &mut Dice, table: &RouteTable) -> SentRequest {
    let mut draft = Draft::new(dice);
    if dice.percent(92) {
        draft.aim(dice, table);
    }
    for _ in 0..dice.weighted(&[(45, 0), (35, 1), (15, 2), (5, 4)]).unwrap_or(0) {
        draft.mutate(dice, table);
    }
    draft.finish()
}

impl Draft {
    fn new(dice: &mut Dice) -> Self {
        Self {
            scheme: "http",
            port: dice.one_of(&PORTS).copied().unwrap_or(80),
            host: dice.word(&EXTERNAL_HOSTS).replace('*', "x"),
            authority: None,
            method: if dice.percent(85) {
                "GET"
            } else {
                dice.word(&METHODS)
            }
            .to_owned(),
            path: dice.word(&PATHS).to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// Takes on what a random route asks for.
    fn aim(&mut self, dice: &mut Dice, table: &RouteTable) {
        let configs: Vec<_> = table.route_configs.iter().collect();
        let Some((port, config)) = dice.one_of(&configs) else {
            return;
        };
        self.port = **port;
        let hosts = config.virtual_hosts();
        // Hosts with rules are rarer than those without, and more of a test.
        let ruled: Vec<&VirtualHost> = hosts.iter().filter(|host| has_rules(host)).collect();
        let host = dice.one_of(&ruled).copied().filter(|_| dice.percent(85));
        let Some(host) = host.or_else(|| dice.one_of(hosts)) else {
            return;
        };
        if let Some(domain) = dice.one_of(&host.domains) {
            let label = dice.word(&["x", "a", "a.b"]);
            self.host = match domain.strip_prefix('*') {
                Some("") => format!("{label}.test"),
                Some(suffix) => format!("{label}{suffix}"),
                None => domain.clone(),
            };
        }
        if let Some(route) = dice.one_of(host.routes.routes()) {
            self.satisfy(dice, route);
        }
    }

    fn satisfy(&mut self, dice: &mut Dice, route: &Route) {
        self.path = path_for(dice, &route.matcher.path);
        for header in &route.matcher.headers {
            if header.invert && dice.percent(60) {
                continue;
            }
            let value = value_for(dice, &header.value);
            self.set_header(&header.name, value);
        }
        for query in &route.matcher.query {
            let value = value_for(dice, &query.value);
            self.query.push((query.name.to_string(), Some(value)));
        }
    }

    fn set_header(&mut self, name: &str, value: String) {
        match name {
            ":method" => self.method = value,
            ":authority" => self.authority = Some(value),
            ":scheme" => self.scheme = if value == "https" { "https" } else { "http" },
            ":path" => self.path = value,
            name => self.headers.push((name.to_owned(), value)),
        }
    }

    fn mutate(&mut self, dice: &mut Dice, table: &RouteTable) {
        match dice.between(0, 15) {
            0..=4 => self.mutate_path(dice),
            5..=7 => self.mutate_headers(dice),
            8..=9 => self.mutate_query(dice),
            10 => dice.word(&METHODS).clone_into(&mut self.method),
            11..=12 => self.mutate_authority(dice),
            13 => {
                let ports: Vec<u16> = table
                    .route_configs
                    .keys()
                    .copied()
                    .chain([UNKNOWN_PORT])
                    .collect();
                self.port = dice.one_of(&ports).copied().unwrap_or(UNKNOWN_PORT);
            }
            14 => self.scheme = "https",
            _ => self.add_special(dice),
        }
    }

    fn mutate_path(&mut self, dice: &mut Dice) {
        match dice.between(0, 7) {
            0 => self
                .path
                .push_str(dice.word(&["/", "a", "b", "/b", "//", "%61", "/."])),
            1 => {
                self.path.pop();
            }
            2 => self.path = swap_case(&self.path),
            3 => self.path.insert(0, '/'),
            4 => dice.word(&PATHS).clone_into(&mut self.path),
            5 => {
                let slash = dice.word(&["//", "/./", "/x/../", "\\", "%2F"]);
                self.path = self.path.replacen('/', slash, 2);
            }
            6 => self.path = self.path.replacen('a', dice.word(&["%61", "ä", "A", "aa"]), 1),
            _ => self.path.push_str(dice.word(&["#a", ";a", "?", "%00", "*"])),
        }
    }

    fn mutate_headers(&mut self, dice: &mut Dice) {
        let position = dice.between(0, self.headers.len());
        let name = dice.word(&SENT_HEADERS);
        let value = dice.word(&VALUES);
        let Some((known, present)) = self.headers.get_mut(position) else {
            self.headers.push((name.to_owned(), value.to_owned()));
            return;
        };
        match dice.between(0, 4) {
            0 => present.push('a'),
            1 => *present = swap_case(present),
            2 => {
                self.headers.remove(position);
            }
            // A value before it or behind it. Envoy joins those of its own headers, so they come once.
            3 if SENT_HEADERS.contains(&known.as_str()) => {
                let repeated = (known.clone(), value.to_owned());
                self.headers.insert(position + dice.between(0, 1), repeated);
            }
            _ => value.clone_into(present),
        }
    }

    fn mutate_query(&mut self, dice: &mut Dice) {
        let position = dice.between(0, self.query.len());
        let value = dice.percent(80).then(|| dice.word(&QUERY_VALUES).to_owned());
        match dice.between(0, 2) {
            0 if position < self.query.len() => {
                self.query.remove(position);
            }
            1 if position < self.query.len() => {
                if let Some((_, present)) = self.query.get_mut(position) {
                    *present = value;
                }
            }
            _ => self
                .query
                .insert(position, (dice.word(&QUERY_KEYS).to_owned(), value)),
        }
    }

    fn mutate_authority(&mut self, dice: &mut Dice) {
        let (host, port) = (&self.host, self.port);
        self.authority = Some(match dice.between(0, 9) {
            0 => host.clone(),
            1 => format!("{host}:1234"),
            2 => host.to_ascii_uppercase(),
            3 => format!("{host}.:{port}"),
            4 => format!("x.{host}:{port}"),
            5 => format!("x{host}"),
            6 => host.split_once('.').map_or("x", |(_, rest)| rest).to_owned(),
            7 => dice
                .word(&["unknown.test", "[::1]:80", "10.0.0.1", ".", "a:b:c", "*"])
                .to_owned(),
            8 => format!("{host}:"),
            _ => dice.word(&EXTERNAL_HOSTS).to_owned(),
        });
    }

    /// Headers that the filter, Envoy or a gateway treat in their own way.
    fn add_special(&mut self, dice: &mut Dice) {
        let special = [
            ("x-mainsheet-cluster", "outbound|80||evil"),
            ("x-envoy-max-retries", "9"),
            ("x-envoy-fault-abort-request", "500"),
            ("x-envoy-original-path", "/evil"),
            ("x-forwarded-proto", "https"),
            ("content-type", "application/grpc"),
            ("grpc-timeout", "100m"),
            ("origin", "http://www.example.com"),
        ];
        if let Some((name, value)) = dice.one_of(&special) {
            self.headers.retain(|(known, _)| known != name);
            self.headers.push(((*name).to_owned(), (*value).to_owned()));
            if *name == "origin" {
                "OPTIONS".clone_into(&mut self.method);
                self.headers
                    .push(("access-control-request-method".to_owned(), "GET".to_owned()));
            }
            if *name == "grpc-timeout" {
                self.headers.retain(|(known, _)| known != "content-type");
                self.headers
                    .push(("content-type".to_owned(), "application/grpc".to_owned()));
            }
        }
    }

    fn finish(mut self) -> SentRequest {
        let natural = format!("{}:{}", self.host, self.port);
        let authority = self.authority.take().unwrap_or_else(|| natural.clone());
        // What would end the authority in a URL stands in `Host`.
        let in_url = if self.host.contains(['/', '?', '#']) {
            format!("x:{}", self.port)
        } else {
            natural
        };
        let slash = if self.path.starts_with('/') { "" } else { "/" };
        let mut url = format!("{}://{in_url}{slash}{}", self.scheme, self.path);
        for (index, (key, value)) in self.query.iter().enumerate() {
            url.push(if index == 0 { '?' } else { '&' });
            url.push_str(key);
            if let Some(value) = value {
                url.push('=');
                url.push_str(value);
            }
        }
        let mut headers = gathered(self.headers);
        if authority != in_url {
            headers.insert("host".to_owned(), Values::One(authority));
        }
        SentRequest {
            method: (self.method != "GET").then_some(self.method),
            url,
            headers,
        }
    }
}

fn has_rules(host: &VirtualHost) -> bool {
    host.routes.routes().iter().any(|route| route.source.is_some())
}

/// The values of one name together, in order. Envoy joins those of its own headers before a filter sees them,
/// so each of these comes once.
fn gathered(list: Vec<(String, String)>) -> BTreeMap<String, Values> {
    let mut headers: BTreeMap<String, Values> = BTreeMap::new();
    for (name, value) in list {
        let name = name.to_ascii_lowercase();
        let values = match headers.remove(&name) {
            None => Values::One(value),
            Some(_) if !SENT_HEADERS.contains(&name.as_str()) => Values::One(value),
            Some(Values::One(first)) => Values::Several(vec![first, value]),
            Some(Values::Several(mut values)) => {
                values.push(value);
                Values::Several(values)
            }
        };
        headers.insert(name, values);
    }
    headers
}

fn path_for(dice: &mut Dice, matcher: &PathMatcher) -> String {
    let (text, ignore_case) = match matcher {
        PathMatcher::Exact { path, ignore_case } => (path.to_string(), *ignore_case),
        PathMatcher::Prefix { prefix, ignore_case } => {
            let rest = dice.word(&["", "", "/", "b", "/b", "/a/b"]);
            (format!("{prefix}{rest}"), *ignore_case)
        }
        PathMatcher::Segments { prefix } => {
            let rest = dice.word(&["", "/", "b", "/b"]);
            (format!("{prefix}{rest}"), false)
        }
        PathMatcher::Regex(regex) => {
            let text = example(&PATH_REGEXES, regex.as_str(), dice.percent(50));
            (text.unwrap_or("/a").to_owned(), false)
        }
    };
    if ignore_case && dice.percent(50) {
        swap_case(&text)
    } else {
        text
    }
}

fn value_for(dice: &mut Dice, matcher: &ValueMatcher) -> String {
    match matcher {
        ValueMatcher::Present => dice.word(&VALUES).to_owned(),
        ValueMatcher::Value(StringMatcher::Exact(text)) => text.to_string(),
        ValueMatcher::Value(StringMatcher::Prefix(text)) => format!("{text}{}", dice.word(&["", "b", ":80"])),
        ValueMatcher::Value(StringMatcher::Regex(regex)) => {
            let text = example(&VALUE_REGEXES, regex.as_str(), dice.percent(50));
            text.unwrap_or("a").to_owned()
        }
    }
}

fn swap_case(text: &str) -> String {
    let swap = |letter: char| match letter {
        letter if letter.is_ascii_lowercase() => letter.to_ascii_uppercase(),
        letter => letter.to_ascii_lowercase(),
    };
    text.chars().map(swap).collect()
}
