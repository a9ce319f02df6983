//! The core itself: the compiled table, and the linear oracle beside it.

use std::collections::BTreeSet;
use std::error::Error;

use mainsheet_core::compile::ProxyKind;
use mainsheet_core::decision::Decision;
use mainsheet_core::entropy::Entropy;
use mainsheet_core::request::Request;
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::table::{PathCache, RouteTable};

use super::{Observation, Question, Subject, World};

#[derive(Default)]
struct Loaded {
    table: Option<RouteTable>,
    config: MeshConfig,
    kind: ProxyKind,
    clusters: BTreeSet<String>,
}

impl Loaded {
    fn load(&mut self, world: &World) {
        self.table = Some(world.compiled.table.clone());
        self.config = world.config.clone();
        self.kind = world.proxy.kind;
        self.clusters.clone_from(&world.clusters);
    }

    fn ask(
        &self,
        question: &Question,
        decide: impl for<'t> FnOnce(&'t RouteTable, &Request<'_>, &mut Entropy) -> Decision<'t>,
    ) -> Result<Observation, Box<dyn Error + Send + Sync>> {
        let table = self.table.as_ref().ok_or("nothing is loaded")?;
        let Some(headers) = question.headers_at_filter(&self.config, self.kind) else {
            return Ok(Observation::bad_request());
        };
        let attributes = question.attributes();
        let address = question.address.map(|address| address.to_string());
        let request = Request::new(question.port, &headers)
            .with_address(address.as_deref().map(str::as_bytes))
            .with_attributes(&attributes);
        let decision = decide(table, &request, &mut Entropy::new(question.draw));
        let seen = Observation::of_decision(&decision, &request, &self.clusters, &question.answer);
        Ok(seen.for_method(&question.method))
    }
}

/// The compiled table with its indexes.
#[derive(Default)]
pub struct Table(Loaded);

impl Subject for Table {
    fn name(&self) -> &'static str {
        "table"
    }

    fn load(&mut self, world: &World) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.0.load(world);
        Ok(())
    }

    fn ask(&mut self, question: &Question) -> Result<Observation, Box<dyn Error + Send + Sync>> {
        self.0.ask(question, |table, request, entropy| {
            table.decide(request, entropy, &mut PathCache::default(), &mut ())
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

    fn load(&mut self, world: &World) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.0.load(world);
        Ok(())
    }

    fn ask(&mut self, question: &Question) -> Result<Observation, Box<dyn Error + Send + Sync>> {
        self.0.ask(question, |table, request, entropy| {
            table.decide_linear(request, entropy)
        })
    }
}
