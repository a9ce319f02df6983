//! Rules and match blocks that no request reaches, because earlier ones take all of their requests.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::listing::{Arena, Entry, Place};
use super::search::Taken;
use super::survey::{Seen, Status, Survey, by_rule};
use super::trial::Trials;
use crate::diagnostic::{Diagnostic, Severity};

/// A whole rule is unreachable.
pub(super) const RULE: &str = "unreachable-rule";
/// One of several blocks is.
pub(super) const MATCH: &str = "unreachable-match";

/// Places that are named at most; a longer list helps nobody.
const NAMED: usize = 8;

/// What is unreachable: where, and what takes its requests.
struct Unreachable<'f, 'e> {
    entry: &'e Entry,
    is_rule: bool,
    seen: &'f Seen,
    taken: &'f Taken<'e>,
    /// The earlier blocks, those of the same rule left out where the whole rule is meant.
    by: Vec<&'e Entry>,
}

/// One finding for each unreachable rule, else for each unreachable block.
pub(super) fn findings(arena: &Arena<'_>, survey: &Survey<'_>, trials: &mut Trials<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for rule in by_rule(&survey.places) {
        let Some((first, _)) = rule.first() else { continue };
        let all_known = rule.len() == arena.blocks(first);
        let whole = all_known && rule.iter().all(|(_, status)| status.is_unreachable());
        if whole {
            findings.extend(of_rule(&rule).map(|found| found.diagnostic(arena, trials)));
        } else {
            let blocks = rule.iter().filter_map(|(_, status)| of_block(status));
            findings.extend(blocks.map(|found| found.diagnostic(arena, trials)));
        }
    }
    findings
}

fn of_rule<'f, 'e>(rule: &[(&Place, &'f Status<'e>)]) -> Option<Unreachable<'f, 'e>> {
    let taken: Vec<_> = rule
        .iter()
        .filter_map(|(_, status)| status.taken.as_ref())
        .collect();
    let (entry, seen, first) = taken.first()?;
    let mut by: Vec<&Entry> = Vec::new();
    for earlier in taken.iter().flat_map(|(_, _, taken)| &taken.by) {
        let is_new = by.iter().all(|known| known.place != earlier.place);
        if is_new && !earlier.place.is_of_same_rule(&entry.place) {
            by.push(earlier);
        }
    }
    Some(Unreachable {
        entry,
        is_rule: true,
        seen,
        taken: first,
        by,
    })
}

fn of_block<'f, 'e>(status: &'f Status<'e>) -> Option<Unreachable<'f, 'e>> {
    let (entry, seen, taken) = status.taken.as_ref().filter(|_| status.is_unreachable())?;
    Some(Unreachable {
        entry,
        is_rule: entry.place.block.is_none(),
        seen,
        taken,
        by: taken.by.clone(),
    })
}

impl Unreachable<'_, '_> {
    fn diagnostic(&self, arena: &Arena<'_>, trials: &mut Trials<'_>) -> Diagnostic {
        let subject = &self.entry.subject;
        let (code, alias) = if self.is_rule {
            (RULE, "IST0130")
        } else {
            (MATCH, "IST0131")
        };
        let severity = if self.is_repeated() {
            Severity::Info
        } else {
            Severity::Warning
        };
        let place = self.entry.place;
        let path = if self.is_rule {
            place.rule_path()
        } else {
            place.path()
        };
        let mut found = Diagnostic::new(severity, code, self.message())
            .at(path)
            .about(subject.resource.clone(), subject.document)
            .alias(alias)
            .help(self.help());
        let seen = (&self.seen.0, &self.seen.1);
        let winner = self.taken.winner;
        let outcome = trials.send(arena, seen, &self.taken.sample, self.entry, winner);
        let witness = outcome.filter(|outcome| outcome.taken && outcome.satisfies);
        for earlier in self.by.iter().take(NAMED) {
            let shown = witness.is_some() && earlier.place == winner.place;
            found = found.related(earlier.place.document, earlier.place.path(), self.role(shown));
        }
        if let Some(outcome) = witness {
            if self
                .by
                .iter()
                .take(NAMED)
                .all(|earlier| earlier.place != winner.place)
            {
                let message = "takes the request that is shown";
                found = found.related(winner.place.document, winner.place.path(), message);
            }
            found = found.witness(outcome.curl);
        }
        found
    }

    /// Whether the rule matches these requests anyway.
    fn is_repeated(&self) -> bool {
        let mut by = self.by.iter();
        !self.is_rule && by.all(|earlier| earlier.place.is_of_same_rule(&self.entry.place))
    }

    fn message(&self) -> String {
        let what = if self.is_rule { "rule" } else { "match" };
        let names: Vec<String> = self
            .by
            .iter()
            .take(NAMED)
            .map(|earlier| self.name(earlier))
            .collect();
        let more = self.by.len().saturating_sub(NAMED);
        match (names.as_slice(), more) {
            ([], _) => format!("no request reaches this {what}"),
            ([one], 0) => format!("no request reaches this {what}: {one} takes all of them"),
            (names, 0) => format!(
                "no request reaches this {what}: {} together take all of them",
                joined(names)
            ),
            (names, more) => format!(
                "no request reaches this {what}: {} and {more} more together take all of them",
                names.join(", ")
            ),
        }
    }

    /// A block as it is named from here.
    fn name(&self, earlier: &Entry) -> String {
        let path = earlier.place.path();
        if earlier.place.document == self.entry.place.document {
            path
        } else {
            format!("{} {path}", earlier.subject.resource)
        }
    }

    fn role(&self, shown: bool) -> &'static str {
        match (self.by.len(), shown) {
            (1, false) => "takes all of its requests",
            (1, true) => "takes all of its requests, as the one that is shown",
            (_, false) => "takes a part of its requests",
            (_, true) => "takes a part of its requests, as the one that is shown",
        }
    }

    fn help(&self) -> String {
        let other = self
            .by
            .iter()
            .find(|earlier| earlier.place.document != self.entry.place.document);
        match (self.by.as_slice(), other) {
            _ if self.is_repeated() => "remove it: the rule takes these requests without it".into(),
            ([_], None) if self.taken.same => "remove one of the two: they ask for the same".into(),
            (_, Some(other)) => format!(
                "rules of the older VirtualService come first: narrow those of {}, or put all rules of the host \
                 into one VirtualService, this one first",
                other.subject.resource
            ),
            ([one], None) => format!("move it before {}, or remove it", one.place.rule_path()),
            (_, None) => "move it before them, or remove it".to_string(),
        }
    }
}

/// `a, b and c`.
fn joined(names: &[String]) -> String {
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}
