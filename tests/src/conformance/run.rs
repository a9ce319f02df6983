//! One case through one subject.

use std::error::Error;

use mainsheet_core::check::validation::validate;
use mainsheet_core::compile::Proxy;
use mainsheet_core::diagnostic::Severity;
use mainsheet_core::matcher::RepeatedHeaders;
use mainsheet_core::resources::Bundle;
use mainsheet_core::resources::kubernetes::PodIP;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::check::{self, Rules};
use super::expect::Expect;
use super::file::{BackendResponse, Case, Exchange, SuiteFile};
use super::request::Request;
use super::scenario::{self, ScenarioError};
use super::skips;
use crate::corpus::Mismatch;
use crate::subject::{Answer, Observation, Question, Subject, World};

/// How often a client follows redirects.
const MOST_REDIRECTS: u32 = 5;

type Failure = Box<dyn Error + Send + Sync>;

/// What has come of one exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything that is stated holds.
    Passed,
    /// These statements do not.
    Failed(Vec<Mismatch>),
    /// It was not asked, for this reason.
    Skipped(&'static str),
}

impl Verdict {
    pub(super) fn of(mismatches: Vec<Mismatch>) -> Self {
        if mismatches.is_empty() {
            Self::Passed
        } else {
            Self::Failed(mismatches)
        }
    }

    /// A failure before anything could be compared.
    pub fn broken(key: &str, seen: impl std::fmt::Display) -> Self {
        Self::Failed(vec![Mismatch {
            key: key.to_owned(),
            expected: "to be understood".to_owned(),
            seen: seen.to_string(),
        }])
    }
}

/// Name and verdict of an exchange.
pub type Named = (String, Verdict);

/// A case that has been read, and its world or why there is none.
pub struct Prepared {
    /// The case.
    pub case: Case,
    /// Its resources, compiled.
    pub world: Result<World, ScenarioError>,
}

/// Reads and compiles a case.
///
/// # Errors
/// When it is no case.
pub fn prepare(file: &SuiteFile, case: &Value) -> Result<Prepared, serde_json::Error> {
    let case = Case::deserialize(case)?;
    let world = scenario::world(&file.suite, &case);
    Ok(Prepared { case, world })
}

/// Puts every exchange of a case to `subject`.
pub fn run(file: &SuiteFile, prepared: &Prepared, subject: &mut dyn Subject) -> Vec<Named> {
    let case = &prepared.case;
    if let Some(mark) = &case.skip {
        return every(&case.exchanges, &skips::verdict(mark));
    }
    if case.expect.as_ref().is_some_and(|validity| !validity.valid) {
        return vec![("resources".to_owned(), rejected(&prepared.world))];
    }
    let world = match &prepared.world {
        Ok(world) => world,
        Err(error) => return every(&case.exchanges, &Verdict::broken("case", error)),
    };
    if case.exchanges.is_empty() {
        return vec![("resources".to_owned(), Verdict::Skipped(skips::ASSERTS_NOTHING))];
    }
    let mut named = all(file, &case.exchanges, world, subject);
    let joined: Vec<Value> = case.exchanges.iter().filter_map(with_joined_headers).collect();
    if !joined.is_empty() {
        named.extend(match joining(world) {
            Ok(world) => all(file, &joined, &world, subject),
            Err(error) => every(&joined, &Verdict::broken("case", error)),
        });
    }
    named
}

fn all(file: &SuiteFile, exchanges: &[Value], world: &World, subject: &mut dyn Subject) -> Vec<Named> {
    if let Err(error) = subject.load(world) {
        return every(exchanges, &Verdict::broken("load", error));
    }
    let mut runner = Runner { file, world, subject };
    exchanges
        .iter()
        .map(|exchange| (name_of(exchange), runner.exchange(exchange)))
        .collect()
}

/// The exchange as an Envoy answers that joins repeated headers, where that is recorded.
fn with_joined_headers(exchange: &Value) -> Option<Value> {
    let expect = exchange.get("expectJoinedHeaders")?.clone();
    let mut exchange = exchange.clone();
    let name = format!("{} (joined headers)", name_of(&exchange));
    let fields = exchange.as_object_mut()?;
    fields.insert("name".to_owned(), name.into());
    fields.insert("expect".to_owned(), expect);
    Some(exchange)
}

/// The same world with such an Envoy.
fn joining(world: &World) -> Result<World, ScenarioError> {
    let proxy = Proxy {
        repeated_headers: RepeatedHeaders::Joined,
        ..world.proxy.clone()
    };
    World::new(
        format!("{}-joined", world.name),
        world.bundle.clone(),
        world.config.clone(),
        proxy,
        world.ports.clone(),
    )
    .map_err(|findings| ScenarioError::Refused(findings.iter().map(ToString::to_string).collect()))
}

/// The same for all, but for those that are skipped anyway.
fn every(exchanges: &[Value], verdict: &Verdict) -> Vec<Named> {
    let own = |exchange: &Value| {
        let mark = exchange.get("skip").and_then(Value::as_str);
        mark.map_or_else(|| verdict.clone(), skips::verdict)
    };
    exchanges
        .iter()
        .map(|exchange| (name_of(exchange), own(exchange)))
        .collect()
}

fn name_of(exchange: &Value) -> String {
    let name = exchange.get("name").and_then(Value::as_str);
    name.unwrap_or("without a name").to_owned()
}

/// Whether our validation finds an error.
fn is_refused(bundle: &Bundle) -> bool {
    let found = validate(bundle);
    found.iter().any(|finding| finding.severity == Severity::Error)
}

/// Resources that Istio refuses.
fn rejected(world: &Result<World, ScenarioError>) -> Verdict {
    match world {
        Err(ScenarioError::Refused(_)) => Verdict::Passed,
        Err(error) => Verdict::broken("case", error),
        Ok(world) => Verdict::of(
            (!is_refused(&world.bundle))
                .then(|| Mismatch {
                    key: "valid".to_owned(),
                    expected: "false".to_owned(),
                    seen: "true".to_owned(),
                })
                .into_iter()
                .collect(),
        ),
    }
}

struct Runner<'r> {
    file: &'r SuiteFile,
    world: &'r World,
    subject: &'r mut dyn Subject,
}

impl Runner<'_> {
    fn exchange(&mut self, value: &Value) -> Verdict {
        let exchange = match Exchange::deserialize(value) {
            Ok(exchange) => exchange,
            Err(error) => return Verdict::broken("exchange", error),
        };
        if let Some(mark) = &exchange.skip {
            return skips::verdict(mark);
        }
        let request = match Request::deserialize(&exchange.request) {
            Ok(request) => request,
            Err(error) => return Verdict::broken("request", error),
        };
        let expect = match Expect::deserialize(&exchange.expect) {
            Ok(expect) => expect,
            Err(error) => return Verdict::broken("expect", error),
        };
        if exchange.expect.as_object().is_some_and(Map::is_empty) {
            return Verdict::Skipped(skips::ASSERTS_NOTHING);
        }
        let rules = self.rules(&exchange, &request);
        let Some(question) = request.question(rules.answer.clone()) else {
            return Verdict::broken("request", "no HTTP request");
        };
        let mut asked = Asked {
            subject: self.subject,
            question,
            follow: exchange.follow_redirects,
        };
        match asked.check(&expect, &rules) {
            Ok(mismatches) => Verdict::of(mismatches),
            Err(error) => Verdict::broken("subject", error),
        }
    }

    fn rules(&self, exchange: &Exchange, request: &Request) -> Rules {
        let response = exchange.backend_response.as_ref();
        let response = response.or(self.file.backend_response.as_ref());
        Rules {
            recording: self.file.is_recording(),
            // Said in the description of that suite.
            empty_is_absent: self.file.suite == "istio-integration",
            default_retries: self.file.default_retries.clone(),
            answer: response.map(answer).unwrap_or_default(),
            pod: request.address.and_then(|address| self.pod(&address.to_string())),
        }
    }

    fn pod(&self, address: &str) -> Option<String> {
        let has = |ips: &[PodIP]| ips.iter().any(|ip| ip.ip == address);
        let pods = &self.world.bundle.pods;
        pods.iter()
            .find(|pod| pod.spec.status.pod_ip == address || has(&pod.spec.status.pod_ips))
            .map(|pod| pod.metadata.name.clone())
    }
}

fn answer(response: &BackendResponse) -> Answer {
    let headers = response.headers.iter();
    Answer {
        status: response.status.unwrap_or(200),
        headers: headers
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    }
}

/// A question on its way to a subject.
struct Asked<'a> {
    subject: &'a mut dyn Subject,
    question: Question,
    follow: bool,
}

impl Asked<'_> {
    fn check(&mut self, expect: &Expect, rules: &Rules) -> Result<Vec<Mismatch>, Failure> {
        if let Some(branches) = &expect.branches {
            return check::branches::check(expect, branches, rules, |draw| self.ask(draw));
        }
        let seen = self.ask(0)?;
        let mut mismatches = check::check(expect, &seen, rules);
        if let Some(weights) = &expect.weights {
            mismatches.extend(check::weights::check(weights, |draw| self.ask(draw))?);
        }
        if let Some(backends) = &expect.upstream_by_backend {
            mismatches.extend(check::branches::by_backend(backends, rules, |draw| {
                self.ask(draw)
            })?);
        }
        Ok(mismatches)
    }

    fn ask(&mut self, draw: u64) -> Result<Observation, Failure> {
        let mut question = Question {
            draw,
            ..self.question.clone()
        };
        let mut seen = self.subject.ask(&question)?;
        for _ in 0..MOST_REDIRECTS {
            let next = seen.location.as_deref().filter(|_| self.follow);
            let Some(location) = next else { break };
            follow(&mut question, location);
            seen = self.subject.ask(&question)?;
        }
        Ok(seen)
    }
}

/// What a client asks next.
fn follow(question: &mut Question, location: &str) {
    let Some((scheme, rest)) = location.split_once("://") else {
        location.clone_into(&mut question.target);
        return;
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, target) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let usual = if scheme == "https" { 443 } else { 80 };
    let port = authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    question.port = port.unwrap_or(usual);
    scheme.clone_into(&mut question.scheme);
    authority.clone_into(&mut question.authority);
    question.target = if target.is_empty() { "/" } else { target }.to_owned();
}
