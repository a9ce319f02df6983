//! Which rules, matches and destinations of VirtualServices the tests have asked for.

use std::collections::BTreeMap;

use mainsheet_core::diagnostic::Location;
use mainsheet_core::resources::virtual_service::HTTPRoute;
use mainsheet_core::trace::SourceTrace;
use mainsheet_core::view::DecisionView;
use mainsheet_core::yaml::Loaded;
use serde::Serialize;

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum What {
    /// An element of `spec.http`.
    Rule,
    /// An element of its `match`.
    Match,
    /// An element of its `route`.
    Destination,
}

/// One of them.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Item {
    /// What it is.
    pub(super) what: What,
    /// `namespace/name` of the VirtualService, and the field.
    pub(super) name: String,
    /// Where it is written.
    pub(super) location: Option<Location>,
    /// Whether a case has come there.
    pub(super) covered: bool,
}

/// Everything that can be asked for.
#[derive(Default)]
pub(super) struct Coverage {
    /// By the place of the VirtualService and the field: several test files may load one file.
    items: BTreeMap<(Option<Location>, String, Vec<usize>), Item>,
}

/// What one case has asked for.
#[derive(Default)]
pub(super) struct Hits {
    source: Option<SourceTrace>,
    /// Which destinations, counted without those of weight 0; `None` is all.
    destination: Option<usize>,
}

impl Hits {
    /// What a decision has come to; `all` where its shares were checked.
    pub(super) fn of(view: &DecisionView, all: bool) -> Self {
        Self {
            source: view
                .source
                .clone()
                .filter(|source| source.kind == "VirtualService"),
            destination: view.chosen.filter(|_| !all),
        }
    }
}

impl Coverage {
    /// Adds the rules of one test file.
    pub(super) fn add_rules(&mut self, loaded: &Loaded) {
        for object in &loaded.bundle.virtual_services {
            let service = format!("{}/{}", object.metadata.namespace, object.metadata.name);
            let base = loaded.sources.locate(object.document, "");
            for (index, rule) in object.spec.http.iter().enumerate() {
                // The rules of the delegate count in its place.
                if rule.delegate.is_some() {
                    continue;
                }
                for (what, path, order) in parts(rule, index) {
                    let location = loaded.sources.locate(object.document, &path);
                    let key = (base.clone(), service.clone(), order);
                    self.items.entry(key).or_insert_with(|| Item {
                        what,
                        name: format!("{service} {path}"),
                        location,
                        covered: false,
                    });
                }
            }
        }
    }

    /// Notes what a case has asked for.
    pub(super) fn add_hits(&mut self, loaded: &Loaded, hits: &Hits) {
        let Some(source) = &hits.source else { return };
        let mut objects = loaded.bundle.virtual_services.iter();
        let object = objects.find(|object| {
            object.metadata.namespace == source.namespace && object.metadata.name == source.name
        });
        let Some(object) = object else { return };
        let base = loaded.sources.locate(object.document, "");
        let service = format!("{}/{}", source.namespace, source.name);
        let (rule, block) = indexes(&source.path);
        let Some((index, written)) = rule.and_then(|index| Some((index, object.spec.http.get(index)?)))
        else {
            return;
        };
        let mut orders = vec![vec![index]];
        orders.extend(block.map(|block| vec![index, 0, block]));
        let mut destinations = drawable(written);
        match hits.destination {
            Some(chosen) => orders.extend(destinations.nth(chosen).map(|number| vec![index, 1, number])),
            None => orders.extend(destinations.map(|number| vec![index, 1, number])),
        }
        for order in orders {
            if let Some(item) = self.items.get_mut(&(base.clone(), service.clone(), order)) {
                item.covered = true;
            }
        }
    }

    /// Everything, in the order of the files.
    pub(super) fn items(&self) -> impl Iterator<Item = &Item> {
        self.items.values()
    }

    /// How many there are of a kind, and how many were asked for.
    pub(super) fn count(&self, what: What) -> (usize, usize) {
        let of_kind = || self.items().filter(|item| item.what == what);
        (of_kind().filter(|item| item.covered).count(), of_kind().count())
    }

    /// The share of all that was asked for; all of nothing is everything.
    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    pub(super) fn percent(&self) -> f64 {
        let covered = self.items().filter(|item| item.covered).count();
        match self.items.len() {
            0 => 100.0,
            all => covered as f64 * 100.0 / all as f64,
        }
    }
}

/// A rule and its parts, each with its path and with what orders them.
fn parts(rule: &HTTPRoute, index: usize) -> Vec<(What, String, Vec<usize>)> {
    let base = format!("spec.http[{index}]");
    let mut parts = vec![(What::Rule, base.clone(), vec![index])];
    parts.extend((0..rule.matches.len()).map(|block| {
        (
            What::Match,
            format!("{base}.match[{block}]"),
            vec![index, 0, block],
        )
    }));
    parts.extend(drawable(rule).map(|number| {
        (
            What::Destination,
            format!("{base}.route[{number}]"),
            vec![index, 1, number],
        )
    }));
    parts
}

/// The destinations that can be drawn: of several, those of weight 0 cannot.
fn drawable(rule: &HTTPRoute) -> impl Iterator<Item = usize> + '_ {
    let only = rule.route.len() == 1;
    let forwards = rule.redirect.is_none() && rule.direct_response.is_none();
    let destinations = rule.route.iter().enumerate();
    destinations
        .filter(move |(_, destination)| forwards && (only || destination.weight > 0))
        .map(|(number, _)| number)
}

/// The numbers in `spec.http[1].match[2]`.
fn indexes(path: &str) -> (Option<usize>, Option<usize>) {
    let mut numbers = path
        .split('[')
        .skip(1)
        .filter_map(|part| part.split(']').next()?.parse().ok());
    (numbers.next(), numbers.next())
}
