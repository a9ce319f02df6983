//! Following the input until somebody stops it.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Mutex;

use super::session::{Applied, Session};
use super::summary;
use super::watch::Watcher;
use crate::error::{Error, Result};
use crate::findings::counted;
use crate::input::{InputArgs, InputFile};
use crate::output::{self, BAD, GOOD, NOTE, styled};

/// How often Envoy is asked whether it still lives, and the input is read without being told to: a directory
/// that was replaced by another of its name is watched by nobody.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// The wish to stop: Ctrl-C or SIGTERM.
pub(super) struct Stop {
    interrupt: Mutex<Signal>,
    terminate: Mutex<Signal>,
}

impl Stop {
    /// From now on these signals do not end the process by themselves.
    pub(super) fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).map_err(Error::io("listening for signals"));
        Ok(Self {
            interrupt: Mutex::new(listen(SignalKind::interrupt())?),
            terminate: Mutex::new(listen(SignalKind::terminate())?),
        })
    }

    /// Waits for one of them.
    pub(super) async fn wait(&self) {
        let (mut interrupt, mut terminate) = (self.interrupt.lock().await, self.terminate.lock().await);
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

/// Applies each change. Ends when it is told to, or when Envoy ends by itself.
pub(super) async fn follow(
    mut session: Session,
    input: &InputArgs,
    mut files: Vec<InputFile>,
    mut watcher: Watcher,
    stop: &Stop,
) -> Result<()> {
    let mut since = time_of_day();
    loop {
        tokio::select! {
            () = stop.wait() => break,
            () = watcher.changed() => {}
            () = tokio::time::sleep(HEARTBEAT) => {
                session.envoy().admin("/ready").await?;
                if input.uses_stdin() || input.read().is_err() {
                    continue;
                }
            }
        }
        let next = match input.read() {
            Ok(next) if next == files => continue,
            next => next,
        };
        let outcome = tokio::select! {
            outcome = reload(&mut session, next, &mut files) => outcome,
            () = stop.wait() => break,
        };
        match outcome {
            Ok(applied) => {
                since = time_of_day();
                report(&applied, &session);
            }
            Err(error) => refuse(&error, &since),
        }
    }
    output::note("stopping Envoy and everything else that was started");
    drop(session);
    Ok(())
}

/// What was read counts as known even if it is refused, so that it is not refused again and again.
async fn reload(
    session: &mut Session,
    next: Result<Vec<InputFile>>,
    files: &mut Vec<InputFile>,
) -> Result<Applied> {
    *files = next?;
    session.apply(files).await
}

fn report(applied: &Applied, session: &Session) {
    if !applied.findings.is_empty() {
        output::note(&applied.findings);
    }
    let applied_at = styled(GOOD, format_args!("{} applied", time_of_day()));
    if applied.changed.is_empty() {
        return output::line(format_args!("{applied_at}: nothing changes for Envoy"));
    }
    let milliseconds = applied.confirmed_after.as_millis();
    let count = counted(applied.changed.len(), "file");
    let changed = applied.changed.join(", ");
    output::line(format_args!(
        "{applied_at}: {count} changed, confirmed by Envoy after {milliseconds} ms: {changed}"
    ));
    if applied.changed.iter().any(|file| file == "lds.json") {
        summary::print(session);
    }
}

fn refuse(error: &Error, since: &str) {
    output::error(error);
    let refused = styled(BAD, format_args!("{} refused", time_of_day()));
    output::note(format_args!(
        "{refused}: {}",
        styled(NOTE, format_args!("still serving the configuration of {since}"))
    ));
}

fn time_of_day() -> String {
    jiff::Zoned::now().strftime("%H:%M:%S").to_string()
}
