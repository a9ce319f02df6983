//! Building a filter with a cargo inside cargo.

use mainsheet_tests::wasm_build::WasmBuild;

#[test]
fn a_filter_that_does_not_compile_is_reported_with_cargos_words() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("src")).unwrap();
    let manifest = directory.path().join("Cargo.toml");
    let package =
        "[package]\nname = \"broken\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\"]\n[workspace]\n";
    std::fs::write(&manifest, package).unwrap();
    std::fs::write(directory.path().join("src/lib.rs"), "nonsense").unwrap();
    let target_dir = directory.path().join("target");
    let build = WasmBuild {
        manifest: &manifest,
        package: "broken",
        profile: "release",
        target_dir: &target_dir,
        locked: false,
    };
    let error = build.run().unwrap_err();
    assert!(error.to_string().contains("nonsense"), "{error}");
}
