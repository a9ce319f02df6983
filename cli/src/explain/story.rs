//! One answer, for people.

use mainsheet_core::compile::ProxyKind;
use mainsheet_core::explain::{Answer, HostFinding, RuleFinding, Verdict};
use mainsheet_core::explain::{Bystander, BystanderReason, ConditionFinding};
use mainsheet_core::table::HostPattern;
use mainsheet_core::trace::SourceTrace;
use mainsheet_core::view::{OutcomeKind, Upstream};
use mainsheet_core::wire::MISSING_CLUSTER_STATUS;

use super::engine::{Answered, Engine, Told};
use super::page::{HINT, Page, mark, place, plain, span};
use super::words::{headline, hint_line, named, when, written};
use crate::output::{BAD, BOLD, DIM};

/// How many near misses are shown.
const NEAR_MISSES: usize = 3;
/// How many names are shown of a long list.
const NAMES: usize = 8;

/// Everything, for people.
pub(super) fn page(engine: &Engine<'_>, answered: &Answered) -> Page {
    let mut page = Page::default();
    let question = format!("{} {}", answered.request.method(), answered.request.url);
    let point_of_view = format!("  {}, port {}", engine.point_of_view, answered.port);
    page.title([span(BOLD, question), span(DIM, point_of_view)]);
    let Some(told) = &answered.told else {
        page.item(
            0,
            [
                plain("→ "),
                span(BOLD, "400: Envoy does not take this path, whatever the rules say"),
            ],
        );
        return page;
    };
    let mut story = Story {
        page,
        engine,
        answered,
        told,
        answer: &told.answer,
    };
    story.outcome();
    story.why();
    story.near_misses();
    story.bystanders();
    story.timeline();
    story.page
}

struct Story<'s> {
    page: Page,
    engine: &'s Engine<'s>,
    answered: &'s Answered,
    told: &'s Told,
    answer: &'s Answer,
}

impl Story<'_> {
    fn outcome(&mut self) {
        let decision = &self.answer.decision;
        self.page.item(0, [plain("→ "), span(BOLD, headline(decision))]);
        if let Some(cluster) = decision.cluster.as_ref().filter(|_| !self.told.cluster_exists) {
            let status = decision.missing_cluster_status.unwrap_or(MISSING_CLUSTER_STATUS);
            let why = format!(
                "{status}: no service has the host and port, or no DestinationRule the subset, of {cluster}"
            );
            self.page.item(1, [span(BAD, why)]);
        }
        if let Some(source) = &decision.source {
            let name = named(decision.route.as_deref().unwrap_or_default());
            let at = self.engine.locate(source, &source.path);
            self.page
                .item(1, [plain(format!("by {name}{}", written(source))), place(at)]);
        }
        if decision.destinations.len() > 1 {
            let total: u64 = decision.destinations.iter().map(|share| share.weight).sum();
            for share in &decision.destinations {
                #[expect(clippy::cast_precision_loss, reason = "a share for people")]
                let percent = share.weight as f64 * 100.0 / total.max(1) as f64;
                self.page
                    .item(1, [plain(format!("{percent:5.1} %  {}", share.cluster))]);
            }
        }
        if let Some(upstream) = &decision.upstream {
            self.upstream(upstream);
        }
        if let Some(body) = &decision.body {
            self.page.item(1, [plain(format!("body {body:?}"))]);
        }
    }

    fn upstream(&mut self, upstream: &Upstream) {
        let line = format!(
            "the upstream sees {} {} at {}",
            upstream.method, upstream.path, upstream.authority
        );
        self.page.item(1, [plain(line)]);
        let sent = &self.told.headers;
        let had = |header: &&(String, String)| sent.contains(header);
        for (name, value) in upstream.headers.iter().filter(|header| !had(header)) {
            self.page.item(2, [plain(format!("with {name}: {value}"))]);
        }
        let kept = |name: &str| upstream.headers.iter().any(|(other, _)| other == name);
        for (name, _) in sent
            .iter()
            .filter(|(name, _)| !name.starts_with(':') && !kept(name))
        {
            self.page.item(2, [plain(format!("without {name}"))]);
        }
    }

    fn why(&mut self) {
        self.page.heading("Why");
        self.path();
        if !self.listener() {
            return;
        }
        let answer = self.answer;
        self.host(&answer.host);
        if answer.host.virtual_host.is_none() {
            return;
        }
        for rule in &answer.rules {
            self.rule(rule);
        }
        if answer.decision.outcome == OutcomeKind::HttpsRedirect {
            self.page.item(
                0,
                [plain(
                    "its server sends what comes in the clear to https, before any rule is looked at",
                )],
            );
        } else if answer.rules.iter().all(|rule| rule.verdict != Verdict::Takes) {
            self.page.item(0, [plain("no rule is left")]);
        }
    }

    /// The path as rules see it.
    fn path(&mut self) {
        let target = self
            .answered
            .request
            .target()
            .split('?')
            .next()
            .unwrap_or_default();
        let seen = self.told.headers.iter().find(|(name, _)| name == ":path");
        let seen = seen.map(|(_, path)| path.split('?').next().unwrap_or_default());
        if let Some(seen) = seen.filter(|seen| *seen != target) {
            self.page
                .item(0, [plain(format!("path {target:?} is normalised to {seen:?}"))]);
        }
    }

    /// Whether there are routes.
    fn listener(&mut self) -> bool {
        let listener = &self.answer.listener;
        if listener.refused {
            let text = "Envoy refuses the rules of the port, and keeps those that it had before";
            self.page.item(0, [span(BAD, text)]);
        }
        if let Some(routes) = &listener.routes {
            self.page.item(
                0,
                [plain(format!("port {} has the routes {routes}", listener.port))],
            );
            return true;
        }
        let who = match self.engine.proxy.kind {
            ProxyKind::Sidecar => "no service of the mesh",
            ProxyKind::Gateway => "no server of the gateway",
        };
        self.page.item(
            0,
            [span(BAD, format!("{who} speaks HTTP on port {}", listener.port))],
        );
        let ports: Vec<String> = listener.ports.iter().map(ToString::to_string).collect();
        let ports = if ports.is_empty() {
            "no port".to_owned()
        } else {
            format!("port {}", ports.join(", "))
        };
        self.page.item(0, [plain(format!("HTTP is routed on {ports}"))]);
        for hint in &self.answer.host.hints {
            self.page.item(0, [span(HINT, format!("hint: {}", hint.message))]);
        }
        false
    }

    fn host(&mut self, host: &HostFinding) {
        if let Some(found) = &host.virtual_host {
            let how = match found.matched {
                HostPattern::Exact => format!("host {:?} is a domain of", host.name),
                HostPattern::Wildcard => {
                    format!("host {:?} is below {:?}, a domain of", host.name, found.domain)
                }
                HostPattern::Any => format!("host {:?} is left to the domain \"*\" of", host.name),
            };
            self.page
                .item(0, [plain(format!("{how} virtual host {}", found.name))]);
            return;
        }
        self.page.item(
            0,
            [span(
                BAD,
                format!("no virtual host of the port has the domain {:?}", host.name),
            )],
        );
        for hint in &host.hints {
            self.page.item(0, [span(HINT, format!("hint: {}", hint.message))]);
        }
        let shown: Vec<&str> = host.known.iter().take(NAMES).map(String::as_str).collect();
        if !shown.is_empty() {
            let more = host.known.len().saturating_sub(shown.len());
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            self.page
                .item(0, [plain(format!("it has {}{more}", shown.join(", ")))]);
        }
    }

    fn rule(&mut self, rule: &RuleFinding) {
        let written = rule
            .source
            .as_ref()
            .map_or_else(|| "what Istio adds".to_owned(), written);
        let head = format!("{}{written}", named(&rule.name));
        let sign = match rule.verdict {
            Verdict::Takes => mark(true),
            Verdict::Misses => mark(false),
            Verdict::WouldTake => span(DIM, "○ "),
            Verdict::NotHere => span(DIM, "– "),
        };
        let mut line = vec![sign, plain(head)];
        line.extend(self.remark(rule).map(|remark| span(HINT, format!(": {remark}"))));
        line.push(place(rule.at.as_ref()));
        self.page.item(0, line);
        let only = rule.conditions.len() == 1;
        for condition in rule
            .conditions
            .iter()
            .filter(|condition| only || !condition.matched || !condition.is_trivial())
        {
            self.condition(condition, rule);
        }
    }

    fn remark(&self, rule: &RuleFinding) -> Option<String> {
        let winner = self
            .answer
            .rules
            .iter()
            .find(|rule| rule.verdict == Verdict::Takes);
        let winner = winner
            .and_then(|winner| winner.source.as_ref())
            .map_or("another one", |source| &source.path);
        match (rule.verdict, rule.unreachable) {
            (Verdict::WouldTake, _) => Some(format!("would also match, but {winner} comes first")),
            (Verdict::Misses, true) => Some("is never reached: a rule before it takes everything".to_owned()),
            (Verdict::NotHere, _) => Some(format!(
                "does not apply here: {}",
                rule.why.as_deref().unwrap_or_default()
            )),
            _ => None,
        }
    }

    fn condition(&mut self, condition: &ConditionFinding, rule: &RuleFinding) {
        let ConditionFinding { field, expected, .. } = condition;
        let mut line = vec![mark(condition.matched), plain(format!("{field} {expected}"))];
        if condition.matched {
            self.page.item(1, line);
            return;
        }
        let seen = match &condition.seen {
            Some(seen) => format!("{seen:?}"),
            None => "nothing".to_owned(),
        };
        line.extend([plain(", but there is "), span(BAD, seen)]);
        let line_of = |at: &Option<mainsheet_core::diagnostic::Location>| at.as_ref().map(|at| at.line);
        // The place of the rule stands above.
        let own = condition
            .at
            .as_ref()
            .filter(|_| line_of(&condition.at) != line_of(&rule.at));
        line.push(place(own));
        self.page.item(1, line);
    }

    fn near_misses(&mut self) {
        let answer = self.answer;
        let mut missed: Vec<&RuleFinding> = answer
            .rules
            .iter()
            .filter(|rule| rule.verdict == Verdict::Misses && rule.source.is_some())
            .collect();
        missed.sort_by_key(|rule| (rule.unreachable, rule.failed().count(), far(rule)));
        let fewest = missed.first().map_or(0, |rule| rule.failed().count());
        missed.retain(|rule| rule.failed().count() <= fewest.max(2));
        // Beside a slip nobody asks for what is something else.
        if missed.first().is_some_and(|rule| far(rule) == 0) {
            missed.retain(|rule| far(rule) == 0);
        }
        if missed.is_empty() {
            return;
        }
        self.page.heading("What would have matched");
        for rule in missed.into_iter().take(NEAR_MISSES) {
            let path = rule
                .source
                .as_ref()
                .map(|source| source.path.clone())
                .unwrap_or_default();
            self.page.item(0, [plain(path), place(rule.at.as_ref())]);
            for hint in rule.failed().filter_map(|condition| condition.hint.as_ref()) {
                self.page.item(1, hint_line(hint));
            }
        }
    }

    fn bystanders(&mut self) {
        let (others, told): (Vec<&Bystander>, Vec<&Bystander>) = self
            .answer
            .bystanders
            .iter()
            .partition(|bystander| bystander.reason == BystanderReason::OtherHosts);
        if told.is_empty() && others.is_empty() {
            return;
        }
        self.page.heading("Not looked at");
        for bystander in told {
            let SourceTrace {
                kind,
                namespace,
                name,
                ..
            } = &bystander.source;
            let head = format!("{kind} {namespace}/{name}: {}", bystander.why);
            self.page.item(0, [plain(head), place(bystander.at.as_ref())]);
            if let Some(help) = &bystander.help {
                self.page.item(1, [span(HINT, format!("hint: {help}"))]);
            }
        }
        let names: Vec<String> = others
            .iter()
            .take(NAMES)
            .map(|other| format!("{}/{}", other.source.namespace, other.source.name))
            .collect();
        if !names.is_empty() {
            let more = others.len().saturating_sub(names.len());
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            self.page
                .item(0, [plain(format!("for other hosts: {}{more}", names.join(", ")))]);
        }
    }

    fn timeline(&mut self) {
        if self.answer.timeline.is_empty() {
            return;
        }
        self.page.heading("What happens then");
        for step in &self.answer.timeline {
            self.page.item(
                0,
                [span(DIM, format!("{:<15}", when(step))), plain(step.text.clone())],
            );
        }
    }
}

/// How far a rule is from matching: near differences come first.
fn far(rule: &RuleFinding) -> usize {
    rule.failed()
        .filter(|condition| condition.hint.as_ref().is_none_or(|hint| !hint.code.is_near()))
        .count()
}
