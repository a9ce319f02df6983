//! What shells and systems expect of a command: completions and manual pages.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::args::Cli;
use crate::error::{Error, Result};

const COMPLETIONS: &str = "\
Examples:
  mainsheet completions bash > ~/.local/share/bash-completion/completions/mainsheet
  mainsheet completions zsh > ~/.zfunc/_mainsheet
  mainsheet completions fish > ~/.config/fish/completions/mainsheet.fish";

const MAN: &str = "\
Examples:
  mainsheet man ~/.local/share/man/man1 && man mainsheet-check";

/// The options of `mainsheet completions`.
#[derive(Args, Clone, Debug)]
#[command(after_help = COMPLETIONS)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// The options of `mainsheet man`.
#[derive(Args, Clone, Debug)]
#[command(after_help = MAN)]
pub struct ManArgs {
    /// The directory to write them to
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
}

/// Runs `mainsheet completions`.
pub fn completions(args: &CompletionsArgs) {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "mainsheet", &mut text);
    // Whoever has closed the output does not want it.
    let _ = std::io::stdout().lock().write_all(&text);
}

/// Runs `mainsheet man`.
pub fn man(args: &ManArgs) -> Result<()> {
    let doing = format!("writing manual pages to {}", args.directory.display());
    std::fs::create_dir_all(&args.directory).map_err(Error::io(&doing))?;
    clap_mangen::generate_to(Cli::command(), &args.directory).map_err(Error::io(&doing))
}
