//! Runs every case of the corpus through every subject; each pair is a test of its own.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Failed, Trial};
use mainsheet_tests::corpus::{Scenario, load_directory};
use mainsheet_tests::subject::{Linear, Question, RealEnvoy, Subject, Table, Wasm};

/// A subject, started when it is first asked, and the scenario that it has loaded.
struct Lane {
    start: fn() -> Box<dyn Subject + Send>,
    subject: Option<Box<dyn Subject + Send>>,
    loaded: Option<String>,
}

impl Lane {
    fn new(start: fn() -> Box<dyn Subject + Send>) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self {
            start,
            subject: None,
            loaded: None,
        }))
    }

    fn run(&mut self, scenario: &Scenario, case: usize) -> Result<(), Failed> {
        let subject = self.subject.get_or_insert_with(self.start);
        let world = &scenario.world;
        if self.loaded.as_ref() != Some(&world.name) {
            self.loaded = None;
            subject.load(world).map_err(|error| error.to_string())?;
            self.loaded = Some(world.name.clone());
        }
        let case = scenario.cases.get(case).ok_or("there is no such case")?;
        let seen = subject
            .ask(&Question::from(&case.request))
            .map_err(|error| error.to_string())?;
        let mismatches = case.expect.check(&seen);
        if mismatches.is_empty() {
            return Ok(());
        }
        let lines: Vec<String> = mismatches.iter().map(ToString::to_string).collect();
        Err(lines.join("\n").into())
    }
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // A lane serves one case at a time, and its scenarios in order.
    arguments.test_threads = Some(1);
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let scenarios: Vec<Arc<Scenario>> = match load_directory(&directory) {
        Ok(scenarios) => scenarios.into_iter().map(Arc::new).collect(),
        Err(error) => panic!("{error}"),
    };
    let lanes = [
        ("reference", Lane::new(|| Box::<Linear>::default())),
        ("table", Lane::new(|| Box::<Table>::default())),
        (
            "wasm",
            Lane::new(|| Box::new(Wasm::new().expect("the filter is a module"))),
        ),
        (
            "envoy",
            Lane::new(|| Box::new(RealEnvoy::new().expect("Envoy starts"))),
        ),
    ];
    let mut trials = Vec::new();
    for (subject, lane) in &lanes {
        for scenario in &scenarios {
            for (index, case) in scenario.cases.iter().enumerate() {
                let (lane, scenario) = (lane.clone(), scenario.clone());
                let name = format!("{subject}::{}::{}", scenario.world.name, case.name);
                let skipped = case.skip.contains_key(*subject);
                let run = move || {
                    lane.lock()
                        .map_err(|error| error.to_string())?
                        .run(&scenario, index)
                };
                trials.push(Trial::test(name, run).with_ignored_flag(skipped));
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
