//! A counter for each rule, and a histogram of how long its requests take where that is asked for.

use std::collections::BTreeMap;
use std::time::Duration;

use mainsheet_core::decision::Decision;
use mainsheet_core::table::{Route, RouteSource, RouteTable};

use crate::host::{self, HostError, MetricKind};
use crate::metrics::Counter;

/// Rules beyond these are counted together: every metric is memory in Envoy, and a row in what is scraped.
const MOST_RULES: usize = 500;
/// Under which name they are.
const OTHERS: &str = "resource.others.rule.0";

/// Metrics of rules, found by the route that a decision names.
pub(crate) struct RuleMetrics {
    /// Where a route is, and which rule it is of; sorted. Routes stay where they are as long as their table.
    places: Vec<(usize, usize)>,
    requests: Vec<Counter>,
    /// Empty where nothing is measured.
    durations: Vec<Option<u32>>,
}

impl RuleMetrics {
    /// Defines the metrics of each rule of a table.
    pub(crate) fn define(table: &RouteTable, durations: bool) -> Self {
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
        let measured = names.iter().filter(|_| durations);
        Self {
            places,
            requests: names.iter().map(|name| counter(name)).collect(),
            durations: measured.map(|name| histogram(name)).collect(),
        }
    }

    /// Counts a request for the rule that has decided it. Gives that rule where its requests are measured.
    pub(crate) fn count(&self, decision: &Decision<'_>) -> Option<usize> {
        let route = place(decision.route?);
        let found = self.places.binary_search_by_key(&route, |(place, _)| *place);
        let (_, rule) = *self.places.get(found.ok()?)?;
        self.requests.get(rule)?.add();
        (rule < self.durations.len()).then_some(rule)
    }

    /// Notes how long a request of a rule took, in milliseconds.
    ///
    /// # Errors
    /// When the host does not take it.
    pub(crate) fn measure(&self, rule: usize, duration: Duration) -> Result<(), HostError> {
        match self.durations.get(rule) {
            Some(Some(metric)) => {
                host::record(*metric, u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
            }
            _ => Ok(()),
        }
    }

    /// Writes out what has been counted.
    pub(crate) fn flush(&self) {
        self.requests.iter().for_each(Counter::flush);
    }
}

fn counter(rule: &str) -> Counter {
    Counter::define(&format!("mainsheet.rule.requests.{rule}"))
}

fn histogram(rule: &str) -> Option<u32> {
    let name = format!("mainsheet.rule.duration_ms.{rule}");
    host::define_metric(MetricKind::Histogram, &name).ok()
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
        "resource.{}/{}/{}.rule.{}",
        resource.kind, resource.namespace, resource.name, rule.rule
    )
}
