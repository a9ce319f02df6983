//! Lines of access logs, in Envoy's and Istio's default formats and in JSON.
//! Source: Envoy `DEFAULT_FORMAT`; Istio `EnvoyTextLogFormat`, `EnvoyJSONLogFormatIstio`.

use mainsheet_core::sent::{SentRequest, Values};
use serde_json::{Map, Value};

use super::{Logged, Many, Unread, Written, url};

/// Lines without a request, such as those of connections, are unread.
pub(crate) fn parse(text: &str) -> Many {
    let mut many = Many::default();
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    for (index, line) in lines {
        match entry(line) {
            Ok((request, logged)) => {
                many.requests.push(Written {
                    line: index + 1,
                    request,
                    logged: Some(logged),
                });
            }
            Err(why) => many.unread.push(Unread { line: index + 1, why }),
        }
    }
    many
}

/// What is known of a request.
#[derive(Default)]
struct Entry {
    method: String,
    path: String,
    authority: String,
    headers: Vec<(&'static str, String)>,
    logged: Logged,
    /// The address that the client has connected to.
    local: String,
}

fn entry(line: &str) -> Result<(SentRequest, Logged), String> {
    // `kubectl logs --prefix` and such write something in front.
    let json = line.find('{').and_then(|start| line.get(start..));
    let object = json.and_then(|json| serde_json::from_str::<Map<String, Value>>(json.trim()).ok());
    match object {
        Some(object) => of_json(&object).finish(),
        None => of_text(line)
            .ok_or("this is no line of Envoy's or Istio's format")?
            .finish(),
    }
}

impl Entry {
    fn finish(self) -> Result<(SentRequest, Logged), String> {
        let given = |text: &str| !text.is_empty() && text != "-";
        if !given(&self.method) || !given(&self.path) {
            return Err("the line is about no request of HTTP".to_owned());
        }
        if !given(&self.authority) {
            return Err("the line has no authority".to_owned());
        }
        let target = if self.path.starts_with('/') {
            self.path
        } else {
            format!("/{}", self.path)
        };
        let mut request = SentRequest {
            method: Some(self.method),
            url: url::complete(&format!("http://{}{target}", self.authority))?,
            ..SentRequest::default()
        };
        for (name, value) in self.headers.into_iter().filter(|(_, value)| given(value)) {
            request.headers.insert(name.to_owned(), Values::One(value));
        }
        let mut logged = self.logged;
        if logged
            .cluster
            .as_ref()
            .is_some_and(|cluster| cluster.starts_with("inbound|"))
        {
            return Err("the request has come in: rules decide those that go out".to_owned());
        }
        logged.port = self
            .local
            .rsplit_once(':')
            .and_then(|(_, port)| port.parse().ok());
        logged.cluster = logged.cluster.filter(|cluster| given(cluster));
        Ok((request, logged))
    }
}

/// The names under which formats have a field.
fn of_json(object: &Map<String, Value>) -> Entry {
    let text = |names: &[&str]| {
        let value = names.iter().find_map(|name| object.get(*name));
        match value {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        }
    };
    Entry {
        method: text(&["method", ":method", "request_method", "http_method", "verb"]),
        path: text(&[
            "path",
            ":path",
            "request_path",
            "uri",
            "request_uri",
            "url",
            "x-envoy-original-path",
        ]),
        authority: text(&[
            "authority",
            ":authority",
            "host",
            "request_host",
            "http_host",
            "requested_host",
        ]),
        headers: vec![
            (
                "user-agent",
                text(&["user_agent", "user-agent", "http_user_agent"]),
            ),
            (
                "x-forwarded-for",
                text(&["x_forwarded_for", "x-forwarded-for", "forwarded_for"]),
            ),
            (
                "x-request-id",
                text(&["request_id", "x-request-id", "x_request_id"]),
            ),
        ],
        logged: Logged {
            port: None,
            status: text(&["response_code", "status", "status_code", "code"])
                .parse()
                .ok(),
            cluster: Some(text(&["upstream_cluster", "upstream_cluster_raw", "cluster"])),
        },
        local: text(&["downstream_local_address", "downstream_local_addr"]),
    }
}

/// `[time] "METHOD path protocol" status … "for" "agent" "id" "authority" "upstream" cluster local downstream remote …`.
fn of_text(line: &str) -> Option<Entry> {
    let line = line.get(line.find('[')?..)?;
    let words = words(line);
    let quoted = |word: &&Word| word.is_quoted;
    let request = words.iter().position(|word| quoted(&word))?;
    let last = words.iter().rposition(|word| quoted(&word))?;
    let text = |index: Option<usize>| {
        index
            .and_then(|index| words.get(index))
            .map(|word| word.text.clone())
    };
    let before =
        |steps: usize| text(last.checked_sub(steps).filter(|index| *index > request)).unwrap_or_default();
    let mut line = words.get(request)?.text.split(' ');
    let (method, path) = (
        line.next()?.to_owned(),
        line.next().unwrap_or_default().to_owned(),
    );
    Some(Entry {
        method,
        path,
        authority: before(1),
        headers: vec![
            ("x-forwarded-for", before(4)),
            ("user-agent", before(3)),
            ("x-request-id", before(2)),
        ],
        logged: Logged {
            port: None,
            status: text(Some(request + 1)).and_then(|status| status.parse().ok()),
            cluster: text(Some(last + 1)),
        },
        local: text(Some(last + 3)).unwrap_or_default(),
    })
}

struct Word {
    text: String,
    is_quoted: bool,
}

/// Words, texts in quotes and in brackets. Quotes within a text do not end it.
fn words(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while let Some(first) = rest.chars().next() {
        let word = rest.split(' ').next().unwrap_or_default();
        let (end, opening, is_quoted) = match first {
            '"' => (end_of_quote(rest), 1, true),
            // An address of IPv6 goes on with its port.
            '[' if !word.ends_with(']') && word.contains("]:") => (word.len(), 0, false),
            '[' => (rest.find(']').unwrap_or(rest.len()), 1, false),
            _ => (word.len(), 0, false),
        };
        words.push(Word {
            text: rest.get(opening..end).unwrap_or_default().to_owned(),
            is_quoted,
        });
        let behind = rest.get(end..).unwrap_or_default();
        rest = behind.get(opening..).unwrap_or_default().trim_start();
    }
    words
}

/// Where a text in quotes ends. Envoy does not escape quotes within it, and most of those come in pairs.
fn end_of_quote(text: &str) -> usize {
    let closes = |index: usize| {
        let rest = text.get(index + 1..).unwrap_or_default();
        rest.is_empty() || rest.starts_with(' ')
    };
    let quotes = || text.match_indices('"').skip(1).map(|(index, _)| index);
    let mut open = 1;
    for index in quotes() {
        let is_after_blank = text.get(..index).is_some_and(|before| before.ends_with(' '));
        match (closes(index), is_after_blank) {
            (true, _) => open -= 1,
            (false, true) => open += 1,
            (false, false) => {}
        }
        if open == 0 {
            return index;
        }
    }
    quotes().find(|index| closes(*index)).unwrap_or(text.len())
}
