//! Counters, gathered here and written to the host now and then: a request costs no host call for them.

use std::cell::Cell;
use std::time::Duration;

use mainsheet_core::decision::{Decision, Outcome};
use mainsheet_core::table::{ConnectionOutcome, RouteTable};

use crate::host::{self, HostError, MetricKind};
use crate::rules::RuleMetrics;

/// One counter.
pub(crate) struct Counter {
    id: Option<u32>,
    pending: Cell<u64>,
}

impl Counter {
    pub(crate) fn define(name: &str) -> Self {
        Self {
            id: host::define_metric(MetricKind::Counter, name).ok(),
            pending: Cell::new(0),
        }
    }

    pub(crate) fn add(&self) {
        self.pending.set(self.pending.get().saturating_add(1));
    }

    pub(crate) fn flush(&self) {
        let pending = self.pending.take();
        if let Some(id) = self.id.filter(|_| pending > 0)
            && host::increment(id, pending).is_err()
        {
            self.pending.set(pending);
        }
    }
}

/// What the filter counts. Envoy shows them as `wasmcustom.mainsheet.…`.
pub(crate) struct Metrics {
    forwarded: Counter,
    answered: Counter,
    redirected: Counter,
    unrouted: Counter,
    pub(crate) left: Counter,
    delayed: Counter,
    aborted: Counter,
    connected: Counter,
    unconnected: Counter,
    pub(crate) host_errors: Counter,
    rules: RuleMetrics,
}

impl Metrics {
    /// Defines all of them, durations only where they are asked for.
    pub(crate) fn define(table: &RouteTable, durations: bool) -> Self {
        Self {
            forwarded: Counter::define("mainsheet.requests.forwarded"),
            answered: Counter::define("mainsheet.requests.answered"),
            redirected: Counter::define("mainsheet.requests.redirected"),
            unrouted: Counter::define("mainsheet.requests.unrouted"),
            left: Counter::define("mainsheet.requests.left"),
            delayed: Counter::define("mainsheet.faults.delayed"),
            aborted: Counter::define("mainsheet.faults.aborted"),
            connected: Counter::define("mainsheet.connections.forwarded"),
            unconnected: Counter::define("mainsheet.connections.unrouted"),
            host_errors: Counter::define("mainsheet.host_errors"),
            rules: RuleMetrics::define(table, durations),
        }
    }

    /// Counts what became of a request. Gives the rule whose requests are to be measured.
    pub(crate) fn count(&self, decision: &Decision<'_>) -> Option<usize> {
        self.count_outcome(decision);
        self.rules.count(decision)
    }

    /// Notes how long a request took.
    ///
    /// # Errors
    /// When the host does not take it.
    pub(crate) fn measure(&self, rule: usize, duration: Duration) -> Result<(), HostError> {
        self.rules.measure(rule, duration)
    }

    fn count_outcome(&self, decision: &Decision<'_>) {
        match &decision.outcome {
            Outcome::Forward(forward) => {
                self.forwarded.add();
                if forward.delay.is_some() {
                    self.delayed.add();
                }
                if forward.abort.is_some() {
                    self.aborted.add();
                }
            }
            Outcome::Passthrough => self.forwarded.add(),
            Outcome::Preflight(preflight) => {
                self.answered.add();
                if preflight.delay.is_some() {
                    self.delayed.add();
                }
            }
            Outcome::Respond(_) | Outcome::Blackhole => self.answered.add(),
            Outcome::Redirect(..) | Outcome::HttpsRedirect => self.redirected.add(),
            Outcome::NoVirtualHost | Outcome::NoRoute | Outcome::NoListener => self.unrouted.add(),
        }
    }

    /// Counts what became of a connection.
    pub(crate) fn count_connection(&self, outcome: &ConnectionOutcome<'_>) {
        match outcome {
            ConnectionOutcome::Forward(_) | ConnectionOutcome::Passthrough => self.connected.add(),
            ConnectionOutcome::Blackhole | ConnectionOutcome::NoListener => self.unconnected.add(),
        }
    }

    /// Writes out what has been gathered.
    pub(crate) fn flush(&self) {
        let requests = [
            &self.forwarded,
            &self.answered,
            &self.redirected,
            &self.unrouted,
            &self.left,
        ];
        let others = [&self.delayed, &self.aborted, &self.host_errors];
        let connections = [&self.connected, &self.unconnected];
        let all = requests.into_iter().chain(others).chain(connections);
        all.for_each(Counter::flush);
        self.rules.flush();
    }
}
