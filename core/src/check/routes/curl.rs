//! A request as somebody would send it: arguments of `curl`, and what of it rules then see.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::str;

use super::region::Sample;
use crate::request::{Header, split_port};

/// Headers that `curl` sends by itself, with its values for them.
const OWN: [(&str, &str); 2] = [("user-agent", "curl/8.0.0"), ("accept", "*/*")];

/// The arguments, and the headers that arrive.
#[derive(Clone, Debug)]
pub(super) struct Curl {
    pub(super) arguments: String,
    pub(super) headers: Vec<Header>,
}

impl Curl {
    /// `None` for a request that has no such form: bytes that are no text, or claims, which need a token.
    pub(super) fn new(sample: &Sample, tls: bool, port: u16) -> Option<Self> {
        if sample.claims.iter().any(|(_, texts)| !texts.is_empty()) {
            return None;
        }
        let scheme = if tls { "https" } else { "http" };
        let target = str::from_utf8(&sample.target).ok()?;
        let method = str::from_utf8(&sample.method).ok()?;
        let asked = str::from_utf8(&sample.authority).ok()?;
        let mut curl = Self {
            arguments: String::from("curl"),
            headers: Vec::new(),
        };
        curl.method(method);
        let authority = curl.authority(asked, if tls { 443 } else { 80 }, port);
        curl.options(&authority, target);
        for (name, value) in [(":scheme", scheme), (":path", target), (":method", method)] {
            curl.headers.push((name.into(), value.into()));
        }
        curl.other_headers(sample)?;
        curl.add(&quoted(&format!("{scheme}://{authority}{target}")));
        Some(curl)
    }

    fn add(&mut self, argument: &str) {
        self.arguments.push(' ');
        self.arguments.push_str(argument);
    }

    fn method(&mut self, method: &str) {
        match method {
            "GET" => {}
            "HEAD" => self.add("-I"),
            other => self.add(&format!("-X {}", quoted_if_needed(other))),
        }
    }

    /// The authority of the URL, which says where to connect. A `Host` that says something else is given apart.
    fn authority(&mut self, asked: &str, usual: u16, port: u16) -> String {
        let (host, named) = split_port(asked.as_bytes());
        let named = named.and_then(|named| str::from_utf8(named).ok()?.parse::<u16>().ok());
        let host = str::from_utf8(host).unwrap_or(asked);
        let url = match named {
            Some(named) if named == port => asked.to_owned(),
            _ if port == usual => host.to_owned(),
            _ => format!("{host}:{port}"),
        };
        let is_asked_for = asked == url || named.is_none() && asked == host;
        if !is_asked_for {
            self.add(&format!("-H {}", quoted(&format!("host: {asked}"))));
        }
        let sent = if is_asked_for { url.as_str() } else { asked };
        self.headers.push((":authority".into(), sent.into()));
        url
    }

    fn options(&mut self, authority: &str, target: &str) {
        if target.contains("/.") {
            self.add("--path-as-is");
        }
        if format!("{authority}{target}").contains(['[', ']', '{', '}']) {
            self.add("-g");
        }
    }

    fn other_headers(&mut self, sample: &Sample) -> Option<()> {
        for (name, values) in &sample.headers {
            for value in values {
                let text = str::from_utf8(value).ok()?;
                let header = if text.is_empty() {
                    format!("{name};")
                } else {
                    format!("{name}: {text}")
                };
                self.add(&format!("-H {}", quoted(&header)));
                self.headers.push((name.clone(), value.clone()));
            }
        }
        for (own, value) in OWN {
            match sample.headers.iter().find(|(name, _)| name == own) {
                None => self.headers.push((own.into(), value.into())),
                Some((_, values)) if values.is_empty() => self.add(&format!("-H '{own}:'")),
                Some(_) => {}
            }
        }
        Some(())
    }
}

/// As one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn quoted_if_needed(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        text.into()
    } else {
        quoted(text)
    }
}
