//! Requests held back by a fault, where the filter carries it out itself.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mainsheet_core::reply::LocalReply;

use crate::host::{self, HostError};

/// Milliseconds between looks at who is due.
pub(crate) const TICK: u32 = 5;

/// Streams that wait.
#[derive(Default)]
pub(crate) struct Paused {
    /// Earliest first.
    due: BTreeSet<(u64, u32)>,
    /// When each stream's time comes, and what happens then: an answer, or it goes on.
    waiting: BTreeMap<u32, (u64, Option<LocalReply>)>,
}

impl Paused {
    /// Holds a stream back, and answers it afterwards if there is a `reply`.
    pub(crate) fn pause(
        &mut self,
        stream: u32,
        delay: Duration,
        reply: Option<LocalReply>,
    ) -> Result<(), HostError> {
        let delay = u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX);
        let due = host::now()?.saturating_add(delay);
        self.due.insert((due, stream));
        self.waiting.insert(stream, (due, reply));
        Ok(())
    }

    /// Whether no one waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The client has left, or the stream has ended otherwise.
    pub(crate) fn forget(&mut self, stream: u32) {
        if let Some((due, _)) = self.waiting.remove(&stream) {
            self.due.remove(&(due, stream));
        }
    }

    /// Takes out whoever has waited long enough.
    pub(crate) fn take_due(&mut self) -> Vec<Due> {
        if self.due.is_empty() {
            return Vec::new();
        }
        let Ok(now) = host::now() else { return Vec::new() };
        let mut taken = Vec::new();
        while let Some((due, stream)) = self.due.first().copied().filter(|(due, _)| *due <= now) {
            self.due.remove(&(due, stream));
            taken.extend(
                self.waiting
                    .remove(&stream)
                    .map(|(_, reply)| Due { stream, reply }),
            );
        }
        taken
    }
}

/// A stream whose time has come.
pub(crate) struct Due {
    stream: u32,
    reply: Option<LocalReply>,
}

impl Due {
    /// Lets it go on, or answers it. Nothing may be borrowed meanwhile: a host may call back.
    pub(crate) fn resume(self) {
        let resumed = host::set_effective_context(self.stream).and_then(|()| match &self.reply {
            Some(reply) => host::send_local_response(reply),
            None => host::continue_request(),
        });
        if let Err(error) = resumed {
            host::log(
                host::Level::Warn,
                &format!("mainsheet: a delayed request is gone: {error}"),
            );
        }
    }
}
