//! Envoy, asked about one configuration after the other.

use std::path::Path;

use mainsheet_core::compile::Proxy;
use mainsheet_core::export::{Export, ExportOptions, ProxyExport, Routing, export};
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::resources::{Bundle, MeshConfig};
use mainsheet_tests::envoy::{Envoy, EnvoyBinary, EnvoyError, fixed_bootstrap};
use mainsheet_tests::tls::Authority;
use serde_json::Value;
use tempfile::TempDir;

/// Holds exports against Envoy, and gathers what it refuses.
pub(crate) struct Judge {
    binary: EnvoyBinary,
    directory: TempDir,
    refused: Vec<String>,
    asked: usize,
}

impl Judge {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("there is room for files");
        let authority = Authority::new("a.test").expect("an authority is made");
        let issued = authority.issue("a.test").expect("a certificate is made");
        let list = authority.revocations().expect("a list is made");
        let files = [
            ("certificate.pem", issued.chain),
            ("key.pem", issued.key),
            ("authorities.pem", authority.pem()),
            ("crl.pem", list),
        ];
        for (name, text) in files {
            std::fs::write(directory.path().join(name), text).expect("the file can be written");
        }
        Self {
            binary: EnvoyBinary::find(None).expect("there is an Envoy"),
            directory,
            refused: Vec::new(),
            asked: 0,
        }
    }

    /// Exports for each point of view that there is, a sidecar and each Gateway's workload, with the filter and with
    /// Envoy's own routes.
    pub(crate) fn ask(&mut self, name: &str, bundle: &Bundle, config: &MeshConfig) {
        let mesh = Mesh::new(bundle, config, &mut Report::default());
        let gateways = mesh.gateways.iter().map(|gateway| {
            let namespace = gateway.subject.resource.namespace.clone();
            Proxy::gateway(namespace, gateway.spec.selector.clone())
        });
        for (number, proxy) in std::iter::once(Proxy::sidecar("default"))
            .chain(gateways)
            .enumerate()
        {
            for routing in [Routing::Filter, Routing::Native] {
                let proxies = vec![ProxyExport {
                    name: format!("proxy-{number}"),
                    proxy: proxy.clone(),
                }];
                let options = ExportOptions {
                    proxies,
                    routing,
                    directory: self.directory.path().display().to_string(),
                    ..ExportOptions::default()
                };
                let export = export(&mesh, bundle, &options);
                self.add_secrets(&export);
                let bootstrap = fixed_bootstrap(&export);
                if let Err(error) = self.judge(bootstrap) {
                    self.refused
                        .push(format!("{name}, proxy {number}, {routing:?}: {error}"));
                }
            }
        }
    }

    /// Puts the certificates where the bootstrap looks for them.
    pub(crate) fn add_secrets(&self, export: &Export) {
        for (name, file) in &export.secrets {
            let mut file = file.clone();
            name_files(&mut file, self.directory.path(), false);
            std::fs::write(self.directory.path().join(name), file.to_string())
                .expect("the file can be written");
        }
    }

    /// What Envoy says about a bootstrap.
    pub(crate) fn judge(&mut self, mut bootstrap: Value) -> Result<String, EnvoyError> {
        name_files(&mut bootstrap, self.directory.path(), false);
        let file = self.directory.path().join("bootstrap.json");
        std::fs::write(&file, bootstrap.to_string()).expect("the file can be written");
        self.asked += 1;
        Envoy::validate(&self.binary, &file)
    }

    /// Fails with everything that was refused.
    pub(crate) fn decide(&self, least: usize) {
        assert!(self.refused.is_empty(), "{}", self.refused.join("\n\n"));
        assert!(self.asked >= least, "only {} exports", self.asked);
    }
}

/// Certificates and keys that resources name are not on this machine, and those in Secrets are often none: real ones
/// stand in for them.
fn name_files(value: &mut Value, directory: &Path, key: bool) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| name_files(item, directory, key)),
        Value::Object(fields) => {
            let named = fields
                .remove("filename")
                .or_else(|| fields.remove("inline_string"));
            if let Some(named) = named {
                let name = match named.as_str().unwrap_or_default() {
                    _ if key => "key.pem",
                    list if list.to_ascii_lowercase().contains("crl") => "crl.pem",
                    _ => "certificate.pem",
                };
                let file = directory.join(name).display().to_string();
                fields.insert("filename".to_owned(), file.into());
            }
            if let Some(Value::String(path)) = fields.get_mut("path") {
                *path = directory.join(&*path).display().to_string();
            }
            for (name, value) in fields {
                name_files(value, directory, key || name == "private_key");
            }
        }
        _ => {}
    }
}
