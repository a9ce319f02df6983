//! Host calls that fail on demand.

use super::status::Status;

/// What an injected fault does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Injected {
    /// The call does nothing and answers this status.
    Status(Status),
    /// The call ends the VM, as a host bug would.
    Trap,
}

/// A host call that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The import, such as `proxy_get_header_map_pairs`.
    pub call: String,
    /// Which call since the injection fails, counted from 1; `None` means every one.
    pub nth: Option<usize>,
    /// How it fails.
    pub status: Injected,
}

impl Fault {
    /// Every call of this import answers this status.
    pub fn every(call: &str, status: Status) -> Self {
        Self {
            call: call.to_owned(),
            nth: None,
            status: Injected::Status(status),
        }
    }

    /// The nth call of this import, counted from 1, answers this status.
    pub fn nth(call: &str, nth: usize, status: Status) -> Self {
        Self {
            call: call.to_owned(),
            nth: Some(nth),
            status: Injected::Status(status),
        }
    }
}

/// The faults of one VM, with how often each import was called since.
#[derive(Debug, Default)]
pub(super) struct Faults {
    faults: Vec<(Fault, usize)>,
}

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        self.faults.push((fault, 0));
    }

    pub(super) fn clear(&mut self) {
        self.faults.clear();
    }

    /// Counts a call, and says how it has to fail.
    pub(super) fn on_call(&mut self, name: &str) -> Option<Injected> {
        let mut injected = None;
        for (fault, seen) in self.faults.iter_mut().filter(|(fault, _)| fault.call == name) {
            *seen += 1;
            if fault.nth.is_none_or(|nth| nth == *seen) {
                injected.get_or_insert(fault.status);
            }
        }
        injected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_nth_call_of_that_name_fails() {
        let mut faults = Faults::default();
        faults.add(Fault::nth("proxy_log", 2, Status::InternalFailure));
        assert_eq!(faults.on_call("proxy_log"), None);
        assert_eq!(faults.on_call("proxy_done"), None);
        assert_eq!(
            faults.on_call("proxy_log"),
            Some(Injected::Status(Status::InternalFailure))
        );
        assert_eq!(faults.on_call("proxy_log"), None);
    }
}
