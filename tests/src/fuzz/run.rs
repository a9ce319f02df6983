//! Configuration after configuration, until somebody disagrees.

use std::time::{Duration, Instant};

use super::configuration::Configuration;
use super::decider::Decider;
use super::dice::{Dice, derive};
use super::generate;
use super::shrink::shrink;
use super::tally::Tally;
use super::trial::{Draws, Trial, Verdict, ask, load};
use crate::corpus::Suite;

/// How much is tried.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Decides everything.
    pub seed: u64,
    /// How many configurations.
    pub configurations: u64,
    /// How many requests for each.
    pub requests: u64,
    /// When to stop all the same.
    pub limit: Option<Duration>,
}

/// A disagreement, cut down.
#[derive(Clone, Debug)]
pub struct Found {
    /// The configuration of the run that it comes from.
    pub configuration: u64,
    /// The trial, as small as it gets.
    pub trial: Trial,
    /// Who differs there, and in what.
    pub verdict: Verdict,
}

/// Carries out a plan up to the first disagreement. `progress` is shown the counts after each configuration.
pub fn run(
    plan: &Plan,
    deciders: &mut [Box<dyn Decider>],
    mut progress: impl FnMut(&Tally),
) -> (Tally, Option<Found>) {
    let begin = Instant::now();
    let mut tally = Tally::default();
    for number in 0..plan.configurations {
        if plan.limit.is_some_and(|limit| begin.elapsed() > limit) {
            break;
        }
        let mut dice = Dice::new(derive(plan.seed, number));
        let configuration = generate::configuration(&mut dice);
        let failed = try_configuration(&configuration, plan, number, &mut dice, deciders, &mut tally);
        progress(&tally);
        if let Some((trial, verdict)) = failed {
            let (trial, verdict) = shrink(&trial, &verdict, deciders);
            let found = Found {
                configuration: number,
                trial,
                verdict,
            };
            return (tally, Some(found));
        }
    }
    (tally, None)
}

/// The requests of one configuration, up to the first disagreement.
fn try_configuration(
    configuration: &Configuration,
    plan: &Plan,
    number: u64,
    dice: &mut Dice,
    deciders: &mut [Box<dyn Decider>],
    tally: &mut Tally,
) -> Option<(Trial, Verdict)> {
    tally.configurations += 1;
    let seed = derive(plan.seed, number);
    let setting = match configuration.compile(seed) {
        Ok(setting) => setting,
        Err(findings) => {
            tally.refuse(&findings);
            return None;
        }
    };
    let mut trial = Trial {
        configuration: configuration.clone(),
        requests: Vec::new(),
        seed,
    };
    if let Some(verdict) = load(&setting, deciders) {
        return Some((trial, verdict));
    }
    let mut draws = Draws::new(seed);
    for _ in 0..plan.requests {
        let request = generate::request(dice, setting.table());
        let seed = draws.seed();
        let answer = ask(&setting, deciders, &request, &mut draws);
        trial.requests.push(request);
        match answer {
            None => tally.bad_requests += 1,
            Some((view, None)) => tally.count(&view),
            Some((_, Some((decider, disagreements)))) => {
                let request = Some((trial.requests.len() - 1, seed));
                let verdict = Verdict {
                    decider,
                    request,
                    disagreements,
                };
                return Some((trial, verdict));
            }
        }
    }
    None
}

/// Puts the cases of a file to the test instead; what they expect is not asked.
///
/// # Errors
/// When its settings have no form in JSON, or its resources have errors.
pub fn check_suite(
    suite: &Suite,
    seed: u64,
    deciders: &mut [Box<dyn Decider>],
) -> Result<Option<Found>, Box<dyn std::error::Error + Send + Sync>> {
    let trial = Trial {
        configuration: Configuration {
            proxy: serde_json::to_value(&suite.proxy)?,
            mesh: serde_json::to_value(&suite.mesh)?,
            resources: suite.resources.clone(),
        },
        requests: suite.cases.iter().map(|case| case.request.clone()).collect(),
        seed,
    };
    if let Err(findings) = trial.configuration.compile(seed) {
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        return Err(lines.join("\n").into());
    }
    Ok(trial.run(deciders).map(|verdict| {
        let (trial, verdict) = shrink(&trial, &verdict, deciders);
        Found {
            configuration: 0,
            trial,
            verdict,
        }
    }))
}
