//! One configuration after another, without a gap between them.

use std::collections::BTreeSet;
use std::path::Path;

use mainsheet_tests::envoy::{Envoy, XdsDirectory};

use super::confirm::{self, Seen, Verdict};
use super::stage::{self, Files, Stage};
use crate::error::{Error, Result};

/// Writes what changed in its order, and waits for Envoy after each part. What Envoy refuses is taken back.
pub(super) async fn apply(envoy: &Envoy, directory: &XdsDirectory, old: &Files, new: &Files) -> Result<Vec<String>> {
    let mut changed = Vec::new();
    for stage in Stage::ORDER {
        let files = stage::files_of(new, stage);
        let before = Seen::ask(envoy).await?;
        let written = directory.write(&files)?;
        let verdict = confirm::wait(envoy, &expected(stage, &files, old, &written), &before).await?;
        changed.extend(written);
        if verdict == Verdict::Refused {
            let log = envoy.log_tail();
            take_back(directory, old)?;
            return Err(Error::Rejected { what: stage.what().to_owned(), log });
        }
    }
    remove_stale(directory.path(), old, new);
    Ok(changed)
}

/// The versions that Envoy has to show. Files of endpoints that are new are read only with their clusters, so nobody
/// waits for them.
fn expected(stage: Stage, files: &Files, old: &Files, written: &[String]) -> BTreeSet<String> {
    let read_now = |name: &&String| stage == Stage::Clusters || stage == Stage::Listeners || old.contains_key(*name);
    let written = written.iter().filter(read_now);
    written.filter_map(|name| stage::version(files.get(name)?)).collect()
}

/// Listeners and rules first, so that nothing names a cluster that is going away.
fn take_back(directory: &XdsDirectory, old: &Files) -> Result<()> {
    for stage in Stage::ORDER.into_iter().rev() {
        directory.write(&stage::files_of(old, stage))?;
    }
    Ok(())
}

fn remove_stale(directory: &Path, old: &Files, new: &Files) {
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        // A file that nothing reads does no harm.
        let _ = std::fs::remove_file(directory.join(name));
    }
}
