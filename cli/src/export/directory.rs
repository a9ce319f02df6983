//! The files of an Envoy.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use mainsheet_core::export::{Export, ExportOptions, ProxyExport, Routing, export};
use mainsheet_core::mesh::Mesh;
use mainsheet_core::wire::FILTER_NAME;
use mainsheet_core::yaml::Loaded;
use mainsheet_tests::artifact::FILTER_WASM;
use serde_json::Value;

use super::args::{ExportArgs, Form};
use crate::claim::claim;
use crate::error::{Error, Result};
use crate::findings::counted;
use crate::output;
use crate::resolve::accept;
use crate::up::{Stage, WASM_FILE, socket};

const BOOTSTRAP: &str = "bootstrap.json";
/// Where sidecars take outbound requests, as in Istio.
const OUTBOUND_PORT: u16 = 15001;
/// Where Envoy's administration listens, as in Istio.
const ADMIN_PORT: u16 = 15000;

/// Writes the directory, and says how to run it.
pub(super) fn write(
    args: &ExportArgs,
    loaded: &Loaded,
    mesh: &Mesh,
    proxies: Vec<ProxyExport>,
) -> Result<()> {
    claim(&args.output, is_own(&args.output), args.force)?;
    let directory = args.output.canonicalize();
    let directory = directory.map_err(Error::io(format!("finding {}", args.output.display())))?;
    let options = options(args, &directory.display().to_string(), proxies);
    let export = export(mesh, &loaded.bundle, &options);
    accept(loaded, export.diagnostics.clone())?;
    let mut files: Vec<(String, Vec<u8>)> = export
        .files()
        .into_iter()
        .map(|(name, text)| (name, text.into_bytes()))
        .collect();
    if args.to == Form::Envoy && args.wasm.is_none() {
        files.push((WASM_FILE.to_owned(), FILTER_WASM.to_vec()));
    }
    put(&directory, files)?;
    say(args, &export, &options);
    Ok(())
}

fn options(args: &ExportArgs, directory: &str, proxies: Vec<ProxyExport>) -> ExportOptions {
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let envoy = &args.envoy;
    let mount = envoy.mount.as_deref().unwrap_or(directory).trim_end_matches('/');
    ExportOptions {
        proxies,
        routing: match args.to {
            Form::EnvoyNative => Routing::Native,
            _ => Routing::Filter,
        },
        wasm: args
            .wasm
            .clone()
            .unwrap_or_else(|| format!("{mount}/{WASM_FILE}")),
        directory: mount.to_owned(),
        admin: SocketAddr::new(loopback, envoy.admin_port.unwrap_or(ADMIN_PORT)),
        bind: envoy.bind.unwrap_or(loopback),
        port_map: envoy.ports.iter().copied().collect(),
        outbound_port: envoy.outbound_port.unwrap_or(OUTBOUND_PORT),
        trace: args.trace,
        durations: args.telemetry.durations,
        ..ExportOptions::default()
    }
}

/// Whether the bootstrap in it is one of ours.
fn is_own(path: &Path) -> bool {
    let text = fs::read(path.join(BOOTSTRAP)).unwrap_or_default();
    let bootstrap: Value = serde_json::from_slice(&text).unwrap_or_default();
    bootstrap.pointer("/node/id").and_then(Value::as_str) == Some(FILTER_NAME)
}

/// Writes each file at once, in the order in which an Envoy that follows the directory can take them, and removes
/// those of an older export that nothing names any more.
fn put(directory: &Path, mut files: Vec<(String, Vec<u8>)>) -> Result<()> {
    let own = is_own(directory);
    // The filter is no stage; it is there before anything names it.
    files.sort_by_key(|(name, _)| (name != WASM_FILE, Stage::of(name)));
    for (name, content) in &files {
        let target = directory.join(name);
        let temporary = directory.join(format!(".{name}.new"));
        fs::write(&temporary, content)
            .and_then(|()| fs::rename(&temporary, &target))
            .map_err(Error::io(format!("writing {}", target.display())))?;
    }
    if !own {
        return Ok(());
    }
    let names: BTreeSet<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let reading = || Error::io(format!("reading {}", directory.display()));
    for entry in fs::read_dir(directory).map_err(reading())? {
        let entry = entry.map_err(reading())?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let stale = name.ends_with(".json") && Stage::of(&name) != Stage::Start;
        if stale && !names.contains(name.as_str()) {
            fs::remove_file(entry.path()).map_err(Error::io(format!("removing {name}")))?;
        }
    }
    Ok(())
}

fn say(args: &ExportArgs, export: &Export, options: &ExportOptions) {
    let files = counted(export.files().len(), "file");
    output::line(format_args!("wrote {files} to {}", args.output.display()));
    for listener in &export.addresses {
        output::line(format_args!("  {} on {}", listener.description, socket(listener)));
    }
    output::line(format_args!("  administration on {}", options.admin));
    output::line("run it with a stock Envoy:");
    let directory = match &args.envoy.mount {
        Some(mount) => Path::new(mount),
        None => &args.output,
    };
    output::line(format_args!("  envoy -c {}", directory.join(BOOTSTRAP).display()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> (String, Vec<u8>) {
        (name.to_owned(), text.as_bytes().to_vec())
    }

    #[test]
    fn only_directories_of_its_own_are_written_again() {
        let temporary = tempfile::tempdir().unwrap();
        let new = temporary.path().join("a/b");
        claim(&new, is_own(&new), false).unwrap();
        let bootstrap = format!(r#"{{"node": {{"id": "{FILTER_NAME}"}}}}"#);
        let old = file("eds-old.json", "{}");
        put(
            &new,
            vec![file(BOOTSTRAP, &bootstrap), old, file("notes.json", "")],
        )
        .unwrap();
        claim(&new, is_own(&new), false).unwrap();
        put(
            &new,
            vec![file(BOOTSTRAP, &bootstrap), file("eds-new.json", "{}")],
        )
        .unwrap();
        let mut names: Vec<String> = fs::read_dir(&new)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, [BOOTSTRAP, "eds-new.json", "notes.json"]);

        let foreign = temporary.path().join("c");
        fs::create_dir(&foreign).unwrap();
        fs::write(foreign.join("eds-theirs.json"), "{}").unwrap();
        let refused = claim(&foreign, is_own(&foreign), false).unwrap_err();
        assert_eq!(refused.exit_code(), 2);
        claim(&foreign, is_own(&foreign), true).unwrap();
        put(&foreign, vec![file("cds.json", "{}")]).unwrap();
        assert!(foreign.join("eds-theirs.json").is_file());
    }
}
