//! `mainsheet init`: a first test file for resources, which expects what the rules do today.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

use clap::Args;
use mainsheet_core::cases::{Suite, generate};
use mainsheet_core::yaml::{self, Sources};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::findings::{Findings, counted};
use crate::input::InputArgs;
use crate::output;
use crate::resolve::load;

const EXAMPLES: &str = "\
Examples:
  mainsheet init k8s/
      Writes k8s/mainsheet.test.yaml: a test for each rule and each of its boundaries.
  mainsheet init app.yaml services.yaml --output -
      Prints it.";

/// Arguments of `mainsheet init`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct InitArgs {
    #[command(flatten)]
    input: InputArgs,
    /// The file to write, `-` for standard output [default: mainsheet.test.yaml beside the first PATH]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrite the file
    #[arg(long)]
    force: bool,
}

/// Runs `mainsheet init`.
pub fn run(args: &InitArgs) -> Result<()> {
    if args.input.uses_stdin() {
        let message = "a test file names its resources: give files or directories";
        return Err(Error::Usage(message.to_owned()));
    }
    let target = args.output.clone().unwrap_or_else(|| default_output(&args.input));
    let (_, mesh) = load(&args.input)?;
    let mut suite = generate(&mesh);
    if suite.tests.is_empty() {
        return Err(Error::Failed(
            "the resources have no HTTP rule to test".to_owned(),
        ));
    }
    suite.description = "What the rules do today. Written by `mainsheet init`: keep what matters.".to_owned();
    suite.resources = patterns(&args.input, &target);
    if let Some(file) = &args.input.mesh_config {
        suite.mesh_config = Some(written_config(file)?);
    }
    let text = serde_saphyr::to_string(&suite).map_err(|error| Error::Failed(error.to_string()))?;
    if target.as_os_str() == "-" {
        output::line(text.trim_end());
        return Ok(());
    }
    write(&target, &text, args.force)?;
    said(&suite, &target);
    Ok(())
}

fn said(suite: &Suite, target: &Path) {
    let target = target.display();
    output::line(format!(
        "wrote {} to {target}",
        counted(suite.tests.len(), "test")
    ));
    output::line(format!("run them:\n  mainsheet test {target}"));
}

/// The settings as they are written, to be part of the test file.
fn written_config(file: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(file).map_err(|source| Error::Input {
        path: file.to_owned(),
        source,
    })?;
    let read = yaml::read(file.display().to_string(), text);
    read.map_err(|findings| Error::Refused(Box::new(Findings::new(findings, &Sources::default()))))
}

fn default_output(input: &InputArgs) -> PathBuf {
    let first = input.paths.first().cloned().unwrap_or_default();
    let directory = if first.is_dir() {
        first
    } else {
        first.parent().map(Path::to_owned).unwrap_or_default()
    };
    directory.join("mainsheet.test.yaml")
}

fn write(target: &Path, text: &str, force: bool) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let file = options.open(target);
    let mut file = match file {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let message = format!("{} is there already: --force overwrites it", target.display());
            return Err(Error::Usage(message));
        }
        file => file.map_err(Error::io(format!("writing {}", target.display())))?,
    };
    let written = file.write_all(text.as_bytes());
    written.map_err(Error::io(format!("writing {}", target.display())))
}

/// The input as patterns of a test file at `target`.
fn patterns(input: &InputArgs, target: &Path) -> Vec<Value> {
    let base = match target.parent() {
        _ if target.as_os_str() == "-" => Path::new(""),
        Some(parent) => parent,
        None => Path::new(""),
    };
    let pattern = |path: &PathBuf| {
        let relative = relative(path, base);
        let text = glob::Pattern::escape(&relative.display().to_string());
        Value::from(match text.as_str() {
            "" => ".".to_owned(),
            _ => text,
        })
    };
    input.paths.iter().map(pattern).collect()
}

/// A path as it is seen from a directory; both are seen from the same place, or absolute.
fn relative(path: &Path, base: &Path) -> PathBuf {
    let parts = |path: &'_ Path| -> Vec<OsString> {
        let parts = path.components().filter(|part| *part != Component::CurDir);
        parts.map(|part| part.as_os_str().to_owned()).collect()
    };
    let (path_parts, base_parts) = (parts(path), parts(base));
    let shared = path_parts
        .iter()
        .zip(&base_parts)
        .take_while(|(left, right)| left == right)
        .count();
    let up = base_parts.iter().skip(shared).map(|_| OsString::from(".."));
    up.chain(path_parts.into_iter().skip(shared)).collect()
}
