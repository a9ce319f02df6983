//! A stock Envoy accepts what is exported of everything that is at hand: the corpus, Bookinfo, the facts about
//! clusters, and the samples of other projects where they stand beside this one.
#![cfg(test)]

mod clusters;
mod judge;
mod native;

use std::path::Path;

use mainsheet_core::resources::MeshConfig;
use mainsheet_core::yaml;
use mainsheet_tests::corpus::load_directory;
use mainsheet_tests::files::yaml_files;

use crate::judge::Judge;

#[test]
fn envoy_accepts_the_corpus() {
    let mut judge = Judge::new();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for scenario in load_directory(&corpus).expect("the corpus can be read") {
        let world = scenario.world;
        judge.ask(&world.name, &world.bundle, &world.config);
    }
    judge.decide(20);
}

#[test]
fn envoy_accepts_the_samples_of_others() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = yaml_files(&manifest.join("../cli/examples")).unwrap();
    let samples = manifest.join("../../shared/conformance/inputs");
    // `make test` says that they were left out.
    if samples.is_dir() {
        files.extend(yaml_files(&samples).unwrap());
    }
    let mut judge = Judge::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("the file can be read");
        let loaded = yaml::load([(file.display().to_string(), text)]);
        if loaded.bundle.is_empty() {
            continue;
        }
        judge.ask(
            &file.display().to_string(),
            &loaded.bundle,
            &MeshConfig::default(),
        );
    }
    judge.decide(20);
}
