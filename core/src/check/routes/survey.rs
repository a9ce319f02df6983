//! All match blocks put to all who try them.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::ptr;

use super::language::{Automata, Text, Universe, of_hosts};
use super::limits::Limits;
use super::listing::{Arena, Entry, Listing, Pass, Place, View, passes, views};
use super::region::Dimension;
use super::search::{Scene, Search, Taken, Verdict};
use super::sibling::Siblings;
use super::trial::concrete;
use crate::mesh::{Semantics, VirtualService};

/// Who tries a block.
pub(super) type Seen = Rc<(View, Pass)>;

/// What is known of the blocks at one place: a delegate's block can be in several VirtualServices.
#[derive(Debug, Default)]
pub(super) struct Status<'e> {
    /// Who reaches it.
    pub(super) reached: Option<(&'e Entry, Seen)>,
    /// Earlier blocks take everything, for all who try it.
    pub(super) taken: Option<(&'e Entry, Seen, Taken<'e>)>,
    /// Its conditions exclude each other.
    pub(super) never: Option<(&'e Entry, Dimension)>,
    /// A limit was reached.
    pub(super) unknown: bool,
}

impl Status<'_> {
    /// Whether it is proven that no request reaches it.
    pub(super) fn is_unreachable(&self) -> bool {
        self.reached.is_none() && !self.unknown && (self.taken.is_some() || self.never.is_some())
    }
}

/// What the search has found.
#[derive(Debug, Default)]
pub(super) struct Survey<'e> {
    pub(super) places: BTreeMap<Place, Status<'e>>,
    pub(super) siblings: Siblings<'e>,
}

impl<'e> Survey<'e> {
    /// Searches all views.
    pub(super) fn new(
        arena: &'e Arena<'_>,
        automata: &mut Automata,
        universe: &Universe,
        limits: Limits,
    ) -> Self {
        let mut survey = Self::default();
        let mut search = Search::new(universe, limits);
        for view in views(arena) {
            let authority = authorities(&view, automata);
            survey.look(arena, &view, authority.as_ref(), &mut search);
        }
        survey
    }

    fn look(&mut self, arena: &'e Arena<'_>, view: &View, authority: Option<&Text>, search: &mut Search<'_>) {
        let host = usual_authority(arena, view);
        for (pass, targets) in self.targets(arena, view) {
            let listing = Listing::new(arena, view, &pass);
            self.siblings.look(&listing, arena, search.universe());
            let port = pass.port.and_then(|port| u16::try_from(port).ok());
            let scene = Scene {
                listing: &listing,
                authority,
                host: &host,
                port: port.or_else(|| view.ports.first().copied()).unwrap_or(80),
            };
            let seen = Rc::new((view.clone(), pass));
            let is_target = |entry: &Entry| targets.contains(&ptr::from_ref(entry).addr());
            for (position, entry) in listing.entries().iter().enumerate() {
                if is_target(entry) {
                    let verdict = search.verdict(&scene, position);
                    self.note(entry, &seen, verdict);
                }
            }
            for (entry, whole) in listing.hidden() {
                if is_target(entry) {
                    let verdict = search.hidden(&scene, entry, whole);
                    self.note(entry, &seen, verdict);
                }
            }
        }
    }

    /// The blocks that are not known to be reached, by who would most likely reach them.
    fn targets(&self, arena: &'e Arena<'_>, view: &View) -> BTreeMap<Pass, BTreeSet<usize>> {
        let mut targets: BTreeMap<Pass, BTreeSet<usize>> = BTreeMap::new();
        let entries = view.sources.iter().flat_map(|source| arena.of(*source));
        for entry in entries.filter(|entry| entry.semantics == Semantics::Istio) {
            let known = self.places.get(&entry.place);
            if known.is_some_and(|status| status.reached.is_some()) {
                continue;
            }
            for pass in passes(entry, view) {
                targets
                    .entry(pass)
                    .or_default()
                    .insert(ptr::from_ref(entry).addr());
            }
        }
        targets
    }

    fn note(&mut self, entry: &'e Entry, seen: &Seen, verdict: Verdict<'e>) {
        let status = self.places.entry(entry.place).or_default();
        match verdict {
            Verdict::Reached => status.reached = Some((entry, seen.clone())),
            Verdict::Unknown => status.unknown = true,
            Verdict::Taken(taken) => {
                status.taken.get_or_insert((entry, seen.clone(), taken));
            }
            Verdict::Never(dimension) => {
                status.never.get_or_insert((entry, dimension));
            }
        }
    }
}

/// The authorities that lead to a virtual host; `None` where all may.
pub(super) fn authorities(view: &View, automata: &mut Automata) -> Option<Text> {
    let hosts = view.hosts.iter().map(String::as_str);
    (!view.hosts.is_empty()).then(|| of_hosts(hosts, automata))
}

/// The authority by which people call the host: the short name of a service in its own namespace.
pub(super) fn usual_authority(arena: &Arena<'_>, view: &View) -> String {
    let first = view.sources.first();
    let service = first.and_then(|source| arena.mesh.virtual_services.get(*source));
    match (view.hosts.as_slice(), service) {
        ([host], _) => concrete(host),
        (_, Some(service)) => service_authority(service, &arena.mesh.config.domain),
        (_, None) => String::new(),
    }
}

fn service_authority(service: &VirtualService, domain: &str) -> String {
    let host = service
        .hosts
        .first()
        .map(|host| concrete(host))
        .unwrap_or_default();
    let suffix = alloc::format!(".{}.svc.{domain}", service.namespace());
    match host.strip_suffix(&suffix) {
        Some(short) if !short.contains('.') => short.into(),
        _ => host,
    }
}

/// Blocks in the order of their places, by rule.
pub(super) fn by_rule<'p, 'e>(
    places: &'p BTreeMap<Place, Status<'e>>,
) -> Vec<Vec<(&'p Place, &'p Status<'e>)>> {
    let mut rules: Vec<Vec<(&Place, &Status<'_>)>> = Vec::new();
    for (place, status) in places {
        match rules.last_mut() {
            Some(rule)
                if rule
                    .first()
                    .is_some_and(|(first, _)| first.is_of_same_rule(place)) =>
            {
                rule.push((place, status));
            }
            _ => rules.push(Vec::from([(place, status)])),
        }
    }
    rules
}
