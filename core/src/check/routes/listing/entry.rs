//! Match blocks, compiled once, whoever tries them.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::check::routes::language::{Automata, Text};
use crate::check::routes::region::{Condition, Dimension, conditions};
use crate::compile::compile_match;
use crate::diagnostic::DocumentId;
use crate::matcher::{PathMatcher, RepeatedHeaders};
use crate::mesh::{Mesh, Rule, Semantics, VirtualService};
use crate::report::{Field, Report, Subject};
use crate::resources::virtual_service::{HTTPMatchRequest, HTTPRoute};
use crate::table::RouteMatcher;

/// Where a block is written: document, rule, and its number in that rule unless the rule has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::check::routes) struct Place {
    pub(in crate::check::routes) document: DocumentId,
    pub(in crate::check::routes) rule: usize,
    pub(in crate::check::routes) block: Option<usize>,
}

impl Place {
    /// `spec.http[1]`.
    pub(in crate::check::routes) fn rule_path(&self) -> String {
        format!("spec.http[{}]", self.rule)
    }

    /// `spec.http[1].match[0]`, or the rule where that has no blocks.
    pub(in crate::check::routes) fn path(&self) -> String {
        let rule = self.rule_path();
        match self.block {
            Some(block) => format!("{rule}.match[{block}]"),
            None => rule,
        }
    }

    /// Whether both are blocks of one rule.
    pub(in crate::check::routes) fn is_of_same_rule(&self, other: &Self) -> bool {
        (self.document, self.rule) == (other.document, other.rule)
    }
}

/// A match block.
#[derive(Debug)]
pub(in crate::check::routes) struct Entry {
    pub(in crate::check::routes) place: Place,
    /// The resource it is written in.
    pub(in crate::check::routes) subject: Subject,
    pub(in crate::check::routes) semantics: Semantics,
    /// What it asks of the proxy. A rule without blocks asks nothing.
    pub(in crate::check::routes) block: HTTPMatchRequest,
    /// What it asks of the request.
    pub(in crate::check::routes) matcher: RouteMatcher,
    /// The same, for questions about all requests.
    pub(in crate::check::routes) conditions: Vec<Condition>,
    /// The rule that it belongs to.
    pub(in crate::check::routes) rule: (usize, usize),
}

/// The blocks of all VirtualServices, by the number of the VirtualService.
#[derive(Debug)]
pub(in crate::check::routes) struct Arena<'m> {
    pub(in crate::check::routes) mesh: &'m Mesh,
    entries: Vec<Vec<Entry>>,
    /// How many blocks each rule has, those that do not compile among them.
    blocks: BTreeMap<(DocumentId, usize), BTreeSet<Option<usize>>>,
}

impl<'m> Arena<'m> {
    pub(in crate::check::routes) fn new(mesh: &'m Mesh, automata: &mut Automata) -> Self {
        let services = mesh.virtual_services.iter().enumerate();
        let mut blocks: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for rule in mesh.virtual_services.iter().flat_map(|service| &service.http) {
            let own = blocks.entry((rule.subject.document, rule.index)).or_default();
            own.extend(rule.blocks.iter().copied());
            if rule.blocks.is_empty() {
                own.insert(None);
            }
        }
        Self {
            mesh,
            blocks,
            entries: services
                .map(|(number, service)| entries(number, service, automata))
                .collect(),
        }
    }

    /// The blocks of a VirtualService. One that does not compile is left out.
    pub(in crate::check::routes) fn of(&self, service: usize) -> &[Entry] {
        self.entries.get(service).map_or(&[], Vec::as_slice)
    }

    /// How many blocks are written in the rule of a place, counting a rule without any as one.
    pub(in crate::check::routes) fn blocks(&self, place: &Place) -> usize {
        let own = self.blocks.get(&(place.document, place.rule));
        own.map_or(0, BTreeSet::len)
    }

    /// The rule that a block belongs to, names made full.
    pub(in crate::check::routes) fn route(&self, entry: &Entry) -> Option<&'m HTTPRoute> {
        let service = self.mesh.virtual_services.get(entry.rule.0)?;
        service.http.get(entry.rule.1).map(|rule| &rule.route)
    }
}

impl Entry {
    /// Its path condition, or what is an index for one that is a regex: the prefix of everything that it matches.
    pub(super) fn path_beginning(&self) -> PathMatcher {
        let path = self
            .conditions
            .iter()
            .find(|condition| condition.dimension == Dimension::Path);
        match path.map(|condition| &condition.text) {
            Some(Text::Regex(automaton)) => PathMatcher::Prefix {
                prefix: automaton.prefix().into(),
                ignore_case: false,
            },
            Some(Text::Unknown) => PathMatcher::Prefix {
                prefix: "".into(),
                ignore_case: false,
            },
            _ => self.matcher.path.clone(),
        }
    }
}

fn entries(number: usize, service: &VirtualService, automata: &mut Automata) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (position, rule) in service.http.iter().enumerate() {
        let rule_number = (number, position);
        if rule.route.matches.is_empty() {
            let whole = HTTPMatchRequest::default();
            entries.push(entry(
                rule,
                rule_number,
                None,
                whole,
                RouteMatcher::any(),
                automata,
            ));
        }
        for (block, written) in rule.route.matches.iter().zip(&rule.blocks) {
            if let Some(matcher) = matcher(rule, block) {
                entries.push(entry(
                    rule,
                    rule_number,
                    *written,
                    block.clone(),
                    matcher,
                    automata,
                ));
            }
        }
    }
    entries
}

fn matcher(rule: &Rule, block: &HTTPMatchRequest) -> Option<RouteMatcher> {
    let (repeated, mut report) = (RepeatedHeaders::default(), Report::default());
    let matcher = compile_match(block, repeated, &rule.subject, &Field::SPEC, &mut report)?;
    Some(rule.semantics.refine(matcher))
}

fn entry(
    rule: &Rule,
    number: (usize, usize),
    written: Option<usize>,
    block: HTTPMatchRequest,
    matcher: RouteMatcher,
    automata: &mut Automata,
) -> Entry {
    Entry {
        place: Place {
            document: rule.subject.document,
            rule: rule.index,
            block: written,
        },
        subject: rule.subject.clone(),
        semantics: rule.semantics,
        block,
        conditions: conditions(&matcher, automata),
        matcher,
        rule: number,
    }
}
