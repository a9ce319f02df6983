//! Asking all questions, on all processors.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use mainsheet_tests::artifact::FILTER_WASM;
use mainsheet_tests::host::Host;
use mainsheet_tests::subject::{Linear, RealEnvoy, Subject, Table, Wasm};

use super::ask::{Asked, ask};
use super::coverage::Coverage;
use super::outcome::{CaseResult, FileResult, Results};
use super::plan::{Plan, Ready};
use super::{SubjectChoice, TestArgs};
use crate::error::{Error, Result};
use crate::findings::Findings;

/// How many cases one machine is asked. The draws of a case depend on those before it, so that this must not depend on
/// how many processors there are.
const AT_ONCE: usize = 200;

/// Questions to one world that are asked one after the other.
struct Unit {
    plan: usize,
    world: usize,
    questions: Vec<usize>,
}

/// Asks everything.
pub(super) fn all(args: &TestArgs, plans: Vec<Plan>) -> Result<Results> {
    let begin = Instant::now();
    let units = units(&plans);
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Vec<Asked>)>> = Mutex::new(Vec::new());
    let failed: Mutex<Option<Error>> = Mutex::new(None);
    let host = match args.subject {
        SubjectChoice::Wasm if !units.is_empty() => Some(Host::new(FILTER_WASM).map_err(failure)?),
        _ => None,
    };
    let work = || {
        let result = Worker::new(args.subject, host.as_ref()).and_then(|mut worker| {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(unit) = units.get(number) else {
                    return Ok(());
                };
                let results = worker.run(&plans, unit);
                done.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push((number, results));
            }
        });
        if let Err(error) = result {
            *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads(args, units.len()) {
            scope.spawn(work);
        }
        work();
    });
    if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(gather(args.subject, plans, &units, done, begin))
}

/// A real Envoy is one for all.
fn threads(args: &TestArgs, units: usize) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    match args.subject {
        SubjectChoice::Envoy => 1,
        _ => args.jobs.unwrap_or(processors).clamp(1, units.max(1)),
    }
}

fn failure(error: impl std::fmt::Display) -> Error {
    Error::Failed(error.to_string())
}

fn units(plans: &[Plan]) -> Vec<Unit> {
    let mut units = Vec::new();
    for (plan, ready) in ready(plans) {
        for world in 0..ready.worlds.len() {
            let questions = ready.questions.iter().enumerate();
            let own = questions.filter(|(_, planned)| planned.world == world);
            let own: Vec<usize> = own.map(|(index, _)| index).collect();
            units.extend(own.chunks(AT_ONCE).map(|questions| Unit {
                plan,
                world,
                questions: questions.to_vec(),
            }));
        }
    }
    units
}

fn ready(plans: &[Plan]) -> impl Iterator<Item = (usize, &Ready)> {
    let plans = plans.iter().enumerate();
    plans.filter_map(|(index, plan)| Some((index, plan.state.as_ref().ok()?)))
}

/// One thread's subject.
struct Worker {
    subject: Box<dyn Subject>,
}

impl Worker {
    fn new(choice: SubjectChoice, host: Option<&Host>) -> Result<Self> {
        let subject: Box<dyn Subject> = match (choice, host) {
            (SubjectChoice::Reference, _) => Box::<Linear>::default(),
            (SubjectChoice::Table, _) => Box::<Table>::default(),
            (SubjectChoice::Wasm, Some(host)) => Box::new(Wasm::on(host.clone())),
            (SubjectChoice::Wasm, None) => Box::new(Wasm::new().map_err(failure)?),
            (SubjectChoice::Envoy, _) => Box::new(RealEnvoy::new().map_err(|error| Error::Io {
                doing: "starting Envoy".to_owned(),
                source: std::io::Error::other(error),
            })?),
        };
        Ok(Self { subject })
    }

    fn run(&mut self, plans: &[Plan], unit: &Unit) -> Vec<Asked> {
        let Some(Ok(ready)) = plans.get(unit.plan).map(|plan| &plan.state) else {
            return Vec::new();
        };
        let questions = unit
            .questions
            .iter()
            .filter_map(|index| ready.questions.get(*index));
        let Some(world) = ready.worlds.get(unit.world) else {
            return Vec::new();
        };
        let loaded = self.subject.load(world).map_err(|error| error.to_string());
        let one = |planned| match &loaded {
            Ok(()) => ask(self.subject.as_mut(), ready, world, planned),
            Err(error) => Asked::failed(planned, error.clone()),
        };
        questions.map(one).collect()
    }
}

fn gather(
    subject: SubjectChoice,
    plans: Vec<Plan>,
    units: &[Unit],
    mut done: Vec<(usize, Vec<Asked>)>,
    begin: Instant,
) -> Results {
    done.sort_by_key(|(number, _)| *number);
    let mut coverage = Coverage::default();
    for (_, ready) in ready(&plans) {
        coverage.add_rules(&ready.loaded);
    }
    let mut cases: Vec<Vec<(usize, CaseResult)>> = plans.iter().map(|_| Vec::new()).collect();
    for (number, asked) in done {
        let Some(unit) = units.get(number) else { continue };
        let plan = plans.get(unit.plan).and_then(|plan| plan.state.as_ref().ok());
        for (index, asked) in unit.questions.iter().zip(asked) {
            if let Some(ready) = plan {
                coverage.add_hits(&ready.loaded, &asked.hits);
            }
            if let Some(cases) = cases.get_mut(unit.plan) {
                cases.push((*index, asked.result));
            }
        }
    }
    let warnings = warnings(&plans);
    let files = plans.into_iter().zip(cases).map(|(plan, mut cases)| {
        cases.sort_by_key(|(index, _)| *index);
        FileResult {
            name: plan.name,
            cases: plan
                .state
                .map(|_| cases.into_iter().map(|(_, case)| case).collect()),
        }
    });
    Results {
        subject: match subject {
            SubjectChoice::Reference => "reference",
            SubjectChoice::Table => "table",
            SubjectChoice::Wasm => "wasm",
            SubjectChoice::Envoy => "envoy",
        },
        files: files.collect(),
        coverage,
        warnings,
        seconds: begin.elapsed().as_secs_f64(),
    }
}

/// What several files say of one place is said once.
fn warnings(plans: &[Plan]) -> Findings {
    let all = ready(plans).flat_map(|(_, ready)| ready.warnings.iter().cloned());
    let mut all: Vec<_> = all.collect();
    all.sort_by(|a, b| (&a.location, &a.message).cmp(&(&b.location, &b.message)));
    all.dedup_by(|a, b| a.location == b.location && a.message == b.message);
    Findings::new(all, &mainsheet_core::yaml::Sources::default())
}
