//! A short run of the fuzzer, and the proof that it finds what it looks for.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use mainsheet_core::table::{PathCache, RouteTable};
use mainsheet_core::trace::Trace;
use mainsheet_tests::fuzz::decider::{
    Decider, Disagreement, Explaining, Failure, Filter, Indexed, Question, Reference,
};
use mainsheet_tests::fuzz::{Plan, Setting, print, run};
use serde_json::{Value, json};

/// Fails with the minimal case, or where the run has not been worth its time.
fn agree(plan: Plan, deciders: &mut [Box<dyn Decider>]) {
    let (tally, found) = run(&plan, deciders, |_| {});
    if let Some(found) = found {
        panic!("{}", print(&found).expect("the case has a form"));
    }
    assert!(
        tally.refused * 10 < tally.configurations,
        "too many are refused:\n{tally}"
    );
    let by_rules = tally.features.get("by a rule").copied().unwrap_or_default();
    assert!(
        by_rules * 3 > tally.pairs,
        "too few requests meet a rule:\n{tally}"
    );
    assert!(tally.outcomes.len() >= 7, "some outcomes are missing:\n{tally}");
}

#[test]
fn table_and_explanation_agree_with_the_reference() {
    let plan = Plan {
        seed: 20,
        configurations: 150,
        requests: 60,
        limit: None,
    };
    agree(
        plan,
        &mut [Box::<Indexed>::default(), Box::<Explaining>::default()],
    );
}

#[test]
fn the_filter_agrees_with_the_reference() {
    let plan = Plan {
        seed: 21,
        configurations: 40,
        requests: 60,
        limit: None,
    };
    agree(
        plan,
        &mut [Box::new(Filter::new().expect("the filter is a module"))],
    );
}

/// Tells the truth except where a route asks for the header `x-a`: there it names another cluster.
#[derive(Default)]
struct Liar {
    table: Option<RouteTable>,
}

impl Decider for Liar {
    fn name(&self) -> &'static str {
        "liar"
    }

    fn load(&mut self, setting: &Setting) -> Result<(), Failure> {
        self.table = Some(setting.table().clone());
        Ok(())
    }

    fn check(
        &mut self,
        question: &Question,
        reference: &Reference<'_>,
    ) -> Result<Vec<Disagreement>, Failure> {
        let table = self.table.as_ref().ok_or("nothing is loaded")?;
        let request = question.request();
        let mut trace = Trace::default();
        table.decide(
            &request,
            &mut question.entropy.clone(),
            &mut PathCache::default(),
            &mut trace,
        );
        let conditions = trace
            .routes
            .last()
            .filter(|route| route.matched)
            .map(|route| &route.conditions);
        let lies =
            conditions.is_some_and(|list| list.iter().any(|condition| condition.field.contains("x-a")));
        let lie = Disagreement {
            part: "cluster".to_owned(),
            expected: json!(reference.view.cluster),
            seen: json!("elsewhere"),
        };
        Ok(if lies { vec![lie] } else { Vec::new() })
    }
}

fn of_kind<'r>(resources: &'r [Value], kind: &str) -> Vec<&'r Value> {
    let mut found = Vec::new();
    found.extend(resources.iter().filter(|resource| resource["kind"] == kind));
    found
}

#[test]
fn a_planted_lie_is_found_and_cut_down() {
    let plan = Plan {
        seed: 22,
        configurations: 200,
        requests: 100,
        limit: None,
    };
    let deciders: &mut [Box<dyn Decider>] = &mut [Box::<Indexed>::default(), Box::<Liar>::default()];
    let (_, found) = run(&plan, deciders, |_| {});
    let found = found.expect("the lie is found");
    let case = print(&found).expect("the case has a form");
    assert_eq!(found.verdict.decider, "liar", "{case}");

    let resources = &found.trial.configuration.resources;
    let virtual_services = of_kind(resources, "VirtualService");
    let [virtual_service] = virtual_services.as_slice() else {
        panic!("not one VirtualService:\n{case}");
    };
    let rules = virtual_service["spec"]["http"].as_array().expect("rules");
    assert_eq!(rules.len(), 1, "{case}");
    let blocks = rules[0]["match"].as_array().expect("match blocks");
    assert_eq!(blocks.len(), 1, "{case}");
    let conditions = blocks[0].as_object().expect("conditions");
    let headers: Vec<_> = conditions.values().filter_map(Value::as_object).collect();
    assert_eq!(conditions.len(), 1, "{case}");
    assert_eq!(headers[0].len(), 1, "{case}");
    assert!(resources.len() <= 3, "{case}");
    assert_eq!(found.trial.requests.len(), 1, "{case}");
    assert!(
        case.contains("\nresources:\n") && case.contains("\ncases:\n"),
        "{case}"
    );
}
