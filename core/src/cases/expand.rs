//! The requests that a test stands for: one for each combination of what it lists.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::str;

use super::list::OneOrMany;
use super::model::{Request, Test};
use crate::request::split_port;
use crate::sent::{SentRequest, Values};

/// How many requests one test may stand for.
pub const LIMIT: usize = 10_000;

/// A test stands for more than [`LIMIT`] requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

/// One request of a test.
#[derive(Clone, Debug)]
pub struct Case {
    /// The name of the test, and what tells this request from the others of it.
    pub name: String,
    /// The request.
    pub request: SentRequest,
}

/// One choice from each list.
#[derive(Clone, Debug, Default)]
struct Choice<'r> {
    parts: BTreeMap<&'static str, &'r str>,
    headers: BTreeMap<&'r str, &'r OneOrMany<String>>,
    /// What was chosen where there is something to choose.
    words: Vec<String>,
}

impl Test {
    /// The requests, the last list changing fastest.
    ///
    /// # Errors
    /// When there are too many.
    pub fn cases(&self) -> Result<Vec<Case>, TooMany> {
        let choices = self.request.choices()?;
        let case = |choice: &Choice<'_>| Case {
            name: match choice.words.as_slice() {
                [] => self.name.clone(),
                words => format!("{} [{}]", self.name, words.join(" ")),
            },
            request: self.request.sent(choice),
        };
        Ok(choices.iter().map(case).collect())
    }
}

impl Request {
    fn choices(&self) -> Result<Vec<Choice<'_>>, TooMany> {
        let mut choices = vec![Choice::default()];
        let parts = [
            ("method", &self.method),
            ("url", &self.url),
            ("host", &self.host),
            ("path", &self.path),
        ];
        for (name, list) in parts {
            choices = product(&choices, &list.0, |choice, value| {
                choice.parts.insert(name, value);
                value.clone()
            })?;
        }
        for (name, list) in &self.headers {
            choices = product(&choices, &list.0, |choice, lines| {
                choice.headers.insert(name, lines);
                match lines.0.as_slice() {
                    [] => format!("no {name}"),
                    lines => format!("{name}: {}", lines.join(", ")),
                }
            })?;
        }
        Ok(choices)
    }

    fn sent(&self, choice: &Choice<'_>) -> SentRequest {
        let part = |name: &str| choice.parts.get(name).copied();
        let mut headers: BTreeMap<String, Values> = BTreeMap::new();
        for (name, lines) in &choice.headers {
            if !lines.0.is_empty() {
                headers.insert((*name).to_owned(), Values::Several(lines.0.clone()));
            }
        }
        let written = part("url").unwrap_or_default();
        let (scheme, rest) = written.split_once("://").unwrap_or(("", written));
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let scheme = [&*self.scheme, scheme, "http"]
            .into_iter()
            .find(|scheme| !scheme.is_empty());
        let host = part("host").unwrap_or(authority);
        if part("host").is_some() || self.port.is_some() {
            headers.insert("host".to_owned(), Values::One(host.to_owned()));
        }
        let arrives = [authority, host].into_iter().find(|text| !text.is_empty());
        let url = format!(
            "{}://{}{}",
            scheme.unwrap_or_default(),
            self.with_port(arrives.unwrap_or_default()),
            target_of(part("path").unwrap_or(target)),
        );
        SentRequest {
            method: part("method").map(ToOwned::to_owned),
            url,
            headers,
        }
    }

    /// The authority with the port that the request arrives on.
    fn with_port(&self, authority: &str) -> String {
        match self.port {
            Some(port) => {
                let own = split_port(authority.as_bytes())
                    .1
                    .map_or(0, |port| port.len() + 1);
                let end = authority.len().saturating_sub(own);
                format!("{}:{port}", authority.get(..end).unwrap_or(authority))
            }
            None => authority.to_owned(),
        }
    }
}

/// A path begins with a slash, also where that is left out before a query.
fn target_of(path: &str) -> String {
    if path.starts_with(['/', '*']) || path.is_empty() {
        path.to_owned()
    } else {
        format!("/{path}")
    }
}

/// What is no URL of a request that a proxy could get.
pub(super) fn problem(request: &SentRequest) -> Option<String> {
    let (scheme, rest) = request.url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let port = split_port(authority.as_bytes()).1;
    let known = port.is_none_or(|port| str::from_utf8(port).is_ok_and(|port| port.parse::<u16>().is_ok()));
    if !matches!(scheme, "http" | "https") {
        Some(format!(
            "`{scheme}` is no scheme of a request: write http or https"
        ))
    } else if authority.is_empty() {
        Some(format!("`{}` names no host", request.url))
    } else {
        (!known).then(|| format!("`{authority}` has no port from 0 to 65535"))
    }
}

/// Each choice with each value; a value is named where there are several.
fn product<'r, T>(
    choices: &[Choice<'r>],
    values: &'r [T],
    add: impl Fn(&mut Choice<'r>, &'r T) -> String,
) -> Result<Vec<Choice<'r>>, TooMany> {
    if values.is_empty() {
        return Ok(choices.to_vec());
    }
    if choices.len().saturating_mul(values.len()) > LIMIT {
        return Err(TooMany);
    }
    let mut all = Vec::with_capacity(choices.len() * values.len());
    for choice in choices {
        for value in values {
            let mut choice = choice.clone();
            let words = add(&mut choice, value);
            if values.len() > 1 {
                choice.words.push(words);
            }
            all.push(choice);
        }
    }
    Ok(all)
}
