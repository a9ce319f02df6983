//! The filter that production loads, in the simulated host.

use mainsheet_core::view::DecisionView;
use serde_json::json;

use super::effects::Effects;
use super::{Decider, Disagreement, Explaining, Failure, Question, compare};
use crate::artifact::FILTER_WASM;
use crate::fuzz::configuration::Setting;
use crate::host::{ConnectionInfo, Host};
use crate::subject::ExplainingFilter;

/// The embedded filter. Its decision, its explanation and what it does have to be those of the reference.
pub struct Filter {
    host: Host,
    filter: Option<ExplainingFilter>,
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
        let Setting {
            bundle,
            mesh,
            proxy,
            seed,
            ..
        } = setting;
        self.filter = Some(ExplainingFilter::new(&self.host, bundle, mesh, proxy, *seed)?);
        Ok(())
    }

    fn check(&mut self, question: &Question, reference: &DecisionView) -> Result<Vec<Disagreement>, Failure> {
        let filter = self.filter.as_ref().ok_or("nothing is loaded")?;
        let (stream, explanation) =
            filter.ask(ConnectionInfo::to_port(question.port), question.headers.clone())?;
        let mut found = compare("", reference, &explanation.decision)?;
        let (_, expected) = self.native.explain(question)?;
        if serde_json::to_string(&expected)? != serde_json::to_string(&explanation.trace)? {
            found.push(Disagreement {
                part: "trace".to_owned(),
                expected: json!(expected),
                seen: json!(explanation.trace),
            });
        }
        let seen = Effects::of_stream(&stream, reference)?;
        found.extend(compare("effects.", &Effects::of_decision(reference), &seen)?);
        Ok(found)
    }
}
