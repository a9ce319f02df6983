//! The core itself: the compiled table, and the linear oracle beside it.

use std::collections::BTreeSet;
use std::error::Error;

use mainsheet_core::entropy::Entropy;
use mainsheet_core::request::Request;
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::sent::SentRequest;
use mainsheet_core::table::{PathCache, RouteTable};
use mainsheet_core::view::DecisionView;

use super::{Observation, Subject};
use crate::corpus::Scenario;

/// The draws of every case.
const SEED: u64 = 1;

#[derive(Default)]
struct Loaded {
    table: Option<RouteTable>,
    mesh: MeshConfig,
    clusters: BTreeSet<String>,
}

impl Loaded {
    fn load(&mut self, scenario: &Scenario) {
        self.table = Some(scenario.compiled.table.clone());
        self.mesh = scenario.suite.mesh.clone();
        self.clusters.clone_from(&scenario.clusters);
    }

    fn ask(
        &self,
        request: &SentRequest,
        decide: impl FnOnce(&RouteTable, &Request<'_>) -> DecisionView,
    ) -> Result<Observation, Box<dyn Error + Send + Sync>> {
        let table = self.table.as_ref().ok_or("nothing is loaded")?;
        let Some(headers) = request.headers_at_filter(&self.mesh) else {
            return Ok(Observation::bad_request());
        };
        let request = Request::new(request.port(), &headers);
        Ok(Observation::of_decision(decide(table, &request), &self.clusters))
    }
}

/// The compiled table with its indexes.
#[derive(Default)]
pub struct Table(Loaded);

impl Subject for Table {
    fn name(&self) -> &'static str {
        "table"
    }

    fn load(&mut self, scenario: &Scenario) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.0.load(scenario);
        Ok(())
    }

    fn ask(&mut self, request: &SentRequest) -> Result<Observation, Box<dyn Error + Send + Sync>> {
        self.0.ask(request, |table, request| {
            let mut cache = PathCache::default();
            let decision = table.decide(request, &mut Entropy::new(SEED), &mut cache, &mut ());
            DecisionView::new(&decision, request)
        })
    }
}

/// The linear oracle.
#[derive(Default)]
pub struct Linear(Loaded);

impl Subject for Linear {
    fn name(&self) -> &'static str {
        "reference"
    }

    fn load(&mut self, scenario: &Scenario) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.0.load(scenario);
        Ok(())
    }

    fn ask(&mut self, request: &SentRequest) -> Result<Observation, Box<dyn Error + Send + Sync>> {
        self.0.ask(request, |table, request| {
            DecisionView::new(&table.decide_linear(request, &mut Entropy::new(SEED)), request)
        })
    }
}
