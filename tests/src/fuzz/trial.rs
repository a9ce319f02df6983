//! A configuration with requests, put to everything that decides.

use mainsheet_core::entropy::Entropy;
use mainsheet_core::sent::SentRequest;
use mainsheet_core::view::DecisionView;
use serde::{Deserialize, Serialize};

use super::configuration::{Configuration, Setting};
use super::decider::{Decider, Disagreement, Question, Reference};
use crate::subject::{self, Answer};

/// A configuration, requests in order, and the seed of their draws.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Trial {
    /// The configuration.
    #[serde(flatten)]
    pub configuration: Configuration,
    /// The requests.
    pub requests: Vec<SentRequest>,
    /// The draws of the first request; those of each later one follow from the one before it.
    pub seed: u64,
}

/// What a decider does not agree with.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The name of the decider.
    pub decider: &'static str,
    /// The request, and the draws that it began with; `None` where the decider refused the configuration.
    pub request: Option<(usize, u64)>,
    /// What differs.
    pub disagreements: Vec<Disagreement>,
}

/// Who differs, and in what.
pub(super) type Objection = (&'static str, Vec<Disagreement>);

/// The draws of one configuration's requests, one after the other, as the filter makes them.
#[derive(Debug)]
pub(super) struct Draws(u64);

impl Draws {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The seed that makes the next request's draws those of a first one.
    pub(super) fn seed(&self) -> u64 {
        self.0
    }

    pub(super) fn next(&mut self) -> Entropy {
        let mut entropy = Entropy::new(self.0);
        self.0 = entropy.next_u64();
        entropy
    }
}

/// Has all deciders take over a configuration.
pub(super) fn load(setting: &Setting, deciders: &mut [Box<dyn Decider>]) -> Option<Verdict> {
    deciders.iter_mut().find_map(|decider| {
        let error = decider.load(setting).err()?;
        Some(Verdict {
            decider: decider.name(),
            request: None,
            disagreements: vec![failure("configuration", error.to_string())],
        })
    })
}

/// What the reference decides, and who differs. `None` for a request that reaches no filter.
pub(super) fn ask(
    setting: &Setting,
    deciders: &mut [Box<dyn Decider>],
    request: &SentRequest,
    draws: &mut Draws,
) -> Option<(DecisionView, Option<Objection>)> {
    let asked = subject::Question {
        answer: answer(),
        ..subject::Question::from(request)
    };
    let question = Question {
        headers: asked.headers_at_filter(&setting.world.config, setting.world.proxy.kind)?,
        attributes: asked.attributes(),
        asked,
        entropy: draws.next(),
    };
    let asked = question.request();
    let decision = setting
        .table()
        .decide_linear(&asked, &mut question.entropy.clone());
    let reference = Reference {
        view: DecisionView::new(&decision, &asked),
        decision: &decision,
        request: &asked,
    };
    let differs = deciders.iter_mut().find_map(|decider| {
        let found = decider
            .check(&question, &reference)
            .unwrap_or_else(|error| vec![failure("answer", error.to_string())]);
        (!found.is_empty()).then(|| (decider.name(), found))
    });
    Some((reference.view, differs))
}

/// Has headers that rules remove, replace and read.
fn answer() -> Answer {
    let header = |name: &str| (name.to_owned(), "upstream".to_owned());
    Answer {
        headers: vec![header("x-a"), header("x-c")],
        ..Answer::default()
    }
}

fn failure(part: &str, error: String) -> Disagreement {
    Disagreement {
        part: part.to_owned(),
        expected: serde_json::Value::Null,
        seen: error.into(),
    }
}

impl Trial {
    /// The first disagreement with the reference, if any; none where the configuration does not compile.
    pub fn run(&self, deciders: &mut [Box<dyn Decider>]) -> Option<Verdict> {
        let setting = self.configuration.compile(self.seed).ok()?;
        if let Some(verdict) = load(&setting, deciders) {
            return Some(verdict);
        }
        let mut draws = Draws::new(self.seed);
        self.requests.iter().enumerate().find_map(|(index, request)| {
            let seed = draws.seed();
            let (_, differs) = ask(&setting, deciders, request, &mut draws)?;
            let (decider, disagreements) = differs?;
            Some(Verdict {
                decider,
                request: Some((index, seed)),
                disagreements,
            })
        })
    }
}
