//! The echo upstreams of a session. They are only ever added, so that a change never takes one from a request.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use mainsheet_tests::upstream::{Echo, Workload};

use super::standins::{Standin, StandinKey};
use crate::error::{Error, Result};

/// The echo upstreams of a session.
#[derive(Default)]
pub(super) struct Upstreams {
    // Dropping them stops them.
    running: Vec<Echo>,
    addresses: BTreeMap<StandinKey, SocketAddr>,
    workloads: BTreeMap<StandinKey, Workload>,
}

impl Upstreams {
    /// Starts those that do not run yet, and those whose labels have changed.
    pub(super) async fn start_missing(&mut self, standins: &[Standin]) -> Result<()> {
        let missing: Vec<&Standin> = standins.iter().filter(|standin| !self.runs(standin)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let workloads = missing.iter().map(|standin| standin.workload.clone()).collect();
        let echo = Echo::start(workloads)
            .await
            .map_err(Error::io("starting echo upstreams"))?;
        for (standin, (workload, address)) in missing.iter().zip(echo.addresses()) {
            self.addresses.insert(standin.key(), *address);
            self.workloads.insert(standin.key(), workload.clone());
        }
        self.running.push(echo);
        Ok(())
    }

    fn runs(&self, standin: &Standin) -> bool {
        self.workloads.get(&standin.key()) == Some(&standin.workload)
    }

    /// Where they listen.
    pub(super) fn addresses(&self) -> &BTreeMap<StandinKey, SocketAddr> {
        &self.addresses
    }

    /// Who stands where.
    pub(super) fn list(&self) -> impl Iterator<Item = (&Workload, SocketAddr)> {
        self.workloads
            .iter()
            .filter_map(|(key, workload)| Some((workload, *self.addresses.get(key)?)))
    }
}
