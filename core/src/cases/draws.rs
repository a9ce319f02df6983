//! Shares as they are drawn.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::compare::{Difference, Differences};
use super::model::{Draws, Expect};
use super::names::{Cluster, Names, words};
use crate::view::DecisionView;

/// What was drawn for one request, sent again and again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// How often.
    pub count: u64,
    /// How often each cluster.
    pub clusters: BTreeMap<String, u64>,
    /// How often a delay.
    pub delayed: u64,
    /// How often an abort.
    pub aborted: u64,
}

impl Drawn {
    /// Counts one more.
    pub fn add(&mut self, decision: &DecisionView) {
        self.count += 1;
        self.delayed += u64::from(decision.delay_ms.is_some());
        self.aborted += u64::from(decision.abort.is_some());
        if let Some(cluster) = &decision.cluster {
            *self.clusters.entry(cluster.clone()).or_default() += 1;
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "shares of less than 2⁵³ draws")]
    fn percent(&self, times: u64) -> f64 {
        times as f64 * 100.0 / (self.count.max(1) as f64)
    }
}

impl Expect {
    /// Shares that are further off than `draws` allows. `rule` is the namespace of the rule that decides.
    pub fn drawn_differences(
        &self,
        drawn: &Drawn,
        draws: &Draws,
        names: &Names<'_>,
        rule: Option<&str>,
    ) -> Vec<Difference> {
        let mut all = Differences::default();
        let mut check = |field: &str, what: &str, expected: f64, times: u64| {
            let got = drawn.percent(times);
            if (expected - got).abs() > draws.tolerance {
                let what = if what.is_empty() {
                    String::new()
                } else {
                    format!(" {what}")
                };
                all.add(
                    field,
                    &format!("{expected:.1} % ± {}{what}", draws.tolerance),
                    &format!("{got:.1} % of {} draws", drawn.count),
                );
            }
        };
        let total: u64 = self.weights.iter().map(|share| share.weight).sum();
        for share in &self.weights {
            let is_it = |name: &&String| Cluster::parse(name).is(&share.destination, names, rule);
            let times = drawn
                .clusters
                .iter()
                .filter(|(name, _)| is_it(name))
                .map(|(_, times)| times);
            #[expect(clippy::cast_precision_loss, reason = "a share for people")]
            let expected = share.weight as f64 * 100.0 / total.max(1) as f64;
            check("weights", &words(&share.destination), expected, times.sum());
        }
        let fault = self.fault.as_ref();
        let delay = fault.and_then(|fault| fault.delay.as_ref()?.percentage);
        if let Some(percent) = delay {
            check("fault.delay.percentage", "", percent.value, drawn.delayed);
        }
        let abort = fault.and_then(|fault| fault.abort.as_ref()?.percentage);
        if let Some(percent) = abort {
            check("fault.abort.percentage", "", percent.value, drawn.aborted);
        }
        all.finish()
    }
}
