//! Builds the filter for WebAssembly, so that the harness and the CLI carry it with them.

#[path = "src/wasm_build.rs"]
#[expect(unreachable_pub, reason = "the library publishes the same file")]
mod wasm_build;

use std::error::Error;
use std::path::{Path, PathBuf};

use wasm_build::WasmBuild;

const OVERRIDE: &str = "MAINSHEET_FILTER_WASM";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed={OVERRIDE}");
    println!("cargo::rerun-if-env-changed=CI");
    let root = variable("CARGO_MANIFEST_DIR")?.join("..").canonicalize()?;
    let result = match std::env::var_os(OVERRIDE) {
        Some(path) => given(&PathBuf::from(path)),
        None => build(&root),
    };
    match result {
        Ok(path) => println!("cargo::rustc-env=MAINSHEET_EMBEDDED_FILTER={}", path.display()),
        // Cargo prints each such line as an error of its own, without the debug form of a `Result`.
        Err(error) => error
            .to_string()
            .lines()
            .for_each(|line| println!("cargo::error={line}")),
    }
    Ok(())
}

fn given(path: &Path) -> Result<PathBuf, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", path.display());
    let path = path
        .canonicalize()
        .map_err(|error| format!("{OVERRIDE}={}: {error}", path.display()))?;
    Ok(path)
}

fn build(root: &Path) -> Result<PathBuf, Box<dyn Error>> {
    for input in [
        "core/src",
        "core/Cargo.toml",
        "filter/src",
        "filter/Cargo.toml",
        "Cargo.lock",
        "Cargo.toml",
    ] {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    if !root.join("filter/Cargo.toml").is_file() {
        return Err(
            format!("there is no filter/ in the workspace; name a built filter in {OVERRIDE}").into(),
        );
    }
    let target_dir = target_dir(&variable("OUT_DIR")?).join("filter-wasm");
    let manifest = root.join("Cargo.toml");
    let build = WasmBuild {
        manifest: &manifest,
        package: "mainsheet-filter",
        profile: "filter",
        target_dir: &target_dir,
        locked: std::env::var_os("CI").is_some(),
    };
    Ok(build.run()?)
}

/// The target directory of the outer cargo: the innermost one above the output that cargo marked.
fn target_dir(out_dir: &Path) -> &Path {
    let marked = out_dir
        .ancestors()
        .find(|path| path.join("CACHEDIR.TAG").is_file());
    marked.unwrap_or(out_dir)
}

fn variable(name: &str) -> Result<PathBuf, Box<dyn Error>> {
    let value = std::env::var_os(name).ok_or_else(|| format!("cargo did not set {name}"))?;
    Ok(PathBuf::from(value))
}
