//! The compiled table, deciding and explaining.

use mainsheet_core::observe::Observer;
use mainsheet_core::table::{PathCache, RouteTable};
use mainsheet_core::trace::Trace;
use mainsheet_core::view::DecisionView;
use serde_json::json;

use super::{Decider, Disagreement, Failure, Question, Reference, compare};
use crate::fuzz::configuration::Setting;

/// A table and its scratch space, which the requests of one configuration share as in the filter.
#[derive(Default)]
struct Loaded {
    table: Option<RouteTable>,
    cache: PathCache,
}

impl Loaded {
    fn load(&mut self, setting: &Setting) {
        self.table = Some(setting.table().clone());
        self.cache = PathCache::default();
    }

    fn decide(&mut self, question: &Question, observer: &mut impl Observer) -> Result<DecisionView, Failure> {
        let table = self.table.as_ref().ok_or("nothing is loaded")?;
        let request = question.request();
        let decision = table.decide(&request, &mut question.entropy.clone(), &mut self.cache, observer);
        Ok(DecisionView::new(&decision, &request))
    }
}

/// The table with its indexes.
#[derive(Default)]
pub struct Indexed(Loaded);

impl Decider for Indexed {
    fn name(&self) -> &'static str {
        "table"
    }

    fn load(&mut self, setting: &Setting) -> Result<(), Failure> {
        self.0.load(setting);
        Ok(())
    }

    fn check(
        &mut self,
        question: &Question,
        reference: &Reference<'_>,
    ) -> Result<Vec<Disagreement>, Failure> {
        let seen = self.0.decide(question, &mut ())?;
        Ok(compare("", &reference.view, &seen)?)
    }
}

/// The table, explaining. The route that the explanation ends with is the one that was chosen.
#[derive(Default)]
pub struct Explaining(Loaded);

impl Explaining {
    /// Decision and explanation.
    pub(super) fn explain(&mut self, question: &Question) -> Result<(DecisionView, Trace), Failure> {
        let mut trace = Trace::default();
        let view = self.0.decide(question, &mut trace)?;
        Ok((view, trace))
    }
}

impl Decider for Explaining {
    fn name(&self) -> &'static str {
        "trace"
    }

    fn load(&mut self, setting: &Setting) -> Result<(), Failure> {
        self.0.load(setting);
        Ok(())
    }

    fn check(
        &mut self,
        question: &Question,
        reference: &Reference<'_>,
    ) -> Result<Vec<Disagreement>, Failure> {
        let (seen, trace) = self.explain(question)?;
        let mut found = compare("", &reference.view, &seen)?;
        let matched: Vec<_> = trace.routes.iter().filter(|route| route.matched).collect();
        let told = matched.first().map(|route| (&route.name, route.source.as_ref()));
        let view = &reference.view;
        let chosen = view.route.as_ref().map(|name| (name, view.source.as_ref()));
        if told != chosen || matched.len() > 1 {
            found.push(Disagreement {
                part: "trace.routes".to_owned(),
                expected: json!(chosen),
                seen: json!(trace.routes),
            });
        }
        Ok(found)
    }
}
