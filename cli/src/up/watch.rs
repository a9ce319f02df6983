//! Noticing that the input has changed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify_debouncer_mini::notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_mini::{Debouncer, new_debouncer};
use tokio::sync::mpsc;

use crate::error::Result;
use crate::input::InputArgs;

/// How long nothing may happen before a change counts as finished.
const QUIET: Duration = Duration::from_millis(150);

/// Watches files and directories.
pub(super) struct Watcher {
    _debouncer: Option<Debouncer<RecommendedWatcher>>,
    changes: mpsc::UnboundedReceiver<()>,
}

impl Watcher {
    /// Watches the input, as far as it is in files.
    pub(super) fn start(input: &InputArgs) -> Result<Self> {
        let (sender, changes) = mpsc::unbounded_channel();
        if input.uses_stdin() {
            // The sender goes at once: there will be no changes.
            return Ok(Self {
                _debouncer: None,
                changes,
            });
        }
        let mut debouncer = new_debouncer(QUIET, move |_| {
            // Nobody listens any more only when everything ends.
            let _ = sender.send(());
        })?;
        for path in &input.paths {
            let (path, mode) = place(path);
            debouncer.watcher().watch(&path, mode)?;
        }
        Ok(Self {
            _debouncer: Some(debouncer),
            changes,
        })
    }

    /// Waits for the next change; several at one time count once. Without files it waits for ever.
    pub(super) async fn changed(&mut self) {
        if self.changes.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
        while self.changes.try_recv().is_ok() {}
    }
}

/// Editors replace files by renaming others over them, so a file is watched by its directory.
fn place(path: &Path) -> (PathBuf, RecursiveMode) {
    if path.is_dir() {
        return (path.to_owned(), RecursiveMode::Recursive);
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    (
        parent.unwrap_or(Path::new(".")).to_owned(),
        RecursiveMode::NonRecursive,
    )
}
