//! A counter for each rule.

use std::collections::BTreeMap;

use mainsheet_core::decision::Decision;
use mainsheet_core::table::{Route, RouteSource, RouteTable};

use crate::metrics::Counter;

/// Rules beyond these are counted together: every counter is memory in Envoy, and a row in what is scraped.
const MOST_RULES: usize = 500;
/// Under which name they are.
const OTHERS: &str = "mainsheet.rule.requests.resource.others.rule.0";

/// Counters of rules, found by the route that a decision names.
pub(crate) struct RuleCounters {
    /// Where a route is, and which counter it has; sorted. Routes stay where they are as long as their table.
    places: Vec<(usize, usize)>,
    counters: Vec<Counter>,
}

impl RuleCounters {
    /// Defines a counter for each rule of a table.
    pub(crate) fn define(table: &RouteTable) -> Self {
        let mut rules = BTreeMap::new();
        let mut names = Vec::new();
        let mut places = Vec::new();
        for route in table.routes() {
            let Some(source) = &route.source else { continue };
            let rule = *rules.entry(key(source)).or_insert_with(|| {
                names.push(name(source));
                names.len() - 1
            });
            places.push((place(route), rule.min(MOST_RULES)));
        }
        places.sort_unstable();
        if names.len() > MOST_RULES {
            names.truncate(MOST_RULES);
            names.push(OTHERS.to_owned());
        }
        Self {
            counters: names.iter().map(|name| Counter::define(name)).collect(),
            places,
        }
    }

    /// Counts a request for the rule that has decided it.
    pub(crate) fn count(&self, decision: &Decision<'_>) {
        let Some(route) = decision.route else { return };
        let found = self
            .places
            .binary_search_by_key(&place(route), |(place, _)| *place);
        let counter = found
            .ok()
            .and_then(|index| self.counters.get(self.places.get(index)?.1));
        if let Some(counter) = counter {
            counter.add();
        }
    }

    /// Writes out what has been gathered.
    pub(crate) fn flush(&self) {
        self.counters.iter().for_each(Counter::flush);
    }
}

fn place(route: &Route) -> usize {
    core::ptr::from_ref(route).addr()
}

/// A rule has a route for each of its match blocks, wherever it applies.
fn key(source: &RouteSource) -> (&str, &str, &str, usize) {
    let resource = &source.resource;
    (&resource.kind, &resource.namespace, &resource.name, source.rule)
}

/// Envoy's tags are cut out of it, see `stats_config` in the export.
fn name(rule: &RouteSource) -> String {
    let resource = &rule.resource;
    format!(
        "mainsheet.rule.requests.resource.{}/{}/{}.rule.{}",
        resource.kind, resource.namespace, resource.name, rule.rule
    )
}
