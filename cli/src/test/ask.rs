//! One question: asked, and held against what is expected.

use std::time::Instant;

use mainsheet_core::cases::{Difference, Drawn, Draws, Seen, nearest, shadowed};
use mainsheet_core::decision::{Decision, Outcome};
use mainsheet_core::diagnostic::Location;
use mainsheet_core::entropy::Entropy;
use mainsheet_core::request::Request;
use mainsheet_core::table::PathCache;
use mainsheet_core::trace::{SourceTrace, Trace};
use mainsheet_core::view::DecisionView;
use mainsheet_core::yaml::Loaded;
use mainsheet_tests::subject::{Observation, Subject, World};

use super::coverage::Hits;
use super::icv;
use super::outcome::{CaseResult, Nearest, Place};
use super::plan::{Planned, Ready};

/// How often is asked until a fault that happens at times does not.
const PATIENCE: u64 = 1000;

/// A question that was asked.
pub(super) struct Asked {
    /// What has come of it.
    pub(super) result: CaseResult,
    /// The rules that it has asked for.
    pub(super) hits: Hits,
}

impl Asked {
    /// A question that nobody answers.
    pub(super) fn failed(planned: &Planned, error: String) -> Self {
        Self {
            result: CaseResult {
                error: Some(error),
                ..result(planned)
            },
            hits: Hits::default(),
        }
    }
}

fn result(planned: &Planned) -> CaseResult {
    CaseResult {
        name: planned.name.clone(),
        location: planned.location.clone(),
        request: planned.line.clone(),
        passed: false,
        differences: Vec::new(),
        error: None,
        rule: None,
        nearest: None,
        notes: Vec::new(),
        seconds: 0.0,
    }
}

/// Asks one question.
pub(super) fn ask(subject: &mut dyn Subject, ready: &Ready, world: &World, planned: &Planned) -> Asked {
    let begin = Instant::now();
    let mut asked = match seen(subject, planned) {
        Ok((observation, view)) => compare(subject, ready, world, planned, &observation, &view),
        Err(error) => Asked::failed(planned, error),
    };
    asked.result.seconds = begin.elapsed().as_secs_f64();
    asked
}

/// What becomes of the request when no fault is drawn that happens only at times.
fn seen(subject: &mut dyn Subject, planned: &Planned) -> Result<(Observation, DecisionView), String> {
    let mut question = planned.question.clone();
    loop {
        let observation = subject.ask(&question).map_err(|error| error.to_string())?;
        let view = view(&observation);
        let abort = view.fault.as_ref().and_then(|fault| fault.abort.as_ref());
        let at_times = abort.is_some_and(|abort| abort.percent < 100.0);
        if !at_times || view.abort.is_none() || question.draw > PATIENCE {
            return Ok((observation, view));
        }
        question.draw += 1;
    }
}

/// How it was decided, also where the proxy did not get to a decision.
fn view(observation: &Observation) -> DecisionView {
    let decided = observation.decided.as_ref();
    if let Some(view) = decided.and_then(|decided| decided.view.clone()) {
        return view;
    }
    let nobody = Decision {
        route_config: None,
        virtual_host: None,
        route: None,
        outcome: Outcome::NoListener,
    };
    let view = DecisionView::new(&nobody, &Request::new(0, &[]));
    DecisionView {
        outcome: decided.map_or(view.outcome, |decided| decided.outcome),
        status: Some(observation.status).filter(|status| *status > 0),
        ..view
    }
}

fn compare(
    subject: &mut dyn Subject,
    ready: &Ready,
    world: &World,
    planned: &Planned,
    observation: &Observation,
    view: &DecisionView,
) -> Asked {
    let draws = planned.test.draws.as_ref();
    let names = planned.names(world);
    let seen = Seen {
        decision: view,
        status: observation.status,
        body: &observation.body,
        upstream: observation.upstream.as_ref(),
        response_headers: &observation.response_headers,
    };
    let mut differences = planned.expected().differences(&seen, &names, draws);
    let drawn = draws.map(|draws| drawn_differences(subject, world, planned, draws, view));
    let (drawn, error) = match drawn {
        Some(Err(error)) => (Vec::new(), Some(error)),
        Some(Ok(drawn)) => (drawn, None),
        None => (Vec::new(), None),
    };
    differences.extend(drawn);
    let mut notes = Vec::new();
    if let Some(icv) = &planned.icv {
        icv::judge(icv, ready, view, &mut differences, &mut notes);
    }
    let passed = differences.is_empty() && error.is_none();
    let why = if passed { None } else { why(world, planned) };
    notes.extend(why.iter().flat_map(|why| why.notes(&ready.loaded)));
    let trace = why.map(|why| why.trace);
    Asked {
        hits: Hits::of(view, !planned.expected().weights.is_empty() || draws.is_some()),
        result: CaseResult {
            passed,
            differences,
            error,
            rule: view.source.as_ref().map(|source| place(source, &ready.loaded)),
            nearest: trace.as_ref().and_then(|trace| {
                let route = nearest(trace, planned.expected().rule.as_ref())?;
                let place = place(route.source.as_ref()?, &ready.loaded);
                Some(Nearest::new(route, place))
            }),
            notes,
            ..result(planned)
        },
    }
}

fn drawn_differences(
    subject: &mut dyn Subject,
    world: &World,
    planned: &Planned,
    draws: &Draws,
    view: &DecisionView,
) -> Result<Vec<Difference>, String> {
    let mut drawn = Drawn::default();
    let mut question = planned.question.clone();
    for _ in 0..draws.count {
        let observation = subject.ask(&question).map_err(|error| error.to_string())?;
        drawn.add(&self::view(&observation));
        question.draw += 1;
    }
    let names = planned.names(world);
    let rule = view.source.as_ref().map(|source| source.namespace.as_str());
    Ok(planned.expected().drawn_differences(&drawn, draws, &names, rule))
}

/// Why a request is decided as it is, by the loop that decides.
struct Why {
    /// The rules that are tried.
    trace: Trace,
    /// The rule that would do what is expected, but comes too late.
    shadowed: Option<SourceTrace>,
}

fn why(world: &World, planned: &Planned) -> Option<Why> {
    let question = &planned.question;
    let headers = question.headers_at_filter(&world.config, world.proxy.kind)?;
    let attributes = question.attributes();
    let request = Request::new(question.port, &headers).with_attributes(&attributes);
    let mut trace = Trace::default();
    let mut entropy = Entropy::new(question.draw);
    let table = &world.compiled.table;
    let decision = table.decide(&request, &mut entropy, &mut PathCache::default(), &mut trace);
    let shadowed = shadowed(&decision, &request, planned.expected(), &planned.names(world));
    Some(Why { trace, shadowed })
}

impl Why {
    fn notes(&self, loaded: &Loaded) -> Vec<String> {
        let mut notes = Vec::new();
        if self.trace.route_config.is_none() {
            let why = "no rule was tried: no service of the mesh, or no server of the gateway, speaks HTTP on this port";
            notes.push(why.to_owned());
        } else if self.trace.virtual_host.is_none() {
            let host = &self.trace.host;
            notes.push(format!(
                "no rule was tried: no virtual host has the domain {host:?}"
            ));
        }
        if let Some(source) = &self.shadowed {
            let place = place(source, loaded);
            notes.push(format!(
                "the expected rule takes it too, but comes later: {place}"
            ));
        }
        notes
    }
}

fn place(source: &SourceTrace, loaded: &Loaded) -> Place {
    Place {
        source: source.clone(),
        location: location(source, loaded),
    }
}

/// Where a rule of a VirtualService is written.
pub(super) fn location(source: &SourceTrace, loaded: &Loaded) -> Option<Location> {
    let mut objects = loaded.bundle.virtual_services.iter();
    let object = objects.find(|object| {
        object.metadata.namespace == source.namespace && object.metadata.name == source.name
    })?;
    loaded.sources.locate(object.document, &source.path)
}
