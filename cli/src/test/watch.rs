//! `--watch`: testing again whenever a file changes.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use notify_debouncer_mini::new_debouncer;
use notify_debouncer_mini::notify::RecursiveMode;

use super::{TestArgs, once, plan};
use crate::error::{Error, Result};
use crate::output::{self, DIM, styled};

/// How long nothing may happen before a change counts as finished.
const QUIET: Duration = Duration::from_millis(150);

/// Tests until somebody stops it. Test files may name resources anywhere; what is watched are the directories of the
/// test files with all below them, and what `--resources` names.
pub(super) fn run(args: &TestArgs) -> Result<()> {
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(Error::Usage("standard input cannot be watched".to_owned()));
    }
    let (sender, changes) = mpsc::channel();
    let mut debouncer = new_debouncer(QUIET, move |_| {
        // Nobody listens any more only when everything ends.
        let _ = sender.send(());
    })?;
    for path in args.paths.iter().chain(&args.resources) {
        debouncer
            .watcher()
            .watch(&directory(path), RecursiveMode::Recursive)?;
    }
    let mut last = None;
    loop {
        // Reading is an event, too: only what has changed is tested.
        let read = plan::read(args);
        let state = match &read {
            Ok(plans) => Ok(plans.iter().map(|plan| plan.inputs.clone()).collect::<Vec<_>>()),
            Err(error) => Err(error.to_string()),
        };
        if last.as_ref() != Some(&state) {
            let results = read.and_then(|plans| once(args, plans));
            // The next change may mend it.
            if let Err(error) = results.and_then(|results| results.verdict(args.fail_under)) {
                output::error(&error);
            }
            output::note(styled(DIM, "waiting for changes; Ctrl-C ends"));
            last = Some(state);
        }
        if changes.recv().is_err() {
            return Ok(());
        }
        while changes.try_recv().is_ok() {}
    }
}

fn directory(path: &Path) -> PathBuf {
    if path.is_dir() {
        return path.to_owned();
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_owned()
}
