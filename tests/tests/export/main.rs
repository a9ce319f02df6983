//! A stock Envoy accepts what is exported of everything that is at hand: the corpus, Bookinfo, and the samples of
//! other projects where they stand beside this one.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use mainsheet_core::compile::Proxy;
use mainsheet_core::export::{ExportOptions, ProxyExport, export};
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::resources::{Bundle, MeshConfig};
use mainsheet_core::yaml;
use mainsheet_tests::corpus::load_directory;
use mainsheet_tests::envoy::{Envoy, EnvoyBinary, fixed_bootstrap};
use serde_json::Value;

/// Holds exports against Envoy, and gathers what it refuses.
struct Judge {
    binary: EnvoyBinary,
    directory: tempfile::TempDir,
    refused: Vec<String>,
    asked: usize,
}

impl Judge {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("there is room for files");
        let made = rcgen::generate_simple_self_signed(["a.test".to_owned()]).expect("a certificate is made");
        let write = |name: &str, text: String| {
            std::fs::write(directory.path().join(name), text).expect("the file can be written");
        };
        write("certificate.pem", made.cert.pem());
        write("key.pem", made.signing_key.serialize_pem());
        Self {
            binary: EnvoyBinary::find(None).expect("there is an Envoy"),
            directory,
            refused: Vec::new(),
            asked: 0,
        }
    }

    /// The points of view that there are: a sidecar, and each Gateway's workload.
    fn ask(&mut self, name: &str, bundle: &Bundle, config: &MeshConfig) {
        let mesh = Mesh::new(bundle, config, &mut Report::default());
        let mut proxies = vec![Proxy::sidecar("default")];
        for gateway in &mesh.gateways {
            let selector = gateway.spec.selector.clone();
            proxies.push(Proxy::gateway(
                gateway.subject.resource.namespace.clone(),
                selector,
            ));
        }
        for (number, proxy) in proxies.into_iter().enumerate() {
            let proxies = vec![ProxyExport {
                name: format!("proxy-{number}"),
                proxy,
            }];
            let options = ExportOptions {
                proxies,
                directory: self.directory.path().display().to_string(),
                ..ExportOptions::default()
            };
            let mut bootstrap = fixed_bootstrap(&export(&mesh, bundle, &options));
            self.name_files(&mut bootstrap, false);
            let file = self.directory.path().join("bootstrap.json");
            std::fs::write(&file, bootstrap.to_string()).expect("the file can be written");
            self.asked += 1;
            if let Err(error) = Envoy::validate(&self.binary, &file) {
                self.refused.push(format!("{name}, proxy {number}: {error}"));
            }
        }
    }

    /// Certificates and keys that samples name are not on this machine: real ones stand in for them.
    fn name_files(&self, value: &mut Value, key: bool) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.name_files(item, key)),
            Value::Object(fields) => {
                if let Some(file) = fields.get_mut("filename") {
                    let name = if key { "key.pem" } else { "certificate.pem" };
                    *file = self.directory.path().join(name).display().to_string().into();
                }
                for (name, value) in fields {
                    self.name_files(value, key || name == "private_key");
                }
            }
            _ => {}
        }
    }

    /// Fails with everything that was refused.
    fn decide(&self, least: usize) {
        assert!(self.refused.is_empty(), "{}", self.refused.join("\n\n"));
        assert!(self.asked >= least, "only {} exports", self.asked);
    }
}

#[test]
fn envoy_accepts_the_corpus() {
    let mut judge = Judge::new();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for scenario in load_directory(&corpus).expect("the corpus can be read") {
        let world = scenario.world;
        judge.ask(&world.name, &world.bundle, &world.config);
    }
    judge.decide(10);
}

fn yaml_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).expect("the directory can be read") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            files.extend(yaml_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn envoy_accepts_the_samples_of_others() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = yaml_files(&manifest.join("../cli/examples"));
    let samples = manifest.join("../../shared/conformance/inputs");
    // `make test` says that they were left out.
    if samples.is_dir() {
        files.extend(yaml_files(&samples));
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
    judge.decide(10);
}
