//! The filter that production loads, in the simulated host.

use serde_json::json;

use super::effects::Effects;
use super::{Decider, Disagreement, Explaining, Failure, Question, Reference, compare};
use crate::artifact::FILTER_WASM;
use crate::fuzz::configuration::Setting;
use crate::host::Host;
use crate::subject::{ExplainingFilter, Observation, Router, connection};

/// The embedded filter. Its decision, its explanation and what it does have to be those of the reference.
pub struct Filter {
    host: Host,
    filter: Option<ExplainingFilter>,
    /// Envoy behind it.
    router: Router,
    /// Gives the explanation that the filter should give.
    native: Explaining,
}

impl Filter {
    /// Compiles the embedded filter.
    ///
    /// # Errors
    /// When it is no module.
    pub fn new() -> Result<Self, Failure> {
        Ok(Self {
            host: Host::new(FILTER_WASM)?,
            filter: None,
            router: Router::default(),
            native: Explaining::default(),
        })
    }
}

impl Decider for Filter {
    fn name(&self) -> &'static str {
        "wasm"
    }

    fn load(&mut self, setting: &Setting) -> Result<(), Failure> {
        self.filter = None;
        self.native.load(setting)?;
        let world = &setting.world;
        let filter = ExplainingFilter::new(
            &self.host,
            &world.bundle,
            &world.config,
            &world.proxy,
            setting.seed,
        )?;
        self.filter = Some(filter);
        self.router = Router::new(world);
        Ok(())
    }

    fn check(
        &mut self,
        question: &Question,
        reference: &Reference<'_>,
    ) -> Result<Vec<Disagreement>, Failure> {
        let filter = self.filter.as_ref().ok_or("nothing is loaded")?;
        let (stream, explanation) =
            filter.ask_and_wait(connection(&question.asked), question.headers.clone())?;
        let mut found = compare("", &reference.view, &explanation.decision)?;
        let (_, expected) = self.native.explain(question)?;
        if serde_json::to_string(&expected)? != serde_json::to_string(&explanation.trace)? {
            found.push(Disagreement {
                part: "trace".to_owned(),
                expected: json!(expected),
                seen: json!(explanation.trace),
            });
        }
        let answer = &question.asked.answer;
        let seen = self.router.carry_out(&stream, &explanation.decision, answer)?;
        let clusters = self.router.clusters();
        let expected = Observation::of_decision(reference.decision, reference.request, clusters, answer);
        let effects = |seen: Observation| Effects::of(&seen.for_method(&question.asked.method));
        found.extend(compare("effects.", &effects(expected), &effects(seen))?);
        Ok(found)
    }
}
