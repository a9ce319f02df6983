//! Requests held back by a fault, where the filter carries it out itself.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use crate::host::{self, HostError, Reply};

/// Milliseconds between looks at who is due.
pub(crate) const TICK: u32 = 5;

/// Streams that wait.
#[derive(Default)]
pub(crate) struct Paused {
    /// Earliest first. May name streams that are gone.
    due: BinaryHeap<Reverse<(u64, u32)>>,
    /// What happens to each stream when its time has come: an abort, or it goes on.
    waiting: BTreeMap<u32, Option<Reply>>,
}

impl Paused {
    /// Holds a stream back, and answers it afterwards if there is an `abort`.
    pub(crate) fn pause(
        &mut self,
        stream: u32,
        delay: Duration,
        abort: Option<Reply>,
    ) -> Result<(), HostError> {
        let delay = u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX);
        let due = host::now()?.saturating_add(delay);
        self.due.push(Reverse((due, stream)));
        self.waiting.insert(stream, abort);
        Ok(())
    }

    /// Whether no one waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The client has left, or the stream has ended otherwise.
    pub(crate) fn forget(&mut self, stream: u32) {
        self.waiting.remove(&stream);
    }

    /// Takes out whoever has waited long enough.
    pub(crate) fn take_due(&mut self) -> Vec<Due> {
        if self.due.is_empty() {
            return Vec::new();
        }
        let Ok(now) = host::now() else { return Vec::new() };
        let mut taken = Vec::new();
        while let Some(Reverse((due, stream))) = self.due.peek().copied() {
            if due > now {
                break;
            }
            self.due.pop();
            taken.extend(self.waiting.remove(&stream).map(|abort| Due { stream, abort }));
        }
        taken
    }
}

/// A stream whose time has come.
pub(crate) struct Due {
    stream: u32,
    abort: Option<Reply>,
}

impl Due {
    /// Lets it go on, or answers it. Nothing may be borrowed meanwhile: a host may call back.
    pub(crate) fn resume(self) {
        let resumed = host::set_effective_context(self.stream).and_then(|()| match &self.abort {
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
