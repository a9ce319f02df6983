//! Many requests: a line each, and how many each rule takes.

use std::collections::BTreeMap;

use mainsheet_core::trace::SourceTrace;
use mainsheet_core::wire::MISSING_CLUSTER_STATUS;
use mainsheet_tests::artifact;
use serde_json::{Value, json};

use super::engine::{Decided, Engine};
use super::page::{Page, place, plain};
use super::requests::{Logged, Many, Unread};
use super::{data, words};
use crate::error::{Error, Result};
use crate::output;
use crate::table::Rows;

/// How many lines are named where there may be many.
const SHOWN: usize = 5;

/// What becomes of many requests.
pub(super) struct Answers {
    answers: Vec<(usize, Decided, Option<Logged>)>,
    unread: Vec<Unread>,
}

/// Asks about each of them.
pub(super) fn ask(engine: &Engine<'_>, many: &Many) -> Result<Answers> {
    if many.requests.is_empty() {
        let first = many.unread.first();
        let why = first.map_or_else(
            || "it is empty".to_owned(),
            |unread| format!("line {}: {}", unread.line, unread.why),
        );
        return Err(Error::Failed(format!("there is no request in the file: {why}")));
    }
    let mut answers = Vec::with_capacity(many.requests.len());
    for written in &many.requests {
        let port = written.logged.as_ref().and_then(|logged| logged.port);
        answers.push((
            written.line,
            engine.decide(written.request.clone(), port)?,
            written.logged.clone(),
        ));
    }
    Ok(Answers {
        answers,
        unread: many.unread.clone(),
    })
}

impl Answers {
    /// Says which lines were no requests.
    pub(super) fn note_unread(&self) {
        for Unread { line, why } in self.unread.iter().take(SHOWN) {
            output::note(format_args!("line {line} is passed over: {why}"));
        }
        if self.unread.len() > SHOWN {
            output::note(format_args!("and {} more", self.unread.len() - SHOWN));
        }
    }

    /// For people.
    pub(super) fn page(&self, engine: &Engine<'_>) -> Page {
        let mut page = Page::default();
        let mut rows = Rows::new(["LINE", "REQUEST", "DESTINATION", "RULE", "STATUS"]);
        for (line, answered, _) in &self.answers {
            let short = Short::of(answered);
            let request = format!("{} {}", answered.request.method(), answered.request.url);
            rows.add([
                line.to_string(),
                request,
                short.destination,
                short.rule,
                short.status,
            ]);
        }
        page.table(rows.to_string());
        page.heading("Requests of each rule");
        for (rule, (source, count)) in self.by_rule(engine) {
            let at = source.and_then(|source| engine.locate(&source, &source.path));
            page.item(0, [plain(format!("{count:>6}  {rule}")), place(at)]);
        }
        let elsewhere = self
            .answers
            .iter()
            .filter_map(|(line, answered, logged)| Some((line, went_elsewhere(answered, logged.as_ref())?)));
        let elsewhere: Vec<(&usize, &str)> = elsewhere.collect();
        if !elsewhere.is_empty() {
            page.heading("The log says otherwise");
        }
        for (line, cluster) in elsewhere.iter().take(SHOWN) {
            page.item(0, [plain(format!("line {line}: it went to {cluster}"))]);
        }
        if elsewhere.len() > SHOWN {
            page.item(0, [plain(format!("and {} more", elsewhere.len() - SHOWN))]);
        }
        page
    }

    /// For programs.
    pub(super) fn json(&self, engine: &Engine<'_>) -> Result<String> {
        let requests: Vec<Value> = self
            .answers
            .iter()
            .map(|(line, answered, logged)| entry(*line, answered, logged.as_ref()))
            .collect();
        let rules = self.by_rule(engine).into_iter().map(|(rule, (source, count))| {
            let at = source
                .as_ref()
                .and_then(|source| engine.locate(source, &source.path));
            json!({"rule": rule, "source": source, "at": at, "requests": count})
        });
        let unread = self
            .unread
            .iter()
            .map(|unread| json!({"line": unread.line, "why": unread.why}));
        let value = json!({
            "proxy": data::proxy(engine),
            "filter": artifact::sha256(),
            "requests": requests,
            "rules": rules.collect::<Vec<_>>(),
            "unread": unread.collect::<Vec<_>>(),
        });
        serde_json::to_string_pretty(&value).map_err(|error| Error::Failed(error.to_string()))
    }

    /// Every rule of the proxy with its number of requests, those too that take none.
    fn by_rule(&self, engine: &Engine<'_>) -> BTreeMap<String, (Option<SourceTrace>, usize)> {
        let written = engine.table.routes().filter_map(|route| route.source.as_ref());
        let written = written.map(|source| whole(&SourceTrace::from(source)));
        let mut rules: BTreeMap<String, (Option<SourceTrace>, usize)> = written
            .map(|source| (words::written(&source), (Some(source), 0)))
            .collect();
        for (_, answered, _) in &self.answers {
            let rule = Short::of(answered).rule;
            let entry = rules.entry(rule).or_insert((None, 0));
            entry.1 += 1;
        }
        rules
    }
}

fn entry(line: usize, answered: &Decided, logged: Option<&Logged>) -> Value {
    let short = Short::of(answered);
    json!({
        "line": line,
        "method": answered.request.method(),
        "url": answered.request.url,
        "port": answered.port,
        "outcome": answered.decision.as_ref().map(|decision| decision.outcome),
        "cluster": answered.decision.as_ref().and_then(|decision| decision.cluster.as_ref()),
        "source": answered.decision.as_ref().and_then(|decision| decision.source.as_ref()),
        "rule": short.rule,
        "status": short.code,
        "logged": logged.map(|logged| json!({"status": logged.status, "cluster": logged.cluster})),
    })
}

/// The cluster that the request went to, where the rules send none like it now.
fn went_elsewhere<'l>(answered: &Decided, logged: Option<&'l Logged>) -> Option<&'l str> {
    let logged = logged?
        .cluster
        .as_deref()
        .filter(|cluster| cluster.starts_with("outbound|"))?;
    let decision = answered.decision.as_ref()?;
    let mut decided = decision
        .destinations
        .iter()
        .map(|share| &share.cluster)
        .chain(&decision.cluster);
    decided.all(|cluster| cluster != logged).then_some(logged)
}

/// The rule without its match block.
fn whole(source: &SourceTrace) -> SourceTrace {
    let end = source.path.find(']').map_or(source.path.len(), |end| end + 1);
    SourceTrace {
        path: source.path.get(..end).unwrap_or_default().to_owned(),
        ..source.clone()
    }
}

/// An answer in a few words.
struct Short {
    destination: String,
    rule: String,
    /// The status in words.
    status: String,
    /// The status, where the proxy answers.
    code: Option<u16>,
}

impl Short {
    fn of(answered: &Decided) -> Self {
        let Some(decision) = &answered.decision else {
            let (rule, status) = ("a path that Envoy does not take".to_owned(), "400".to_owned());
            return Self {
                destination: "-".to_owned(),
                rule,
                status,
                code: Some(400),
            };
        };
        let missing = decision.missing_cluster_status.unwrap_or(MISSING_CLUSTER_STATUS);
        let code = decision.status.or((!answered.cluster_exists).then_some(missing));
        let by_none = || match (&decision.virtual_host, &decision.route) {
            (_, Some(route)) if !route.is_empty() => format!("no rule: {route}"),
            (None, _) => "no virtual host".to_owned(),
            _ => "no rule".to_owned(),
        };
        Self {
            destination: match (&decision.upstream, &decision.location) {
                (Some(_), _) => decision.cluster.clone().unwrap_or_default(),
                (None, Some(location)) => location.clone(),
                (None, None) => "-".to_owned(),
            },
            rule: decision
                .source
                .as_ref()
                .map_or_else(by_none, |source| words::written(&whole(source))),
            status: code.map_or_else(|| "of the upstream".to_owned(), |code| code.to_string()),
            code,
        }
    }
}
