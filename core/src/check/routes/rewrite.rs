//! Prefixes and what takes their place, where the slashes between them and the rest come out wrong.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::language::{Automata, Text, Universe};
use super::limits::Limits;
use super::listing::{Arena, Entry};
use super::region::{Condition, Dimension, Region, Space};
use super::survey::{Seen, Survey, authorities, usual_authority};
use super::trial::{Outcome, Trials};
use crate::diagnostic::Diagnostic;
use crate::matcher::PathMatcher;

/// What clients ask for behind the prefix.
const REST: &str = "x";

/// How the slashes are wrong.
enum Wrong {
    /// `/api` and `/`: `/api/x` becomes `//x`.
    Double,
    /// `/api/` and `/v2`: `/api/x` becomes `/v2x`.
    Glued,
}

/// One finding for each rule, shown by a request that has been decided.
pub(super) fn findings(
    arena: &Arena<'_>,
    survey: &Survey<'_>,
    trials: &mut Trials<'_>,
    automata: &mut Automata,
    universe: &Universe,
) -> Vec<Diagnostic> {
    let (mut findings, mut known) = (Vec::new(), BTreeSet::new());
    let reached = survey
        .places
        .values()
        .filter_map(|status| status.reached.as_ref());
    for (entry, seen) in reached {
        let rewrite = arena.route(entry).and_then(|route| route.rewrite.as_ref());
        let (Some(rewrite), PathMatcher::Prefix { prefix, .. }) = (rewrite, &entry.matcher.path) else {
            continue;
        };
        let Some(wrong) = Wrong::of(prefix, &rewrite.uri) else {
            continue;
        };
        let rule = (entry.place.document, entry.place.rule);
        if known.contains(&rule) {
            continue;
        }
        let target = wrong.request(prefix);
        let outcome = send(arena, (entry, seen), &target, trials, automata, universe);
        let outcome = outcome.filter(|outcome| wrong.is_seen(outcome, &rewrite.uri));
        if let Some((path, curl)) = outcome.and_then(|outcome| Some((outcome.path?, outcome.curl))) {
            known.insert(rule);
            let found = wrong.diagnostic(entry, prefix, &rewrite.uri, &format!("{target} becomes {path}"));
            findings.push(found.witness(curl));
        }
    }
    findings
}

/// Sends a request for a path that satisfies the block otherwise.
fn send(
    arena: &Arena<'_>,
    (entry, seen): (&Entry, &Seen),
    path: &str,
    trials: &mut Trials<'_>,
    automata: &mut Automata,
    universe: &Universe,
) -> Option<Outcome> {
    let (view, pass) = (&seen.0, &seen.1);
    let authority = authorities(view, automata);
    let host = usual_authority(arena, view);
    let space = Space {
        universe,
        authority: authority.as_ref(),
        host: &host,
        states: Limits::default().states,
    };
    let asked = Condition {
        dimension: Dimension::Path,
        text: Text::exact(path),
        invert: false,
        missing_is_empty: false,
        field: ("uri", None),
    };
    let sample = Region::of(&entry.conditions)
        .and(&asked, true)
        .sample(&space)
        .ok()?;
    let outcome = trials.send(arena, (view, pass), &sample, entry, entry)?;
    Some(outcome).filter(|outcome| outcome.taken && outcome.satisfies)
}

impl Wrong {
    fn of(prefix: &str, replacement: &str) -> Option<Self> {
        if prefix.is_empty() || replacement.is_empty() {
            return None;
        }
        match (prefix.ends_with('/'), replacement.ends_with('/')) {
            (false, true) => Some(Self::Double),
            (true, false) => Some(Self::Glued),
            _ => None,
        }
    }

    /// A path that clients ask for.
    fn request(&self, prefix: &str) -> String {
        match self {
            Self::Double => format!("{prefix}/{REST}"),
            Self::Glued => format!("{prefix}{REST}"),
        }
    }

    fn is_seen(&self, outcome: &Outcome, replacement: &str) -> bool {
        let path = outcome.path.as_deref().unwrap_or_default();
        let rest = path.strip_prefix(replacement);
        match self {
            Self::Double => rest.is_some_and(|rest| rest.starts_with('/')),
            Self::Glued => rest.is_some_and(|rest| rest.starts_with(REST)),
        }
    }

    fn diagnostic(&self, entry: &Entry, prefix: &str, replacement: &str, shown: &str) -> Diagnostic {
        let message = match self {
            Self::Double => format!("the rest of the path begins with / behind {replacement}: {shown}"),
            Self::Glued => format!("there is no / between {replacement} and the rest of the path: {shown}"),
        };
        let help = match (self, replacement.trim_end_matches('/')) {
            (Self::Double, "") => format!(
                "match prefix: {prefix}/ for what is below it, and before that exact: {prefix} in a match of its own"
            ),
            (Self::Double, shorter) => format!("write uri: {shorter}"),
            (Self::Glued, _) => format!("write uri: {replacement}/"),
        };
        Diagnostic::warning("rewrite-double-slash", message)
            .at(format!("{}.rewrite.uri", entry.place.rule_path()))
            .about(entry.subject.resource.clone(), entry.subject.document)
            .help(help)
    }
}
