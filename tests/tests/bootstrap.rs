//! The configuration that is written for Bookinfo is one that a stock Envoy accepts.

use std::collections::BTreeMap;
use std::path::Path;

use mainsheet_core::compile::Proxy;
use mainsheet_core::export::{ExportOptions, ProxyExport, export};
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::resources::MeshConfig;
use mainsheet_core::yaml;
use mainsheet_tests::artifact::FILTER_WASM;
use mainsheet_tests::envoy::{Envoy, EnvoyBinary};
use mainsheet_tests::files::yaml_files;

#[test]
fn envoy_accepts_the_bootstrap_of_bookinfo() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/examples/bookinfo");
    let files = yaml_files(&examples).expect("the examples are there");
    let texts = files.iter().map(|path| {
        let text = std::fs::read_to_string(path).expect("the example can be read");
        (path.display().to_string(), text)
    });
    let loaded = yaml::load(texts);
    assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
    let mesh = Mesh::new(&loaded.bundle, &MeshConfig::default(), &mut Report::default());

    let directory = tempfile::tempdir().expect("there is room for files");
    let wasm = directory.path().join("mainsheet.wasm");
    std::fs::write(&wasm, FILTER_WASM).expect("the filter can be written");
    let proxy = |name: &str, proxy| ProxyExport {
        name: name.to_owned(),
        proxy,
    };
    let labels = BTreeMap::from([("istio".to_owned(), "ingressgateway".to_owned())]);
    let exported = export(
        &mesh,
        &loaded.bundle,
        &ExportOptions {
            proxies: vec![
                proxy("gateway", Proxy::gateway("istio-system", labels)),
                proxy("mesh", Proxy::sidecar("default")),
            ],
            wasm: wasm.display().to_string(),
            directory: directory.path().display().to_string(),
            ..ExportOptions::default()
        },
    );
    assert_eq!(exported.addresses.len(), 2, "{:?}", exported.diagnostics);
    for (name, text) in exported.files() {
        std::fs::write(directory.path().join(name), text).expect("the file can be written");
    }
    let binary = EnvoyBinary::find(None).expect("there is an Envoy");
    Envoy::validate(&binary, &directory.path().join("bootstrap.json")).expect("Envoy accepts it");
}
