//! One configuration after another, without a gap between them.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use mainsheet_tests::envoy::{Envoy, XdsDirectory};
use tokio::time::sleep;

use super::confirm::{self, Seen, Verdict};
use super::stage::{self, Files, Stage};
use crate::error::{Error, Result};

/// How long old rules may still be asked after Envoy has confirmed new ones.
const OLD_RULES: Duration = Duration::from_millis(100);

/// Writes what changed in its order, and waits for Envoy after each part. What Envoy refuses is taken back.
pub(super) async fn apply(
    envoy: &Envoy,
    directory: &XdsDirectory,
    old: &Files,
    new: &Files,
) -> Result<Vec<String>> {
    let mut changed = Vec::new();
    let both = stage::with_old_clusters(old, new);
    for stage in Stage::ORDER {
        let files = stage::files_of(both.as_ref().unwrap_or(new), stage);
        changed.extend(apply_stage(envoy, directory, stage, old, &files).await?);
    }
    if both.is_some() {
        // The workers let go of the old rules one after the other.
        sleep(OLD_RULES).await;
        let files = stage::files_of(new, Stage::Clusters);
        apply_stage(envoy, directory, Stage::Clusters, old, &files).await?;
    }
    remove_stale(directory.path(), old, new);
    Ok(changed)
}

async fn apply_stage(
    envoy: &Envoy,
    directory: &XdsDirectory,
    stage: Stage,
    old: &Files,
    files: &Files,
) -> Result<Vec<String>> {
    let before = Seen::ask(envoy).await?;
    let written = directory.write(files)?;
    let versions = expected(stage, files, old, &written);
    if confirm::wait(envoy, &versions, &before).await? == Verdict::Taken {
        return Ok(written);
    }
    let reason = confirm::reason(envoy);
    take_back(directory, old)?;
    Err(Error::rejected(stage.what(), reason))
}

/// The versions that Envoy has to show. Files of endpoints that are new are read only with their clusters, so nobody
/// waits for them.
fn expected(stage: Stage, files: &Files, old: &Files, written: &[String]) -> BTreeSet<String> {
    let read_now =
        |name: &&String| stage == Stage::Clusters || stage == Stage::Listeners || old.contains_key(*name);
    let written = written.iter().filter(read_now);
    written
        .filter_map(|name| stage::version(files.get(name)?))
        .collect()
}

/// Listeners and rules first, so that nothing names a cluster that is going away.
fn take_back(directory: &XdsDirectory, old: &Files) -> Result<()> {
    for stage in Stage::ORDER.into_iter().rev() {
        directory.write(&stage::files_of(old, stage))?;
    }
    Ok(())
}

/// Removes the endpoints of clusters that are gone. Rules of a listener that is gone stay: Envoy reads them as long as
/// its last connections drain, and a file that is missing then would count as refused.
fn remove_stale(directory: &Path, old: &Files, new: &Files) {
    for name in old
        .keys()
        .filter(|name| !new.contains_key(*name) && Stage::of(name) == Stage::Endpoints)
    {
        // A file that nothing reads does no harm.
        let _ = std::fs::remove_file(directory.join(name));
    }
}
